"""Loading from the Hub: the right files, few requests, each revision."""

import os
import subprocess
import sys
import threading

import pytest
from hub_test_files import fill_preset, read_files

import keras_docs.hub.manifest as manifest_module
from keras_docs.hub import (
    OfflineError,
    PresetCorruptError,
    PresetNotFoundError,
    resolve_preset,
)

pytestmark = pytest.mark.no_tensors

BACKBONE_FILES = {"manifest.json", "config.json", "metadata.json", "model.safetensors"}


def wanted_files(folder):
    files = read_files(folder)
    files.pop("README.md")
    return files


def test_cold_load_fetches_each_file_once_and_warm_load_asks_once(
    hub, preset, monkeypatch
):
    hub.add("alice/x", preset)
    folder = resolve_preset("hf://alice/x")
    assert read_files(folder) == wanted_files(preset)
    assert sorted(hub.downloads()) == sorted(wanted_files(preset))
    hub.requests.clear()
    monkeypatch.setattr(manifest_module, "file_sha256", pytest.fail)
    assert resolve_preset("hf://alice/x") == folder
    assert len(hub.requests) == 1


def test_offline_and_pinned_loads_make_no_request(hub, preset, monkeypatch):
    commit = hub.add("alice/x", preset)
    folder = resolve_preset(f"hf://alice/x@{commit}")
    hub.requests.clear()
    assert resolve_preset(f"hf://alice/x@{commit}") == folder
    assert resolve_preset("hf://alice/x", revision=commit) == folder
    resolve_preset("hf://alice/x")
    hub.requests.clear()
    assert resolve_preset("hf://alice/x", local_files_only=True) == folder
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert resolve_preset("hf://alice/x") == folder
    assert hub.requests == []


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("backbone", BACKBONE_FILES),
        (
            "task",
            {"manifest.json", "config.json", "metadata.json"}
            | {"task.json", "task.safetensors"},
        ),
        (
            "preprocessor",
            {"manifest.json", "config.json", "metadata.json"}
            | {"preprocessor.json", "assets/words.txt"},
        ),
        ("card", {"manifest.json", "config.json", "metadata.json", "README.md"}),
    ],
)
def test_only_the_files_of_the_wanted_part_are_downloaded(hub, preset, part, expected):
    hub.add("alice/x", preset)
    folder = resolve_preset("hf://alice/x", parts=[part])
    assert set(hub.downloads()) == set(read_files(folder)) == expected


