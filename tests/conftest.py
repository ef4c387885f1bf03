"""Options, seeds and markers of all tests.

The backend is chosen by the environment variable KERAS_BACKEND (default: jax). Tests
marked `no_tensors` need no backend; to run once, they run with jax only. Tests marked
`costly` take long where training steps are compiled: they run with torch only. With
`--run-large`, they run on each backend, and so do those marked `large`.
"""

import atexit
import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# The models here are so small that threads cost more than they give.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# XLA takes seconds to compile a training step that runs for milliseconds: compile with
# less zeal, and each step once for all tests.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    compiled = tempfile.mkdtemp(prefix="jax_compiled_")
    atexit.register(shutil.rmtree, compiled, ignore_errors=True)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = compiled
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

# Transformers imports triton where PyTorch has it (its CUDA builds). TensorFlow 2.21
# and triton 3.7 or later share a process if triton comes first; else it crashes.
with contextlib.suppress(ImportError):
    import triton  # noqa: F401

TESTS = Path(__file__).parent
# Helpers that several folders share.
sys.path[:0] = [str(TESTS / "contract"), str(TESTS / "hub")]

RUNS_NO_TENSORS = "jax"
RUNS_COSTLY = "torch"


def pytest_addoption(parser):
    parser.addoption(
        "--run-large", action="store_true", help="run the tests that take minutes"
    )


def pytest_collection_modifyitems(config, items):
    backend = os.environ["KERAS_BACKEND"]
    once = pytest.mark.skip(
        reason=f"needs no backend: runs once, with KERAS_BACKEND={RUNS_NO_TENSORS}"
    )
    large = pytest.mark.skip(reason="takes minutes: run with --run-large")
    costly = pytest.mark.skip(
        reason=f"costly: runs with KERAS_BACKEND={RUNS_COSTLY}, or with --run-large"
    )
    runs_large = config.getoption("--run-large")
    for item in items:
        if "no_tensors" in item.keywords and backend != RUNS_NO_TENSORS:
            item.add_marker(once)
        if "large" in item.keywords and not runs_large:
            item.add_marker(large)
        if "costly" in item.keywords and not (runs_large or backend == RUNS_COSTLY):
            item.add_marker(costly)


@pytest.hookimpl(optionalhook=True)  # there is none without pytest-xdist
def pytest_xdist_make_scheduler(config, log):
    """What one process runs: a file, whose tests share much; but each guide alone."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.split("::")[0]
            return nodeid if "/guides/" in file else file

    return Scheduling(config, log)


@pytest.fixture(autouse=True)
def seed(request):
    """The same random numbers in every run of a test."""
    if "no_tensors" in request.keywords:
        return
    import keras

    keras.utils.set_random_seed(0)
