"""Publishing: one commit, on top of what was seen, with all that was promised."""

import pytest
from hub_test_files import fill_preset, read_files

from keras_docs.hub import (
    HubAccessError,
    HubConflictError,
    HubUnreachableError,
    PresetCorruptError,
    PresetHandleError,
    PresetIncompleteError,
    PresetNotFoundError,
    resolve_preset,
    upload_preset,
)

pytestmark = pytest.mark.no_tensors
ALICE = {"token": "token-alice"}


def remote_files(hub, name="alice/x", revision="main"):
    files = hub.repositories[name].find(revision).files
    return {n: f.data for n, f in files.items() if n != ".gitattributes"}


def commits_sent(hub):
    return [p for m, p in hub.requests if m == "POST" and "/commit/" in p]


def test_round_trip_in_one_commit(hub, preset):
    handle = upload_preset(
        "hf://alice/x", preset, commit_message="first", tag="v1", **ALICE
    )
    repository = hub.repositories["alice/x"]
    head = repository.find("main")
    assert handle == f"hf://alice/x@{head.oid}"
    assert repository.tags == {"v1": head.oid}
    assert head.message == "first"
    assert not repository.private
    assert len(commits_sent(hub)) == 1
    assert remote_files(hub) == read_files(preset)
    published = read_files(preset)
    del published["README.md"]
    assert read_files(resolve_preset(handle)) == published


def test_private(hub, preset):
    handle = upload_preset("hf://alice/x", preset, private=True, **ALICE)
    assert hub.repositories["alice/x"].private
    with pytest.raises(PresetNotFoundError):
        resolve_preset(handle, token=False)
    assert resolve_preset(handle, **ALICE).is_dir()


def test_private_is_not_published_to_a_public_repository(hub, preset):
    hub.add("alice/x", {"a.txt": b""})
    with pytest.raises(HubConflictError, match="exists and is public"):
        upload_preset("hf://alice/x", preset, private=True, **ALICE)
    assert commits_sent(hub) == []


def test_new_version_removes_what_it_lacks_and_keeps_the_rest(hub, preset, tmp_path):
    hub.add("alice/x", {"notes.txt": b"mine", "sub/config.json": b"{}"})
    upload_preset("hf://alice/x", preset, **ALICE)
    second = fill_preset(tmp_path / "second", 2, manifest=False)
    for name in ("task.json", "task.safetensors"):
        (second / name).unlink()
    from keras_docs.hub import write_manifest

    write_manifest(second, {}, {})
    upload_preset("hf://alice/x", second, **ALICE)
    others = {"notes.txt": b"mine", "sub/config.json": b"{}"}
    assert remote_files(hub) == {**read_files(second), **others}


def test_subfolder_and_branch(hub, preset):
    handle = upload_preset("hf://alice/x/small", preset, revision="dev", **ALICE)
    repository = hub.repositories["alice/x"]
    assert handle == f"hf://alice/x@{repository.branches['dev']}/small"
    assert remote_files(hub, revision="main") == {}
    expected = {f"small/{name}": data for name, data in read_files(preset).items()}
    assert remote_files(hub, revision="dev") == expected
    assert resolve_preset(handle).name == "small"


def test_nothing_changed_makes_no_commit(hub, preset):
    first = upload_preset("hf://alice/x", preset, **ALICE)
    hub.requests.clear()
    assert upload_preset("hf://alice/x", preset, **ALICE) == first
    assert commits_sent(hub) == []


def test_broken_preset_is_not_uploaded(hub, preset, tmp_path):
    (preset / "config.json").write_text("{}")
    with pytest.raises(PresetCorruptError):
        upload_preset("hf://alice/x", preset, **ALICE)
    plain = fill_preset(tmp_path / "plain", manifest=False)
    with pytest.raises(PresetIncompleteError, match="manifest.json is missing"):
        upload_preset("hf://alice/x", plain, **ALICE)
    assert hub.requests == []


def test_validation_comes_first(hub, preset):
    def refuse(folder):
        assert folder == preset
        raise ArithmeticError("does not load")

    with pytest.raises(ArithmeticError):
        upload_preset("hf://alice/x", preset, validate=refuse, **ALICE)
    assert hub.requests == []


def test_commit_by_somebody_else_meanwhile(hub, preset):
    hub.add("alice/x", {"a.txt": b"1"})
    hub.fail(
        "call",
        "/preupload/",
        methods=("POST",),
        times=1,
        action=lambda: hub.add("alice/x", {"config.json": b"theirs"}),
    )
    with pytest.raises(HubConflictError, match="changed meanwhile"):
        upload_preset("hf://alice/x", preset, **ALICE)
    assert remote_files(hub) == {"a.txt": b"1", "config.json": b"theirs"}


@pytest.mark.parametrize(
    ("kind", "path", "methods"),
    [
        ("status", "/preupload/", ("POST",)),
        ("status", "/lfs/objects/batch", ("POST",)),
        ("status", "/large-upload/", ("PUT",)),
        ("status", "/commit/", ("POST",)),
        ("drop", "/commit/", ("POST",)),
        ("status", "/revision/", ("GET",)),
        ("status", "/repos/create", ("POST",)),
        ("status", "/tag/", ("POST",)),
    ],
)
def test_passing_faults_are_survived(hub, preset, kind, path, methods):
    fault = hub.fail(kind, path, methods=methods, times=1)
    handle = upload_preset("hf://alice/x", preset, tag="v1", **ALICE)
    assert fault.hits == 1
    assert remote_files(hub) == read_files(preset)
    assert hub.repositories["alice/x"].tags["v1"] in handle


def test_commit_whose_answer_got_lost_is_not_a_conflict(hub, preset):
    fault = hub.fail("lost", "/commit/", methods=("POST",), times=1)
    handle = upload_preset("hf://alice/x", preset, tag="v1", **ALICE)
    repository = hub.repositories["alice/x"]
    assert fault.hits == 1
    assert handle.endswith(repository.branches["main"])
    assert remote_files(hub) == read_files(preset)


def test_lasting_fault(hub, preset):
    hub.fail("status", "/commit/", methods=("POST",))
    with pytest.raises(HubUnreachableError):
        upload_preset("hf://alice/x", preset, **ALICE)


def test_existing_tag_is_seen_before_the_upload(hub, preset):
    hub.add("alice/x", {"a.txt": b"1"}, tag="v1")
    with pytest.raises(HubConflictError, match="already has the tag 'v1'"):
        upload_preset("hf://alice/x", preset, tag="v1", **ALICE)
    assert commits_sent(hub) == []


def test_rights(hub, preset):
    hub.add("alice/x", {"a.txt": b"1"})
    with pytest.raises(HubAccessError):
        upload_preset("hf://alice/x", preset, token="token-bob")
    with pytest.raises(HubAccessError):
        upload_preset("hf://alice/new", preset, token="token-bob")
    with pytest.raises(HubAccessError):
        upload_preset("hf://alice/x", preset, token=False)
    assert remote_files(hub) == {"a.txt": b"1"}


@pytest.mark.parametrize("handle", ["x", "./x", "kaggle://a/b/keras/c", "hf://a"])
def test_only_hub_handles(preset, handle):
    with pytest.raises(PresetHandleError):
        upload_preset(handle, preset)


def test_a_commit_is_no_place_to_upload_to(preset):
    with pytest.raises(PresetHandleError):
        upload_preset(f"hf://alice/x@{'0' * 40}", preset)


def test_offline(hub, preset, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(HubUnreachableError, match="HF_HUB_OFFLINE is set"):
        upload_preset("hf://alice/x", preset, **ALICE)
