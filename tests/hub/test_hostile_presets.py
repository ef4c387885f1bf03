"""Presets made to harm: refused, with nothing outside the folder opened."""

import json
import os
import socket
import sys
import tracemalloc
from pathlib import Path

import pytest
from hub_test_files import fill_preset, read_files

from keras_docs.hub import PresetError, resolve_preset

pytestmark = pytest.mark.no_tensors

_opened: list[str] | None = None


def _watch(event, arguments):
    if _opened is not None and event == "open" and isinstance(arguments[0], str):
        _opened.append(arguments[0])


sys.addaudithook(_watch)


def edit_manifest(folder: Path, **changes) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def list_file(name: str):
    """A preset whose manifest lists a file of a bad name."""

    def change(folder: Path, secret: Path) -> None:
        stored = json.loads((folder / "manifest.json").read_text())
        entry = stored["files"]["config.json"]
        text = name.replace("SECRET", str(secret))
        edit_manifest(folder, files={**stored["files"], text: entry})

    return change


def put(name: str, content: str | bytes):
    """A preset with other content in one file."""
    data = content if isinstance(content, bytes) else content.encode()
    return lambda folder, secret: (folder / name).write_bytes(data)


def plain(change):
    """The same without a manifest."""

    def without(folder: Path, secret: Path) -> None:
        (folder / "manifest.json").unlink()
        change(folder, secret)

    return without


