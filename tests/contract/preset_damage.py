"""Tools that damage preset folders and see them refused."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import keras_docs
from keras_docs.hub import write_manifest


def sign(folder: Path) -> None:
    """Writes a manifest that fits the files: the damage is the author's own."""
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").unlink()
    write_manifest(folder, manifest["classes"], manifest["versions"])


def edit(path: Path, change: Callable) -> None:
    """Changes the content of a JSON file."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def refused(folder: Path, match: str | None, doors: Sequence[str]) -> None:
    """Loading raises through each of some public classes, and leaves no file."""
    before = _tree(folder.parent)
    for door in doors:
        with pytest.raises(ValueError, match=match):
            getattr(keras_docs, door).from_preset(folder)
    assert _tree(folder.parent) == before


def _tree(folder: Path) -> dict[str, bytes | str]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else ""
        for path in folder.rglob("*")
    }
