"""Random input to every parser of a preset: a typed error or the right result.

Whatever comes, nothing is executed, nothing is opened outside the folder, and memory
stays within a limit. A few hundred cases run always, 100,000 and more with `large`.
"""

import contextlib
import json
import os
import string
import struct
import sys
import tracemalloc
from importlib import metadata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keras_docs.hub import Manifest, PresetError, PresetHandle, PresetHandleError
from keras_docs.hub.manifest import parse_manifest
from keras_docs.hub.plain_preset import check_plain_files
from keras_docs.hub.resolve_preset import resolve_preset
from keras_docs.hub.strict_json import parse_json_object

pytestmark = pytest.mark.no_tensors

FAST_CASES = 100
# All that one case may allocate. Reading a JSON file sets room aside for the largest
# one that is read, 10 MiB.
MEMORY_LIMIT = 12 * 2**20
# What code that runs, or reaches out, cannot do without.
FORBIDDEN_EVENTS = (
    ("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen")
    + ("socket.connect", "socket.bind", "pickle.find_class", "ctypes.dlopen")
    + ("os.remove", "os.rename", "os.rmdir", "shutil.rmtree", "os.symlink", "exec")
)

# Imports the modules that looking up a version needs: an import executes code.
metadata.version("pytest")

_seen: list[tuple[str, object]] | None = None


def _watch(event, arguments):
    if _seen is not None and (event == "open" or event in FORBIDDEN_EVENTS):
        _seen.append((event, arguments[0] if arguments else None))


sys.addaudithook(_watch)


class watched:
    """Notes what a case does: files it opens, programs it starts."""

    def __init__(self, *allowed: os.PathLike | str) -> None:
        self.allowed = tuple(map(str, allowed))

    def __enter__(self):
        global _seen
        _seen = []

    def __exit__(self, kind, error, traceback):
        global _seen
        seen, _seen = _seen, None
        for event, what in seen:
            inside = self.allowed and str(what).startswith(self.allowed)
            assert event == "open" and inside, (event, what)


handle_text = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            ["hf://", "kaggle://", "org", "repo", "/", "@", "..", ".", "%2F", "%00"]
            + ["refs/pr/1", "\\", "-", "--", ":", "\n", "é", " ", "keras", "1", "~"]
        ),
        max_size=12,
    ).map("".join),
)
name = st.one_of(
    st.text(max_size=12),
    st.text(string.ascii_letters + "./\\-_ :\0\u202e", max_size=12),
    st.sampled_from(["config.json", "a/b.json", "../x.json", "/x.json", "CON.txt"]),
)
value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner)
    ),
    max_leaves=6,
)
digest = st.text("0123456789abcdefG", min_size=63, max_size=65) | st.just("0" * 64)
entry = st.fixed_dictionaries({"size": st.integers(-1, 2**50), "sha256": digest})
manifest = st.fixed_dictionaries(
    {
        "manifest_version": st.just(1) | value,
        "classes": st.dictionaries(st.text(max_size=4), st.text(max_size=4)) | value,
        "versions": st.just({}) | value,
        "files": st.dictionaries(name, entry | value, max_size=4) | value,
    },
    optional={"more": value},
)
deep = st.tuples(st.integers(0, 2000), st.sampled_from(["[", '{"a":', "[{"])).map(
    lambda pair: (pair[0] * pair[1]).encode()
)


@st.composite
def damaged(draw, start):
    """The bytes of something valid, with some bytes replaced."""
    data = draw(start)
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        first = draw(st.integers(0, len(data)))
        last = draw(st.integers(first, min(len(data), first + 4)))
        data = data[:first] + draw(st.binary(max_size=4)) + data[last:]
    return data


def encoded(strategy):
    return strategy.map(lambda data: json.dumps(data).encode("utf-8", "surrogatepass"))


config = st.fixed_dictionaries(
    {"registered_name": st.just("keras_docs>XBackbone") | value},
    optional={"model_type": st.just("bert") | value, "config": value},
)
shard = name | st.lists(name, max_size=2) | value
shards = st.fixed_dictionaries(
    {"weight_map": st.dictionaries(st.text(max_size=4), shard, max_size=3) | value}
)
tensor = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F32", "BF16", "I64", "X"]),
        "shape": st.lists(st.integers(-1, 2**40), max_size=3),
        "data_offsets": st.lists(st.integers(-1, 2**63), min_size=2, max_size=2),
    }
)
tensors = encoded(st.dictionaries(name, tensor | value, max_size=3))


@st.composite
def safetensors_bytes(draw):
    header = draw(damaged(tensors))
    length = draw(st.just(len(header)) | st.integers(0, 2**64 - 1))
    return struct.pack("<Q", length) + header + draw(st.binary(max_size=16))