def test_h5_is_not_downloaded_where_safetensors_are(hub, tmp_path):
    folder = fill_preset(tmp_path / "p", manifest=False)
    (folder / "model.weights.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + b"x" * 100)
    manifest_module.write_manifest(folder, {}, {})
    hub.add("alice/x", folder)
    resolve_preset("hf://alice/x")
    assert "model.weights.h5" not in hub.downloads()


def test_a_later_load_of_more_parts_fetches_only_those(hub, preset):
    hub.add("alice/x", preset)
    resolve_preset("hf://alice/x", parts=["backbone"])
    hub.requests.clear()
    resolve_preset("hf://alice/x")
    assert not BACKBONE_FILES & set(hub.downloads())
    with pytest.raises(OfflineError, match=r"README.md \(1 in all\)"):
        resolve_preset("hf://alice/x", parts=["card"], local_files_only=True)


def test_partial_cache_offline_is_an_error_naming_the_files(hub, preset):
    hub.add("alice/x", preset)
    resolve_preset("hf://alice/x", parts=["backbone"])
    with pytest.raises(OfflineError, match=r"task\.json.*must be downloaded"):
        resolve_preset("hf://alice/x", local_files_only=True)


def test_branch_tag_commit_and_pull_request(hub, tmp_path):
    old = fill_preset(tmp_path / "old", seed=1)
    new = fill_preset(tmp_path / "new", seed=2)
    first = hub.add("alice/x", old, tag="v1")
    hub.add("alice/x", new)
    hub.repositories["alice/x"].branches["refs/pr/1"] = first
    for revision in ("v1", first, "refs/pr/1", "refs%2Fpr%2F1"):
        folder = resolve_preset(f"hf://alice/x@{revision}")
        assert read_files(folder) == wanted_files(old)
    assert read_files(resolve_preset("hf://alice/x")) == wanted_files(new)
    assert read_files(resolve_preset("hf://alice/x@main")) == wanted_files(new)


def test_moved_branch_is_followed(hub, tmp_path):
    hub.add("alice/x", fill_preset(tmp_path / "old", seed=1))
    resolve_preset("hf://alice/x")
    new = fill_preset(tmp_path / "new", seed=2)
    hub.add("alice/x", new)
    assert read_files(resolve_preset("hf://alice/x")) == wanted_files(new)
    offline = resolve_preset("hf://alice/x", local_files_only=True)
    assert read_files(offline) == wanted_files(new)


def test_branch_that_moves_during_the_load_changes_nothing(hub, tmp_path):
    old = fill_preset(tmp_path / "old", seed=1)
    new = fill_preset(tmp_path / "new", seed=2)
    hub.add("alice/x", old)
    hub.fail("call", "manifest.json", action=lambda: hub.add("alice/x", new), times=1)
    assert read_files(resolve_preset("hf://alice/x")) == wanted_files(old)
    assert read_files(resolve_preset("hf://alice/x")) == wanted_files(new)


def test_subfolder(hub, tmp_path):
    small = fill_preset(tmp_path / "repo" / "sizes" / "small", seed=1)
    large = fill_preset(tmp_path / "repo" / "sizes" / "large", seed=2)
    commit = hub.add("alice/x", tmp_path / "repo", tag="v1")
    for handle in ("hf://alice/x/sizes/small", "hf://alice/x@v1/sizes/small/"):
        assert read_files(resolve_preset(handle)) == wanted_files(small)
    assert not any("large" in name for name in hub.downloads())
    folder = resolve_preset(f"hf://alice/x@{commit}/sizes/large")
    assert read_files(folder) == wanted_files(large)
    with pytest.raises(PresetNotFoundError, match="no folder 'medium'.*sizes"):
        resolve_preset("hf://alice/x/medium")
    with pytest.raises(PresetNotFoundError, match="neither manifest.json nor config"):
        resolve_preset("hf://alice/x/sizes")


def test_private_repository_with_token(hub, preset, monkeypatch):
    hub.add("alice/x", preset, private=True)
    folder = resolve_preset("hf://alice/x", token="token-alice")
    assert read_files(folder) == wanted_files(preset)
    hub.add("alice/y", preset, private=True)
    monkeypatch.setenv("HF_TOKEN", "token-alice")
    assert read_files(resolve_preset("hf://alice/y")) == wanted_files(preset)


def test_cache_dir_argument_wins_over_the_environment(hub, preset, tmp_path):
    hub.add("alice/x", preset)
    folder = resolve_preset("hf://alice/x", cache_dir=tmp_path / "mine")
    assert folder.is_relative_to(tmp_path / "mine")
    assert not (tmp_path / "hub_cache").exists()


def test_environment_of_a_fresh_process(hub, preset, tmp_path):
    hub.add("alice/x", preset, private=True)
    code = "import keras_docs.hub as h, sys; print(h.resolve_preset('hf://alice/x'));"
    code += "print('keras' in sys.modules, 'huggingface_hub' in sys.modules)"
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub.url + "/",
        "HF_HOME": str(tmp_path / "home"),
        "HF_TOKEN": "token-alice",
    }
    environment.pop("HF_HUB_CACHE")

    def run(**more):
        return subprocess.run(
            [sys.executable, "-c", code],
            env={**environment, **more},
            capture_output=True,
            text=True,
        )

    online = run()
    lines = online.stdout.splitlines()
    assert lines[0].startswith(str(tmp_path / "home" / "hub")), online.stderr
    assert lines[1] == "False True"
    hub.requests.clear()
    assert run(HF_HUB_OFFLINE="1").stdout == online.stdout
    assert hub.requests == []
    offline = run(HF_HUB_OFFLINE="1", HF_HUB_CACHE=str(tmp_path / "empty"))
    assert "OfflineError" in offline.stderr


