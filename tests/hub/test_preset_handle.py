"""Handles: every known form, and nothing else."""

import json
import os
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keras_docs.hub import (
    Manifest,
    PresetError,
    PresetHandle,
    PresetHandleError,
)
from keras_docs.hub.manifest import parse_manifest
from keras_docs.hub.strict_json import parse_json_object

pytestmark = pytest.mark.no_tensors
COMMIT = "0123456789abcdef" * 2 + "01234567"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hf://org/repo", ("hf", "org/repo", None, "")),
        ("hf://org/repo@v1.0", ("hf", "org/repo", "v1.0", "")),
        (f"hf://org/repo@{COMMIT}", ("hf", "org/repo", COMMIT, "")),
        ("hf://org/repo/small", ("hf", "org/repo", None, "small")),
        ("hf://org/repo/a/b/", ("hf", "org/repo", None, "a/b")),
        ("hf://org/repo@v1/a/b", ("hf", "org/repo", "v1", "a/b")),
        ("hf://org/repo@refs/pr/3", ("hf", "org/repo", "refs/pr/3", "")),
        ("hf://org/repo@refs/pr/3/a", ("hf", "org/repo", "refs/pr/3", "a")),
        ("hf://org/repo@my%2Fbranch/a", ("hf", "org/repo", "my/branch", "a")),
        ("hf://o-r_g/re.p-o", ("hf", "o-r_g/re.p-o", None, "")),
        ("kaggle://a/b/keras/c", ("kaggle", "a/b/keras/c", None, "")),
        ("kaggle://a/b/keras/c/12", ("kaggle", "a/b/keras/c/12", None, "")),
        ("tab_transformer_income", ("", "tab_transformer_income", None, "")),
        ("./some folder/ä", ("", "./some folder/ä", None, "")),
        (Path("hf:") / "x", ("", os.path.join("hf:", "x"), None, "")),
    ],
)
def test_forms(text, expected):
    handle = PresetHandle.parse(text)
    parts = (handle.scheme, handle.location, handle.revision, handle.subfolder)
    assert parts == expected
    if handle.scheme:
        assert PresetHandle.parse(str(handle)) == handle


@pytest.mark.parametrize(
    "text",
    ["", " ", "\0", "a\0b", None, 3, b"hf://a/b", "hf://", "hf://org", "hf:///repo"]
    + ["hf://org/", "hf://org//sub", "hf://org/repo//sub", "hf://org/repo@"]
    + ["hf://org/repo@v1@v2", "hf://org/repo@../x", "hf://org/repo@v1/../../x"]
    + ["hf://org/repo/..", "hf://org/repo@a..b", "hf://org/repo@%2e%2e/x"]
    + ["hf://org/repo@%00", "hf://org/re po", "hf://../repo", "hf://org/re--po"]
    + ["hf://org/repo\n", "hf://org/" + "r" * 97, "HF://org/repo", "gs://a/b"]
    + ["https://huggingface.co/org/repo", "file:///etc", "hf://org/repo@v1.lock"]
    + ["hf://user:secret@host/repo", "hf://org/repo?x=1", "hf://org/repo#x"]
    + ["kaggle://a/b", "kaggle://a/b/keras/c/x", "kaggle://a/../keras/c"]
    + ["kaggle://a/b/keras/c/1/2", "kaggle://a/b/keras/"],
)
def test_what_is_no_handle(text):
    with pytest.raises(PresetHandleError, match="expected|form|no |cannot|unknown"):
        PresetHandle.parse(text)


def test_revision_beside_the_handle():
    assert PresetHandle.parse("hf://a/b", "my/branch").revision == "my/branch"
    assert PresetHandle.parse("hf://a/b@v1", "v1").revision == "v1"
    for text in ("hf://a/b@v2", "name", "kaggle://a/b/keras/c"):
        with pytest.raises(PresetHandleError, match="revision"):
            PresetHandle.parse(text, "v1")
    for revision in ("../x", "a b", "", "-x", 3, "/etc"):
        with pytest.raises(PresetHandleError):
            PresetHandle.parse("hf://a/b", revision)


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


@st.composite
def manifest_bytes(draw):
    data = json.dumps(draw(manifest)).encode("utf-8", "surrogatepass")
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        start = draw(st.integers(0, len(data)))
        stop = draw(st.integers(start, min(len(data), start + 4)))
        data = data[:start] + draw(st.binary(max_size=4)) + data[stop:]
    return data


def check_handle(text):
    try:
        handle = PresetHandle.parse(text)
    except PresetHandleError:
        return
    if handle.scheme:
        everything = (handle.location, handle.revision or "", handle.subfolder)
        for part in "/".join(everything).split("/"):
            assert part not in (".", "..")
            assert not set(part) & set("\\\0\n:")
        assert PresetHandle.parse(str(handle)) == handle
    else:
        assert handle.location == text
        assert "://" not in text


def check_manifest(data):
    try:
        parsed = parse_manifest(data)
    except PresetError as error:
        assert type(error) is not PresetError
        return
    assert isinstance(parsed, Manifest)
    stored = json.loads(data)
    assert parsed.to_json()["files"] == stored["files"]
    root = os.path.abspath("preset")
    for listed in parsed.files:
        place = os.path.normpath(os.path.join(root, listed))
        assert os.path.relpath(place, root) == listed
    again = parse_manifest(json.dumps(parsed.to_json()).encode())
    assert again == parsed


def check_json(data):
    try:
        parsed = parse_json_object(data, "fuzz")
    except PresetError:
        return
    assert parsed == json.loads(data)


CASES = {
    "handle": (check_handle, handle_text),
    "manifest": (check_manifest, manifest_bytes()),
    "bytes as manifest": (check_manifest, st.binary(max_size=60)),
    "JSON": (check_json, manifest_bytes() | st.binary(max_size=60)),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("count", [200, pytest.param(100_000, marks=pytest.mark.large)])
def test_fuzz(case, count):
    check, strategy = CASES[case]

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run(data):
        check(data)

    run()


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
