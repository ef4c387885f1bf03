"""Fixtures of the hub tests: a Hub in a box, presets to put in it, no long waits."""

import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from hub_in_a_box import HubInABox  # noqa: E402
from hub_test_files import fill_preset  # noqa: E402


@pytest.fixture
def preset(tmp_path):
    return fill_preset(tmp_path / "preset")


@pytest.fixture
def short_waits(monkeypatch):
    """Waits between retries take no time; how often is retried stays the same."""
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.002)))


@pytest.fixture
def hub(monkeypatch, tmp_path, short_waits):
    from huggingface_hub import constants

    for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub_cache"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user_cache"))
    # The environment is read when the client is imported, which may be long ago.
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with HubInABox() as box:
        monkeypatch.setenv("HF_ENDPOINT", box.url)
        yield box
        assert box.leaked_tokens == []