def test_many_loads_at_once(hub, preset):
    hub.add("alice/x", preset)
    results = []

    def load():
        try:
            results.append(read_files(resolve_preset("hf://alice/x")))
        except Exception as error:  # the thread must report it
            results.append(error)

    threads = [threading.Thread(target=load) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [wanted_files(preset)] * 6


def test_cache_filled_by_another_tool(hub, preset):
    from huggingface_hub import snapshot_download

    hub.add("alice/x", preset)
    hub.add("alice/plain", fill_preset(preset.parent / "plain", manifest=False))
    for name in ("alice/x", "alice/plain"):
        snapshot_download(
            name, endpoint=hub.url, cache_dir=os.environ["HF_HUB_CACHE"], token=False
        )
    folder = resolve_preset("hf://alice/x", local_files_only=True)
    assert wanted_files(folder) == wanted_files(preset)
    with pytest.raises(OfflineError, match="nobody can tell whether it is complete"):
        resolve_preset("hf://alice/plain", local_files_only=True)
    hub.requests.clear()
    resolve_preset("hf://alice/plain")
    assert hub.downloads() == []
    hub.requests.clear()
    resolve_preset("hf://alice/plain", local_files_only=True)
    assert hub.requests == []


def test_manifest_damaged_in_a_cache_filled_by_another_tool(hub, preset):
    from huggingface_hub import snapshot_download

    hub.add("alice/x", preset)
    folder = snapshot_download(
        "alice/x", endpoint=hub.url, cache_dir=os.environ["HF_HUB_CACHE"], token=False
    )
    path = os.path.realpath(os.path.join(folder, "manifest.json"))
    with open(path, "r+b") as file:
        text = file.read()
        file.seek(text.index(b"XClassifier"))
        file.write(b"Y")  # still a valid manifest, but of another class
    with pytest.raises(PresetCorruptError, match="manifest.json.*checksum"):
        resolve_preset("hf://alice/x", local_files_only=True)
    assert wanted_files(resolve_preset("hf://alice/x")) == wanted_files(preset)


def test_read_only_cache_works_without_notes(hub, preset, tmp_path, monkeypatch):
    hub.add("alice/x", preset)
    folder = resolve_preset("hf://alice/x")
    notes = folder.parents[1] / "keras_docs"
    for path in notes.iterdir():
        path.unlink()
    notes.rmdir()
    notes.write_text("in the way, so that nothing can be remembered")
    for _ in range(2):
        assert resolve_preset("hf://alice/x", local_files_only=True) == folder


def test_keras_hub_preset_without_manifest(hub, tmp_path):
    plain = fill_preset(tmp_path / "plain", manifest=False)
    hub.add("alice/x", {**read_files(plain), "run.py": b"bad", "x.pkl": b"bad"})
    folder = resolve_preset("hf://alice/x")
    assert read_files(folder) == wanted_files(plain)
    hub.requests.clear()
    assert resolve_preset("hf://alice/x") == folder
    assert len(hub.requests) == 1
    offline = resolve_preset("hf://alice/x", local_files_only=True)
    assert read_files(offline) == wanted_files(plain)


def test_transformers_checkpoint_with_converter(hub, tmp_path):
    plain = read_files(fill_preset(tmp_path / "plain", manifest=False))
    files = {
        "config.json": b'{"model_type": "xlm-roberta"}',
        "model.safetensors": plain["model.safetensors"],
        "tokenizer.json": b"{}",
        "modules.json": b"[]",
        "pytorch_model.bin": b"pickle",
        "onnx/model.safetensors": b"no",
    }
    hub.add("alice/x", files)
    folder = resolve_preset("hf://alice/x", converters={"xlm-roberta"})
    expected = {"config.json", "model.safetensors", "tokenizer.json"}
    assert set(read_files(folder)) == expected


def test_cache_without_symbolic_links(hub, preset, monkeypatch):
    from huggingface_hub import file_download

    monkeypatch.setattr(file_download, "are_symlinks_supported", lambda *_: False)
    hub.add("alice/x", preset)
    folder = resolve_preset("hf://alice/x")
    path = folder / "model.safetensors"
    assert not path.is_symlink()
    path.write_bytes(b"x" * path.stat().st_size)
    assert read_files(resolve_preset("hf://alice/x")) == wanted_files(preset)
    assert read_files(resolve_preset("hf://alice/x", local_files_only=True)) == (
        wanted_files(preset)
    )
