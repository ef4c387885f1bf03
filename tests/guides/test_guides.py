"""The guides run as they stand, from an empty folder.

On PyTorch always, which compiles nothing, but for the longest; the longest, and all on
the other backends, with `--run-large`: what the guides call is tested on each backend
by the contract suite, and the guides take minutes. What a guide publishes goes to a Hub
in a box.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hub_in_a_box import HubInABox

# Each trains a model for a minute and more.
LONGEST = ("05", "06")
GUIDES = sorted((Path(__file__).resolve().parents[2] / "guides").glob("*.py"))


def test_there_are_guides():
    numbers = [f"{number:02}" for number in range(1, 14)]
    assert [guide.name[:2] for guide in GUIDES] == numbers


def run(guide, folder, **environment):
    """Runs a guide in an empty folder, with no account but the given one."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    quiet = {"MPLBACKEND": "Agg", "PYTHONWARNINGS": "ignore"}
    home = {"HF_HOME": str(folder / "hf"), "XDG_CACHE_HOME": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, str(guide)],
        cwd=folder,
        env={**inherited, **quiet, **home, **environment},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_guide_runs(guide, tmp_path, request):
    is_quick = os.environ["KERAS_BACKEND"] == "torch" and guide.name[:2] not in LONGEST
    if not is_quick and not request.config.getoption("--run-large"):
        pytest.skip("takes minutes: run with --run-large")
    with HubInABox() as hub:
        printed = run(
            guide,
            tmp_path,
            HF_ENDPOINT=hub.url,
            HF_TOKEN="token-alice",
            HF_HUB_DISABLE_XET="1",
        )
    assert printed.strip()
    if guide.stem == "10_share_your_model":
        repository = hub.repositories["alice/bank-deposits"]
        assert sorted(repository.tags) == ["v1", "v2"]
        first, second = (f"hf://alice/bank-deposits@{tag}" for tag in ("v1", "v2"))
        assert first in printed and second in printed
        assert f"hf://alice/bank-deposits@{repository.tags['v1']}" in printed
        assert "failed" not in printed
    else:
        assert not hub.requests
