"""A kernel that calls another file's is compiled anew when that file changes."""

import ast
import hashlib
from pathlib import Path

import pytest

import keras_docs

pytestmark = pytest.mark.no_tensors

KERNELS = Path(keras_docs.__file__).parent / "kernels"
COMPILED = {p.stem for p in KERNELS.glob("*.py") if "@njit" in p.read_text()}
COMPILED |= {"population_count"}


def called_files(path):
    """The other files of compiled functions that a file imports from."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            package, _, name = node.module.rpartition(".")
            if package == "keras_docs.kernels" and name in COMPILED:
                yield name


@pytest.mark.parametrize("name", sorted(COMPILED))
def test_it_says_what_it_was_compiled_with(name):
    path = KERNELS / f"{name}.py"
    for called in called_files(path):
        content = (KERNELS / f"{called}.py").read_bytes()
        line = f"# Compiled with {called}.py {hashlib.sha256(content).hexdigest()[:16]}"
        assert line in path.read_text().splitlines(), f"{path.name} needs: {line}"