def link(name: str, target: str = "SECRET"):
    def change(folder: Path, secret: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(target.replace("SECRET", str(secret)))

    return change


def link_assets(folder: Path, secret: Path) -> None:
    (folder / "assets").rename(secret.parent / "assets")
    (folder / "assets").symlink_to(secret.parent / "assets")


def chained_link(folder: Path, secret: Path) -> None:
    (folder / "a").symlink_to(secret)
    link("config.json", "a")(folder, secret)


def pipe(folder: Path, secret: Path) -> None:
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")


def unix_socket(folder: Path, secret: Path) -> None:
    (folder / "config.json").unlink()
    here = os.getcwd()
    os.chdir(folder)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("config.json")
    os.chdir(here)


def folder_for_file(folder: Path, secret: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "config.json").mkdir()


def sparse(name: str):
    return lambda folder, secret: os.truncate(folder / name, 2**40)


def zeros(folder: Path, secret: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"")
    os.truncate(folder / "model.safetensors", 2**40)


def many_files(folder: Path, secret: Path) -> None:
    entry = {"size": 0, "sha256": "0" * 64}
    edit_manifest(folder, files={f"{i}.txt": entry for i in range(10_001)})


def shards(*names: object):
    def change(folder: Path, secret: Path) -> None:
        (folder / "model.safetensors").unlink()
        weight_map = {str(i): name for i, name in enumerate(names)}
        text = json.dumps({"weight_map": weight_map})
        (folder / "model.weights.json").write_text(text.replace("SECRET", str(secret)))

    return change


MANIFEST = '{"manifest_version": 1, "classes": {}, "versions": {}, "files": {%s}}'
ENTRY = '{"size": 1, "sha256": "' + "0" * 64 + '"}'
HOSTILE = {
    "climbing name": list_file("../secret.json"),
    "climbing inside": list_file("assets/../../secret.json"),
    "absolute name": list_file("SECRET"),
    "absolute twice": list_file("/SECRET"),
    "backslashes": list_file("..\\secret.json"),
    "drive letter": list_file("C:secret.json"),
    "NTFS stream": list_file("config.json:evil.json"),
    "device name": list_file("assets/NUL.json"),
    "device name in lower case": list_file("com1.txt"),
    "NUL in a name": list_file("a\0.json"),
    "newline in a name": list_file("a\n.json"),
    "dot": list_file("./config.json"),
    "double slash": list_file("assets//words.txt"),
    "trailing slash": list_file("assets/words.txt/"),
    "trailing dot": list_file("assets./x.txt"),
    "trailing blank": list_file("assets/x.txt "),
    "empty name": list_file(""),
    "long name": list_file("a" * 300 + ".json"),
    "long path": list_file("a/" * 2000 + "x.json"),
    "right-to-left mark": list_file("a\u202egpj.json"),
    "zero-width blank": list_file("config\u200b.json"),
    "lone surrogate": list_file("a\ud800.json"),
    "other normal form": list_file("e\u0301.json"),
    "same name in other case": list_file("Config.JSON"),
    "same name in other case, folder": list_file("ASSETS/words.txt"),
    "same name by folding": list_file("a\u00dfets/words.txt"),
    "file that is a folder too": list_file("config.json/x.json"),
    "program": list_file("run.py"),
    "pickle": list_file("assets/x.pkl"),
    "Keras archive": list_file("model.keras"),
    "PyTorch file": list_file("pytorch_model.bin"),
    "no suffix": list_file("Makefile"),
    "wildcard": list_file("*.json"),
    "too many files": many_files,
    "manifest: duplicate key": put(
        "manifest.json", MANIFEST % f'"a.json": {ENTRY}, "a.json": {ENTRY}'
    ),
    "manifest: duplicate by escape": put(
        "manifest.json", MANIFEST % f'"a.json": {ENTRY}, "\\u0061.json": {ENTRY}'
    ),
    "manifest: nested deep": put("manifest.json", '{"a":' * 5000 + "1" + "}" * 5000),
    "manifest: 100k brackets": put("manifest.json", "[" * 100_000),
    "manifest: NaN": put("manifest.json", '{"manifest_version": NaN}'),
    "manifest: huge number": put(
        "manifest.json", '{"manifest_version": 1' + "0" * 5000 + "}"
    ),
    "manifest: huge float": put("manifest.json", '{"manifest_version": 1e999999}'),
    "manifest: not UTF-8": put("manifest.json", b'{"\xff": 1}'),
    "manifest: UTF-16": put("manifest.json", '{"a": 1}'.encode("utf-16")),
    "manifest: a list": put("manifest.json", "[1]"),
    "manifest: empty": put("manifest.json", ""),
    "manifest: 1 TB": sparse("manifest.json"),
    "manifest: a link": link("manifest.json"),
    "manifest: an endless device": link("manifest.json", "/dev/zero"),
    "manifest: a link to nothing": link("manifest.json", "nowhere"),
    "link to a secret": link("config.json"),
    "link to itself": link("config.json", "config.json"),
    "link by a link": chained_link,
    "link to a device": link("config.json", "/dev/zero"),
    "linked folder": link_assets,
    "pipe": pipe,
    "socket": unix_socket,
    "folder instead of a file": folder_for_file,
    "plain: 1 TB config": plain(sparse("config.json")),
    "plain: config is a link": plain(link("config.json")),
    "plain: config is a pipe": plain(pipe),
    "plain: config nested deep": plain(
        put("config.json", '{"registered_name": "a", "b": ' + "[" * 70 + "]" * 70 + "}")
    ),
    "plain: duplicate key": plain(
        put("config.json", '{"registered_name": "a", "registered_name": "b"}')
    ),
    "plain: weights are a link": plain(link("model.safetensors")),
    "plain: asset is a link": plain(link("assets/words.txt")),
    "plain: linked folder": plain(link_assets),
    "plain: shard climbs": plain(shards("../secret.h5")),
    "plain: absolute shard": plain(shards("SECRET")),
    "plain: shard is a number": plain(shards(3)),
    "plain: shards are nested": plain(shards([["x.h5"]])),
    "plain: shards are objects": plain(shards({"a": 1})),
    "plain: missing shard": plain(shards("model_00001.weights.h5")),
    "plain: LFS pointer": plain(
        put("model.safetensors", "version https://git-lfs.github.com/spec/v1\noid x")
    ),
    "plain: page instead of weights": plain(put("model.safetensors", "<html></html>")),
    "plain: header longer than the file": plain(
        put("model.safetensors", b"\xff" * 6 + b"\0\0{}")
    ),
    "plain: empty weights": plain(put("model.safetensors", "")),
    "plain: weights are 1 TB of zeros": plain(zeros),
}


def test_there_are_enough_kinds():
    assert len(HOSTILE) >= 25


@pytest.mark.parametrize("kind", HOSTILE)
def test_refused_without_opening_anything_outside(tmp_path, monkeypatch, kind):
    global _opened
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user_cache"))
    secret = tmp_path / "secret.json"
    secret.write_text('{"registered_name": "stolen"}')
    folder = fill_preset(tmp_path / "preset")
    HOSTILE[kind](folder, secret)
    before = sorted(tmp_path.rglob("*"))
    tracemalloc.start()
    _opened = []
    try:
        with pytest.raises(PresetError) as caught:
            resolve_preset(folder)
    finally:
        opened, _opened = _opened, None
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert type(caught.value) is not PresetError
    assert len(str(caught.value)) < 2000
    assert peak < 60e6
    allowed = (str(folder), str(tmp_path / "user_cache"))
    data = [name for name in opened if not name.endswith((".py", ".pyc"))]
    assert [name for name in data if not name.startswith(allowed)] == []
    new = set(tmp_path.rglob("*")) - set(before)
    assert all(path.is_relative_to(tmp_path / "user_cache") for path in new)


@pytest.mark.parametrize(
    "name",
    ["assets/../../evil.txt", "/evil.json", "..\\evil.json", "assets/../config.json"],
)
@pytest.mark.parametrize("with_manifest", [True, False])
def test_hub_that_lists_hostile_names(hub, tmp_path, name, with_manifest):
    folder = fill_preset(tmp_path / "preset", manifest=with_manifest)
    files = read_files(folder)
    if with_manifest:
        list_file(name)(folder, folder)
        files = read_files(folder)
    hub.add("alice/x", {**files, name: b"evil"})
    outside = {path for path in tmp_path.iterdir()}
    try:
        loaded = resolve_preset("hf://alice/x")
    except PresetError as error:
        assert type(error) is not PresetError
    else:
        # Without a manifest, a name that no load reads is simply not fetched.
        assert not with_manifest
        assert b"evil" not in read_files(loaded).values()
    for path in tmp_path.rglob("evil*"):
        pytest.fail(f"{path} was written")
    assert {p.name for p in tmp_path.iterdir()} <= {p.name for p in outside} | {
        "hub_cache",
        "user_cache",
    }


def test_links_of_a_hub_snapshot_may_lead_to_its_blobs_only(hub, preset, tmp_path):
    hub.add("alice/x", preset)
    folder = resolve_preset("hf://alice/x")
    assert (folder / "config.json").is_symlink()
    assert resolve_preset(folder) == folder
    secret = tmp_path / "secret.json"
    secret.write_bytes((preset / "config.json").read_bytes())
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to(secret)
    for handle in ("hf://alice/x", folder):
        with pytest.raises(PresetError, match="outside the preset"):
            resolve_preset(handle)
