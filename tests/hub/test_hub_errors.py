"""Every way a load can fail has its own error, and says what to do."""

import errno
import os
import resource
import shutil
import socket
import subprocess
import sys

import pytest
from hub_test_files import fill_preset, read_files, tensor_file

import keras_docs.hub as hub_room
from keras_docs.hub import (
    DiskFullError,
    HubAccessError,
    HubCacheError,
    HubGatedError,
    HubRateLimitError,
    HubUnreachableError,
    OfflineError,
    PresetCorruptError,
    PresetError,
    PresetFormatError,
    PresetIncompleteError,
    PresetNotFoundError,
    PresetRevisionError,
    PresetVersionError,
    UnsupportedCheckpointError,
    resolve_preset,
)

pytestmark = pytest.mark.no_tensors


def test_every_error_is_a_value_error_with_a_docstring():
    errors = [v for k, v in vars(hub_room).items() if k.endswith("Error")]
    assert len(errors) == 19
    for error in errors:
        assert issubclass(error, PresetError)
        assert issubclass(error, ValueError)
        assert error.__doc__


def test_absent_repository(hub):
    with pytest.raises(PresetNotFoundError, match=r"alice/x.*no such repository.*401"):
        resolve_preset("hf://alice/x")
    with pytest.raises(PresetNotFoundError, match="404"):
        resolve_preset("hf://alice/x", token="token-bob")


def test_missing_revision(hub, preset):
    hub.add("alice/x", preset)
    with pytest.raises(PresetRevisionError, match="alice/x@v9: the repository exists"):
        resolve_preset("hf://alice/x@v9")
    with pytest.raises(PresetRevisionError):
        resolve_preset("hf://alice/x", revision="0" * 40)


def test_private_repository_without_token(hub, preset):
    hub.add("alice/x", preset, private=True)
    with pytest.raises(PresetNotFoundError, match="or it is private.*hf auth login"):
        resolve_preset("hf://alice/x")
    with pytest.raises(PresetNotFoundError, match="or it is private"):
        resolve_preset("hf://alice/x", token="token-bob")


def test_wrong_token(hub, preset):
    hub.add("alice/x", preset)
    with pytest.raises(HubAccessError, match="does not accept the token"):
        resolve_preset("hf://alice/x", token="token-nobody")


def test_revoked_token_does_not_return_the_cached_copy(hub, preset):
    hub.add("alice/x", preset, private=True)
    resolve_preset("hf://alice/x", token="token-alice")
    hub.tokens.clear()
    with pytest.raises(HubAccessError, match="does not accept the token"):
        resolve_preset("hf://alice/x", token="token-alice")


def test_forbidden(hub, preset):
    hub.add("alice/x", preset)
    hub.fail("status", "/api/models/", status=403)
    with pytest.raises(HubAccessError, match="refuses access"):
        resolve_preset("hf://alice/x")


@pytest.mark.parametrize("token", [False, "token-bob"])
def test_gated_repository(hub, preset, token):
    hub.add("alice/x", preset, gated=True)
    with pytest.raises(HubGatedError, match="gated.*accept the conditions"):
        resolve_preset("hf://alice/x", token=token)
    hub.repositories["alice/x"].readers.add("bob")
    if token:
        assert resolve_preset("hf://alice/x", token=token).is_dir()


