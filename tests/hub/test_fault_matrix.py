"""Every fault x every state of the cache x every part: right files or a typed error.

Run with `-s` to see the matrix.
"""

import os
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from hub_test_files import fill_preset, read_files

from keras_docs.hub import PresetError, resolve_preset
from keras_docs.hub.preset_parts import select_files

pytestmark = pytest.mark.no_tensors

INFO = "^/api/models/[^/]+/[^/]+(/revision/[^/]+)?[?]"
TREE = "/tree/"
SMALL = "^/api/resolve-cache/.*config.json"
MANIFEST = "^/api/resolve-cache/.*manifest.json"
WORDS = "^/api/resolve-cache/.*words.txt"
LARGE = "^/large/"
ANY = ""


def server(kind: str, path: str, **options) -> Callable:
    """A fault of the server."""
    return lambda box, cache: box.fail(kind, path, **options)


def cached(name: str, change: Callable[[Path], None]) -> Callable:
    """Damage to a file of the cache, if it is there."""

    def damage(box, cache):
        for path in list(cache.rglob(name)):
            change(path.resolve())

    return damage


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(bytes(data))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def add_commit(box) -> None:
    box.add("alice/x", {"README.md": b"new", "config.json": b"{}"})


ONCE = {"times": 1}
FAULTS = {
    "nothing": lambda box, cache: None,
    "info 503 once": server("status", INFO, **ONCE),
    "info 503": server("status", INFO),
    "info 500": server("status", INFO, status=500),
    "info 429 once": server("status", INFO, status=429, **ONCE),
    "info 429": server("status", INFO, status=429),
    "info 403": server("status", INFO, status=403),
    "info drop once": server("drop", INFO, **ONCE),
    "info drop": server("drop", INFO),
    "info truncated once": server("truncate", INFO, **ONCE),
    "info cut JSON once": server("short", INFO, **ONCE),
    "info cut JSON": server("short", INFO),
    "info is a page": server("page", INFO),
    "tree 503": server("status", TREE),
    "tree is a page": server("page", TREE),
    "HEAD 503 once": server("status", "/resolve/", methods=("HEAD",), **ONCE),
    "HEAD 503": server("status", "/resolve/", methods=("HEAD",)),
    "HEAD drop once": server("drop", "/resolve/", methods=("HEAD",), **ONCE),
    "HEAD drop": server("drop", "/resolve/", methods=("HEAD",)),
    "HEAD 429": server("status", "/resolve/", methods=("HEAD",), status=429),
    "HEAD 404": server("status", "/resolve/", methods=("HEAD",), status=404),
    "small file 503 once": server("status", SMALL, **ONCE),
    "small file 503": server("status", SMALL),
    "small file 404": server("status", SMALL, status=404),
    "small file flipped once": server("flip", SMALL, **ONCE),
    "small file flipped": server("flip", SMALL),
    "small file is a page": server("page", SMALL),
    "asset flipped once": server("flip", WORDS, **ONCE),
    "asset flipped": server("flip", WORDS),
    "manifest 503 once": server("status", MANIFEST, **ONCE),
    "manifest 503": server("status", MANIFEST),
    "manifest 404": server("status", MANIFEST, status=404),
    "manifest flipped once": server("flip", MANIFEST, **ONCE),
    "manifest flipped": server("flip", MANIFEST),
    "manifest truncated once": server("truncate", MANIFEST, **ONCE),
    "manifest short": server("short", MANIFEST),
    "large file 503 once": server("status", LARGE, **ONCE),
    "large file 503": server("status", LARGE),
    "large file 429 once": server("status", LARGE, status=429, **ONCE),
    "large file 403": server("status", LARGE, status=403),
    "large file drop once": server("drop", LARGE, **ONCE),
    "large file drop": server("drop", LARGE),
    "large file truncated once": server("truncate", LARGE, **ONCE),
    "large file truncated": server("truncate", LARGE),
    "large file short once": server("short", LARGE, **ONCE),
    "large file short": server("short", LARGE),
    "large file flipped once": server("flip", LARGE, **ONCE),
    "large file flipped": server("flip", LARGE),
    "large file is a page": server("page", LARGE),
    "everything 503 twice": server("status", ANY, times=2),
    "everything drop": server("drop", ANY, methods=("GET", "HEAD")),
    "branch moves": lambda box, cache: box.fail(
        "call", MANIFEST, times=1, action=lambda: add_commit(box)
    ),
    "repository deleted": lambda box, cache: box.repositories.clear(),
    "made private": lambda box, cache: setattr(
        box.repositories["alice/x"], "private", True
    ),
    "made gated": lambda box, cache: setattr(
        box.repositories["alice/x"], "gated", True
    ),
    "cache: weights flipped": cached("model.safetensors", flip),
    "cache: weights cut": cached("model.safetensors", cut),
    "cache: weights empty": cached("model.safetensors", empty),
    "cache: weights gone": cached("model.safetensors", os.unlink),
    "cache: head flipped": cached("task.safetensors", flip),
    "cache: head gone": cached("task.safetensors", os.unlink),
    "cache: asset flipped": cached("words.txt", flip),
    "cache: config flipped": cached("config.json", flip),
    "cache: manifest flipped": cached("manifest.json", flip),
    "cache: manifest empty": cached("manifest.json", empty),
    "cache: manifest gone": cached("manifest.json", os.unlink),
    "cache: listing cut": cached("*.listing", cut),
    "cache: record cut": cached("*.verified", cut),
    "cache: ref empty": cached("refs/main", empty),
    "cache: trees cut": cached("trees/*.json", cut),
}
PARTS = {
    "Backbone": ("backbone",),
    "Task": ("backbone", "task", "preprocessor"),
    "Preprocessor": ("preprocessor",),
}
STATES = ("cold", "partial", "warm", "offline")


