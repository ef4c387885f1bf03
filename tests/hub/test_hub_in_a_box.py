"""The Hub in a box answers the real client as the Hub does."""

import os
import signal
import subprocess
import sys

import pytest
from hub_test_files import fill_preset, read_files, tensor_file

from keras_docs.hub import resolve_preset, write_manifest

pytestmark = pytest.mark.no_tensors


@pytest.fixture
def api(hub):
    from huggingface_hub import HfApi

    return HfApi(endpoint=hub.url, token="token-alice")


def test_who_am_i(hub, api):
    from huggingface_hub.errors import HfHubHTTPError

    assert api.whoami()["name"] == "alice"
    with pytest.raises(HfHubHTTPError):
        api.whoami(token="token-nobody")


def test_upload_and_download_of_small_and_large_files(hub, api, tmp_path):
    folder = fill_preset(tmp_path / "preset")
    api.create_repo("alice/x")
    api.upload_folder(repo_id="alice/x", folder_path=folder)
    local = api.snapshot_download("alice/x", local_dir=tmp_path / "local")
    names = set(api.list_repo_files("alice/x"))
    assert names == {*read_files(folder), ".gitattributes"}
    for name, data in read_files(folder).items():
        with open(os.path.join(local, name), "rb") as file:
            assert file.read() == data
    info = api.get_paths_info("alice/x", ["model.safetensors", "config.json"])
    large = {i.path: i.lfs is not None for i in info}
    assert large == {"model.safetensors": True, "config.json": False}


def test_history_branches_and_tags(hub, api):
    from huggingface_hub.errors import HfHubHTTPError, RevisionNotFoundError

    first = hub.add("alice/x", {"a.txt": b"1"})
    api.create_tag("alice/x", tag="v1")
    api.create_branch("alice/x", branch="dev")
    second = api.upload_file(
        repo_id="alice/x", path_in_repo="a.txt", path_or_fileobj=b"2"
    ).oid
    commits = [c.commit_id for c in api.list_repo_commits("alice/x")]
    assert commits == [second, first]
    refs = api.list_repo_refs("alice/x")
    assert {t.name: t.target_commit for t in refs.tags} == {"v1": first}
    assert {b.name for b in refs.branches} == {"main", "dev"}
    with pytest.raises(HfHubHTTPError, match="already exists"):
        api.create_tag("alice/x", tag="v1")
    api.delete_tag("alice/x", tag="v1")
    with pytest.raises(RevisionNotFoundError):
        api.model_info("alice/x", revision="v1")


def test_access(hub, api):
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        RepositoryNotFoundError,
    )

    hub.add("alice/private", {"a.txt": b"1"}, private=True)
    hub.add("bob/gated", {"a.txt": b"1"}, gated=True)
    assert api.model_info("alice/private").private
    for token in (False, "token-bob"):
        with pytest.raises(RepositoryNotFoundError):
            api.model_info("alice/private", token=token)
    with pytest.raises(GatedRepoError):
        api.hf_hub_download("bob/gated", "a.txt")
    with pytest.raises(EntryNotFoundError):
        api.hf_hub_download("alice/private", "b.txt")


def test_stale_parent_and_missing_object_are_refused(hub, api):
    from huggingface_hub import CommitOperationAdd
    from huggingface_hub.errors import HfHubHTTPError

    first = hub.add("alice/x", {"a.txt": b"1"})
    hub.add("alice/x", {"a.txt": b"2"})
    with pytest.raises(HfHubHTTPError) as caught:
        api.create_commit(
            "alice/x",
            [CommitOperationAdd("b.txt", b"3")],
            commit_message="late",
            parent_commit=first,
        )
    assert caught.value.response.status_code == 412


def test_ranges(hub):
    import urllib.request

    commit = hub.add("alice/x", {"w.safetensors": bytes(range(100))})
    url = f"{hub.url}/large/alice/x/{commit}/w.safetensors"
    request = urllib.request.Request(url, headers={"Range": "bytes=90-"})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 206
        assert answer.headers["Content-Range"] == "bytes 90-99/100"
        assert answer.read() == bytes(range(90, 100))


def test_a_cut_download_goes_on_where_it_stopped(hub, tmp_path):
    big = fill_preset(tmp_path / "big", manifest=False)
    (big / "model.safetensors").write_bytes(tensor_file(1, 1_000_000))
    write_manifest(big, {}, {})
    hub.add("alice/x", big)
    hub.fail("truncate", "/large/.*model.safetensors", times=1)
    folder = resolve_preset("hf://alice/x")
    data = tensor_file(1, 1_000_000)
    assert (folder / "model.safetensors").read_bytes() == data
    assert hub.downloads().count("model.safetensors") == 2


def test_process_killed_during_the_download(hub, preset, tmp_path):
    hub.add("alice/x", preset)
    code = "import keras_docs.hub as h; h.resolve_preset('hf://alice/x')"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    hub.fail(
        "call", "/large/", action=lambda: os.kill(process.pid, signal.SIGKILL), times=1
    )
    assert process.wait(60) == -signal.SIGKILL
    hub.faults.clear()
    published = read_files(preset)
    del published["README.md"]
    assert read_files(resolve_preset("hf://alice/x")) == published


def test_processes_that_load_at_once(hub, preset):
    hub.add("alice/x", preset)
    code = "import keras_docs.hub as h; print(h.resolve_preset('hf://alice/x'))"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(3)
    ]
    folders = {process.communicate()[0].strip() for process in processes}
    assert len(folders) == 1
    published = read_files(preset)
    del published["README.md"]
    assert read_files(folders.pop()) == published
