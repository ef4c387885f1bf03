"""The guides run as they stand, from an empty folder.

On JAX always; on the other backends with `--run-large`: what the guides call is tested
on each backend by the contract suite, and three guides take minutes.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

GUIDES = sorted((Path(__file__).resolve().parents[2] / "guides").glob("*.py"))


def test_there_are_guides():
    assert [guide.name[:2] for guide in GUIDES] == ["01", "02", "03"]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_guide_runs(guide, tmp_path, request):
    is_quick = os.environ["KERAS_BACKEND"] == "jax"
    if not is_quick and not request.config.getoption("--run-large"):
        pytest.skip("takes minutes: run with --run-large")
    environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, str(guide)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip()