plain_files = st.fixed_dictionaries(
    {"config.json": damaged(encoded(config))},
    optional={
        "model.safetensors": safetensors_bytes() | st.binary(max_size=40),
        "model.weights.h5": st.binary(max_size=40).map(b"\x89HDF\r\n\x1a\n".__add__),
        "model.weights.json": damaged(encoded(shards)),
        "task.json": damaged(encoded(value)),
        "preprocessor.json": st.binary(max_size=20),
    },
)


def check_handle(text, folder):
    with watched():
        try:
            handle = PresetHandle.parse(text)
        except PresetHandleError:
            return False
    if not handle.scheme:
        assert handle.location == text
        assert "://" not in text
        return True
    everything = (handle.location, handle.revision or "", handle.subfolder)
    for part in "/".join(everything).split("/"):
        assert part not in (".", "..")
        assert not set(part) & set("\\\0\n:")
    assert PresetHandle.parse(str(handle)) == handle
    return True


def check_manifest(data, folder):
    # To say that a newer version wrote it, the installed version is looked up.
    with watched(*filter(None, sys.path)):
        try:
            parsed = parse_manifest(data)
        except PresetError as error:
            assert type(error) is not PresetError
            return False
    assert isinstance(parsed, Manifest)
    assert parsed.to_json()["files"] == json.loads(data)["files"]
    root = os.path.abspath("preset")
    for listed in parsed.files:
        place = os.path.normpath(os.path.join(root, listed))
        assert os.path.relpath(place, root) == listed
    assert parse_manifest(json.dumps(parsed.to_json()).encode()) == parsed
    return True


def check_json(data, folder):
    with watched():
        try:
            parsed = parse_json_object(data, "fuzz")
        except PresetError:
            return False
    assert parsed == json.loads(data)
    return True


def check_plain(files, folder):
    for old in folder.iterdir():
        old.unlink()
    for file, data in files.items():
        (folder / file).write_bytes(data)
    with watched(folder):
        try:
            assert resolve_preset(folder) == folder
        except PresetError as error:
            assert type(error) is not PresetError
            assert len(str(error)) < 2000
            return False
    assert isinstance(json.loads(files["config.json"])["registered_name"], str)
    weights = {"model.safetensors", "model.weights.h5", "model.weights.json"}
    assert weights & set(files)
    return True


def check_safetensors_start(data, folder):
    path = folder / "model.safetensors"
    path.write_bytes(data)
    with watched(folder):
        try:
            check_plain_files(folder, [path.name])
        except PresetError as error:
            assert type(error) is not PresetError
            return False
    length = int.from_bytes(data[:8], "little")
    assert data[8:9] == b"{"
    assert length <= len(data) - 8
    return True


# Each with the number of cases in the large run, by what a case costs.
CASES = {
    "handle": (check_handle, handle_text, 40_000),
    "manifest": (check_manifest, damaged(encoded(manifest)), 20_000),
    "bytes as manifest": (check_manifest, st.binary(max_size=60), 10_000),
    "JSON": (check_json, damaged(encoded(value | manifest)) | deep, 20_000),
    "plain preset": (check_plain, plain_files, 6_000),
    "safetensors header": (check_safetensors_start, safetensors_bytes(), 10_000),
}


def fuzz(case, count, folder):
    """Run one kind of case; return how many were accepted."""
    check, strategy, _ = CASES[case]
    accepted = 0
    worst = 0

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run(data):
        nonlocal accepted, worst
        tracemalloc.start()
        try:
            accepted += bool(check(data, folder))
            worst = max(worst, tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()

    run()
    print(f"{case}: {count:,} cases, {accepted:,} accepted, peak {worst:,} bytes")
    assert worst < MEMORY_LIMIT
    return accepted


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    "size", ["small", pytest.param("large", marks=pytest.mark.large)]
)
def test_fuzz(case, size, tmp_path, monkeypatch):
    # Notes on verified files go to the user's cache, which is no part of a case.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user_cache"))
    folder = tmp_path / "preset"
    folder.mkdir()
    accepted = fuzz(case, FAST_CASES if size == "small" else CASES[case][2], folder)
    # A fuzz that is never accepted would not get past the first check.
    if size == "large" and case != "bytes as manifest":
        assert accepted > 0


def test_the_large_run_is_large():
    assert sum(count for _, _, count in CASES.values()) >= 100_000


def test_fuzz_reaches_accepted_manifests():
    # The fuzz above would be idle if nothing it makes were ever accepted.
    data = json.dumps(
        {
            "manifest_version": 1,
            "classes": {"": ""},
            "versions": {},
            "files": {"a/b.json": {"size": 0, "sha256": "0" * 64}},
        }
    )
    assert list(parse_manifest(data.encode()).files) == ["a/b.json"]


@pytest.mark.parametrize(
    "act",
    [
        lambda: os.system("true"),
        lambda: open(os.devnull).close(),
        lambda: exec("1"),
        lambda: os.symlink("a", os.path.join(os.devnull, "b")),
    ],
)
def test_the_watch_sees_what_it_forbids(act):
    seen = pytest.raises(AssertionError)
    with seen, watched("/elsewhere"), contextlib.suppress(OSError):
        act()
