"""Handles: every known form, and nothing else."""

import os
from pathlib import Path

import pytest

from keras_docs.hub import PresetHandle, PresetHandleError

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
