"""The manifest: what is written, read and verified."""

import hashlib
import json
import os
import time

import pytest
from hub_test_files import CLASSES, VERSIONS, fill_preset, read_files

import keras_docs.hub.manifest as manifest_module
from keras_docs.hub import (
    PresetCorruptError,
    PresetFormatError,
    PresetIncompleteError,
    PresetUnsafeError,
    read_manifest,
    verify_manifest,
    write_manifest,
)

pytestmark = pytest.mark.no_tensors


@pytest.fixture(autouse=True)
def own_user_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user_cache"))


def raise_runtime_error():
    raise RuntimeError("Could not determine home directory.")


def test_written_manifest_lists_every_other_file(preset):
    stored = json.loads((preset / "manifest.json").read_text())
    assert stored["manifest_version"] == 1
    assert stored["classes"] == CLASSES
    assert stored["versions"] == VERSIONS
    files = read_files(preset)
    del files["manifest.json"]
    expected = {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items()
    }
    assert stored["files"] == expected
    assert list(stored["files"]) == sorted(expected)


def test_round_trip_and_same_bytes_again(preset):
    manifest = read_manifest(preset)
    assert manifest.to_json() == json.loads((preset / "manifest.json").read_text())
    assert manifest.total_size == sum(len(d) for d in read_files(preset).values()) - (
        os.path.getsize(preset / "manifest.json")
    )
    before = (preset / "manifest.json").read_bytes()
    assert write_manifest(preset, CLASSES, VERSIONS) == manifest
    assert (preset / "manifest.json").read_bytes() == before


def test_every_single_flipped_bit_is_found(preset):
    verify_manifest(preset)
    path = preset / "assets" / "words.txt"
    right = path.read_bytes()
    for position in range(len(right) * 8):
        wrong = bytearray(right)
        wrong[position // 8] ^= 1 << (position % 8)
        path.write_bytes(bytes(wrong))
        with pytest.raises(PresetCorruptError, match=r"assets/words\.txt.*SHA-256"):
            verify_manifest(preset)
    path.write_bytes(right)
    verify_manifest(preset)


def test_truncated_and_missing_files(preset):
    path = preset / "task.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(PresetCorruptError, match="task.safetensors.*truncated"):
        verify_manifest(preset)
    path.unlink()
    with pytest.raises(PresetIncompleteError, match="task.safetensors is missing"):
        verify_manifest(preset)
    verify_manifest(preset, ["config.json", "model.safetensors"])
    with pytest.raises(PresetIncompleteError, match="not listed"):
        verify_manifest(preset, ["other.json"])


def test_files_that_are_not_listed_are_never_read(preset):
    os.mkfifo(preset / "pipe.json")  # reading it would wait for ever
    (preset / "evil.py").write_text("raise SystemExit")
    verify_manifest(preset)


def test_warm_verification_hashes_nothing_until_a_file_is_touched(preset, monkeypatch):
    hashed = []
    original = manifest_module.file_sha256

    def counting(path):
        hashed.append(path.name)
        return original(path)

    monkeypatch.setattr(manifest_module, "file_sha256", counting)
    verify_manifest(preset)
    assert len(hashed) == len(read_manifest(preset).files)
    hashed.clear()
    verify_manifest(preset)
    assert hashed == []
    os.utime(preset / "config.json", ns=(0, time.time_ns()))
    verify_manifest(preset)
    assert hashed == ["config.json"]


def test_a_change_right_after_hashing_is_seen(preset):
    path = preset / "assets" / "words.txt"
    for _ in range(20):
        data = bytearray(path.read_bytes())
        path.write_bytes(bytes(data))
        verify_manifest(preset)
        data[0] ^= 1
        path.write_bytes(bytes(data))
        with pytest.raises(PresetCorruptError):
            verify_manifest(preset)
        data[0] ^= 1
        path.write_bytes(bytes(data))


def test_record_that_cannot_be_written_costs_only_time(preset, tmp_path):
    (tmp_path / "user_cache").write_text("a file in the way")
    verify_manifest(preset)
    verify_manifest(preset)


def test_user_without_a_home_folder(preset, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(manifest_module.Path, "home", raise_runtime_error)
    verify_manifest(preset)


@pytest.mark.parametrize("content", ["[", '{"verified": 3}', '{"verified": {"a": 1}}'])
def test_record_that_is_nonsense_costs_only_time(preset, tmp_path, content):
    verify_manifest(preset)
    (record,) = (tmp_path / "user_cache" / "keras_docs" / "verified").iterdir()
    record.write_text(content)
    verify_manifest(preset)


def test_a_record_does_not_hide_a_new_manifest(preset):
    verify_manifest(preset)
    stored = json.loads((preset / "manifest.json").read_text())
    stored["files"]["config.json"]["sha256"] = "0" * 64
    (preset / "manifest.json").write_text(json.dumps(stored))
    with pytest.raises(PresetCorruptError, match="config.json"):
        verify_manifest(preset)


def test_folder_that_must_not_be_published(tmp_path):
    for name in ("run.py", "weights.pkl", "model.bin", "a\nb.txt", "NUL.txt", "x. "):
        folder = fill_preset(tmp_path / f"preset{hash(name)}", manifest=False)
        (folder / name).write_text("x")
        with pytest.raises(PresetUnsafeError):
            write_manifest(folder, {}, {})
    folder = fill_preset(tmp_path / "links", manifest=False)
    (folder / "assets" / "home").symlink_to("/")
    with pytest.raises(PresetUnsafeError):
        write_manifest(folder, {}, {})


def test_no_manifest(tmp_path):
    with pytest.raises(PresetIncompleteError, match="manifest.json is missing"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"manifest_version": 0}, "manifest_version"),
        ({"manifest_version": True}, "manifest_version"),
        ({"manifest_version": "1"}, "manifest_version"),
        ({"classes": []}, "classes"),
        ({"classes": {"backbone": 3}}, "classes"),
        ({"versions": None}, "versions"),
        ({"files": []}, "files"),
        ({"files": {"a.txt": {"size": 1}}}, "a.txt"),
        ({"files": {"a.txt": {"size": -1, "sha256": "0" * 64}}}, "a.txt"),
        ({"files": {"a.txt": {"size": 1.0, "sha256": "0" * 64}}}, "a.txt"),
        ({"files": {"a.txt": {"size": True, "sha256": "0" * 64}}}, "a.txt"),
        ({"files": {"a.txt": {"size": 10**30, "sha256": "0" * 64}}}, "a.txt"),
        ({"files": {"a.txt": {"size": 1, "sha256": "0" * 63}}}, "a.txt"),
        ({"files": {"a.txt": {"size": 1, "sha256": "F" * 64}}}, "a.txt"),
        ({"files": {"manifest.json": {"size": 1, "sha256": "0" * 64}}}, "itself"),
        ({"surprise": 1}, "unknown key 'surprise'"),
    ],
)
def test_malformed_manifests_name_the_problem(preset, change, message):
    stored = json.loads((preset / "manifest.json").read_text())
    (preset / "manifest.json").write_text(json.dumps({**stored, **change}))
    with pytest.raises(PresetFormatError, match=message):
        read_manifest(preset)
