"""Runs a piece of Python in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent.parent

BLOCK_IMPORTS = """
import sys

class Without:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in {names!r}:
            return self.finder.find_spec(name, path, target)

    def __getattr__(self, name):
        return getattr(self.finder, name)

sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
"""


def run_python(
    code: str,
    *arguments: object,
    backend: str | None = None,
    blocked: tuple[str, ...] = (),
    timeout: float = 300,
) -> str:
    """Runs code in a new process, which must end well.

    Args:
        code: Python source. The tests' shared helpers can be imported.
        *arguments: become `sys.argv[1:]`.
        backend: the Keras backend. Default: this process's.
        blocked: top-level modules that cannot be imported, as if not installed.
        timeout: seconds.

    Returns:
        What it printed.
    """
    if blocked:
        code = BLOCK_IMPORTS.format(names=set(blocked)) + code
    paths = [TESTS.parent, TESTS / "contract", os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend or os.environ["KERAS_BACKEND"],
        "PYTHONPATH": os.pathsep.join(str(path) for path in paths if str(path)),
    }
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
    return done.stdout