def test_unreachable_hub(hub, preset, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    with pytest.raises(HubUnreachableError, match="after 4 attempts.*connection"):
        resolve_preset("hf://alice/x")


def test_unreachable_hub_with_a_complete_cache_warns(hub, preset):
    commit = hub.add("alice/x", preset)
    folder = resolve_preset("hf://alice/x")
    hub.close()
    with pytest.warns(UserWarning, match=f"Using the cached commit {commit}"):
        assert resolve_preset("hf://alice/x") == folder


def test_unreachable_hub_with_a_partial_cache(hub, preset):
    hub.add("alice/x", preset)
    resolve_preset("hf://alice/x", parts=["backbone"])
    hub.close()
    with pytest.raises(HubUnreachableError):
        resolve_preset("hf://alice/x")


def test_rate_limit(hub, preset):
    hub.add("alice/x", preset)
    fault = hub.fail("status", "/api/models/", status=429)
    with pytest.raises(HubRateLimitError, match="429.*after 4 attempts.*log in"):
        resolve_preset("hf://alice/x")
    assert fault.hits == 4


def test_long_rate_limit_is_not_waited_for(hub, preset):
    hub.add("alice/x", preset)
    headers = {"Retry-After": "300"}
    fault = hub.fail("status", "/api/models/", status=429, headers=headers)
    with pytest.raises(HubRateLimitError):
        resolve_preset("hf://alice/x")
    assert fault.hits == 1


def test_rate_limit_header_of_the_hub(hub, preset):
    hub.add("alice/x", preset)
    headers = {"RateLimit": '"api";r=0;t=250'}
    fault = hub.fail("status", "/api/models/", status=429, headers=headers)
    with pytest.raises(HubRateLimitError):
        resolve_preset("hf://alice/x")
    assert fault.hits == 1


def test_no_retry_of_definite_answers(hub):
    with pytest.raises(PresetNotFoundError):
        resolve_preset("hf://alice/x")
    assert len(hub.requests) == 1


def test_offline_and_not_cached(hub):
    with pytest.raises(OfflineError, match="not in the cache.*local_files_only"):
        resolve_preset("hf://alice/x", local_files_only=True)
    assert hub.requests == []


def test_manifest_lists_a_file_the_repository_lacks(hub, preset):
    files = read_files(preset)
    del files["task.safetensors"]
    hub.add("alice/x", files)
    with pytest.raises(PresetIncompleteError, match="task.safetensors is in its mani"):
        resolve_preset("hf://alice/x")


def test_repository_that_contradicts_its_manifest(hub, preset):
    files = {**read_files(preset), "model.safetensors": tensor_file(9)}
    hub.add("alice/x", files)
    with pytest.raises(PresetCorruptError, match="not the file its manifest lists"):
        resolve_preset("hf://alice/x")
    assert "model.safetensors" not in hub.downloads()


def test_small_file_that_contradicts_the_manifest(hub, preset):
    # Its SHA-256 is not in the Hub's listing, so it is only seen after the download.
    words = read_files(preset)["assets/words.txt"]
    changed = {**read_files(preset), "assets/words.txt": b"z" * len(words)}
    hub.add("alice/x", changed)
    with pytest.raises(PresetCorruptError, match="downloaded twice.*words.txt"):
        resolve_preset("hf://alice/x")


def test_flipped_bit_in_the_cache_is_fetched_again(hub, preset):
    hub.add("alice/x", preset)
    folder = resolve_preset("hf://alice/x")
    blob = (folder / "model.safetensors").resolve()
    data = bytearray(blob.read_bytes())
    data[-1] ^= 1
    blob.write_bytes(bytes(data))
    with pytest.raises(PresetCorruptError, match="go online once"):
        resolve_preset("hf://alice/x", local_files_only=True)
    again = resolve_preset("hf://alice/x")
    assert (again / "model.safetensors").read_bytes() == tensor_file(0)


def test_bit_that_is_always_flipped(hub, preset):
    hub.add("alice/x", preset)
    fault = hub.fail("flip", "/large/.*model.safetensors")
    with pytest.raises(PresetCorruptError, match="downloaded twice"):
        resolve_preset("hf://alice/x")
    assert fault.hits == 2
    fault.times = 0
    folder = resolve_preset("hf://alice/x")
    assert (folder / "model.safetensors").read_bytes() == tensor_file(0)


def test_transformers_checkpoint_names_its_model_type(hub):
    hub.add("alice/x", {"config.json": b'{"model_type": "deberta-v2"}'})
    with pytest.raises(UnsupportedCheckpointError, match="deberta-v2") as caught:
        resolve_preset("hf://alice/x", converters={"bert"})
    assert caught.value.model_type == "deberta-v2"


def test_no_preset_at_all(hub):
    hub.add("alice/x", {"data.csv": b"1"})
    with pytest.raises(PresetNotFoundError, match="neither manifest.json nor config.j"):
        resolve_preset("hf://alice/x")
    hub.add("alice/y", {"config.json": b"{}"})
    with pytest.raises(PresetFormatError, match="neither 'registered_name'"):
        resolve_preset("hf://alice/y")


def test_plain_preset_without_weights(hub, preset):
    hub.add("alice/x", {"config.json": read_files(preset)["config.json"]})
    with pytest.raises(PresetIncompleteError, match="none of model.safetensors"):
        resolve_preset("hf://alice/x")


def test_manifest_of_a_later_version(hub, preset):
    text = (preset / "manifest.json").read_text()
    text = text.replace('"manifest_version": 1', '"manifest_version": 7')
    hub.add("alice/x", {**read_files(preset), "manifest.json": text.encode()})
    with pytest.raises(PresetVersionError, match="keras_docs 0.1.0.*pip install"):
        resolve_preset("hf://alice/x")


def test_too_little_room_is_seen_before_the_download(hub, preset, monkeypatch):
    hub.add("alice/x", preset)
    usage = shutil.disk_usage(preset)._replace(free=100)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DiskFullError, match="100 are free"):
        resolve_preset("hf://alice/x")
    assert hub.downloads() == []


def test_disk_that_fills_up_during_the_download(hub, tmp_path):
    big = fill_preset(tmp_path / "big", manifest=False)
    (big / "model.safetensors").write_bytes(tensor_file(0, 200_000))
    hub_room.write_manifest(big, {}, {})
    hub.add("alice/x", big)
    code = "import signal, keras_docs.hub as h;"
    code += "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
    code += "h.resolve_preset('hf://alice/x')"

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    run = subprocess.run(
        [sys.executable, "-c", code],
        preexec_fn=small_files,
        capture_output=True,
        text=True,
    )
    assert "DiskFullError: No room left" in run.stderr, run.stderr
    folder = resolve_preset("hf://alice/x")
    assert (folder / "model.safetensors").read_bytes() == tensor_file(0, 200_000)


def test_cache_that_is_a_file(hub, preset, tmp_path):
    hub.add("alice/x", preset)
    (tmp_path / "file").write_text("")
    with pytest.raises(HubCacheError, match="cache_dir"):
        resolve_preset("hf://alice/x", cache_dir=tmp_path / "file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_cache_that_is_not_writable(hub, preset, tmp_path):
    hub.add("alice/x", preset)
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(HubCacheError, match="No right to write"):
        resolve_preset("hf://alice/x", cache_dir=tmp_path / "locked")


def test_operating_system_errors_become_ours():
    from keras_docs.hub.atomic_file import clear_disk_errors

    for number, error in ((errno.ENOSPC, DiskFullError), (errno.EROFS, HubCacheError)):
        with pytest.raises(error), clear_disk_errors("here"):
            raise OSError(number, os.strerror(number))


def test_answer_that_is_no_hub(hub, monkeypatch):
    hub.fail("page", "/api/models")
    hub.add("alice/x", {"config.json": b"{}"})
    with pytest.raises(PresetError, match="HF_ENDPOINT"):
        resolve_preset("hf://alice/x")
