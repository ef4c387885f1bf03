"""A Hub on this computer for any client, KerasHub's included; no long waits."""

import time

import pytest
from hub_in_a_box import HubInABox


@pytest.fixture(name="hub")
def hub_fixture(monkeypatch, tmp_path):
    """A Hub on this computer; waits between retries take no time."""
    from huggingface_hub import constants, hf_api

    for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.002)))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub_cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub_cache"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user_cache"))
    with HubInABox() as box:
        monkeypatch.setenv("HF_ENDPOINT", box.url)
        # KerasHub's client reads the endpoint where it was imported.
        monkeypatch.setattr(constants, "ENDPOINT", box.url)
        monkeypatch.setattr(hf_api.api, "endpoint", box.url)
        monkeypatch.setattr(
            constants,
            "HUGGINGFACE_CO_URL_TEMPLATE",
            box.url + "/{repo_id}/resolve/{revision}/{filename}",
        )
        yield box
        assert box.leaked_tokens == []