@pytest.fixture(scope="module")
def matrix():
    rows: dict[str, dict[str, str]] = {}
    yield rows
    columns = [f"{part[:4]}/{state}" for part in PARTS for state in STATES]
    columns = [c for c in columns if any(c in row for row in rows.values())]
    short = {"PresetError": "Error"}
    print("\n" + " ".join([" " * 26, *(f"{c:>12}" for c in columns)]))
    for fault, row in rows.items():
        cells = [row.get(c, "") for c in columns]
        cells = [short.get(c, c.replace("Error", "")[-12:]) for c in cells]
        print(" ".join([f"{fault:26}", *(f"{c:>12}" for c in cells)]))
    outcomes = [cell for row in rows.values() for cell in row.values()]
    right, wrong = outcomes.count("right"), outcomes.count("WRONG")
    print(f"{len(outcomes)} loads: {right} right, {wrong} wrong, the rest errors")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    "part",
    [
        "Task",
        pytest.param("Backbone", marks=pytest.mark.large),
        pytest.param("Preprocessor", marks=pytest.mark.large),
    ],
)
def test_right_files_or_a_typed_error(hub, tmp_path, matrix, part, fault):
    parts = PARTS[part]
    preset = fill_preset(tmp_path / "preset")
    published = read_files(preset)
    wanted = {"manifest.json", *select_files(list(published), parts)}
    for state in STATES:
        cache = tmp_path / state
        hub.faults.clear()
        hub.repositories.clear()
        hub.add("alice/x", preset)
        if state == "partial":
            resolve_preset("hf://alice/x", cache_dir=cache, parts=())
        elif state != "cold":
            resolve_preset("hf://alice/x", cache_dir=cache, parts=parts)
        FAULTS[fault](hub, cache)
        hub.requests.clear()
        outcome = load(cache, parts, state == "offline", published, wanted)
        matrix.setdefault(fault, {})[f"{part[:4]}/{state}"] = outcome
        assert outcome != "WRONG"
        if state == "offline":
            assert hub.requests == []
        if fault == "nothing" or fault.endswith(" once"):
            assert outcome == "right"


def load(cache, parts, offline, published, wanted) -> str:
    """Return "right", "WRONG", or the name of the error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            folder = resolve_preset(
                "hf://alice/x",
                cache_dir=cache,
                parts=parts,
                local_files_only=offline,
            )
    except PresetError as error:
        assert type(error) is not PresetError, f"no type for: {error}"
        return type(error).__name__
    found = read_files(folder)
    same = all(found.get(name) == published[name] for name in wanted)
    return "right" if same else "WRONG"
