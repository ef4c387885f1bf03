"""Folders, built-in names and Kaggle handles."""

import importlib
import os

import pytest
from hub_test_files import fill_preset, read_files

from keras_docs.hub import (
    PresetCorruptError,
    PresetError,
    PresetFormatError,
    PresetIncompleteError,
    PresetNotFoundError,
    UnsupportedCheckpointError,
    builtin_presets,
    preset_metadata,
    resolve_preset,
)

pytestmark = pytest.mark.no_tensors

builtin_module = importlib.import_module("keras_docs.hub.builtin_presets")


@pytest.fixture(autouse=True)
def own_user_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user_cache"))


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    root = tmp_path / "shipped"
    fill_preset(root / "tab_transformer_income", 1)
    fill_preset(root / "xr_linear_subjects", 2)
    (root / "notes").mkdir()
    fill_preset(root / ".tab_transformer_income.0123456789ab.saving")
    (root / "tab_transformer_income" / "card.json").write_text('{"title": "Income"}')
    monkeypatch.setattr(builtin_module, "_preset_roots", lambda: [tmp_path, root])
    return root


def test_folder_as_string_or_path(preset, monkeypatch):
    assert resolve_preset(preset) == preset
    assert resolve_preset(str(preset)) == preset
    monkeypatch.chdir(preset.parent)
    assert resolve_preset("preset") == preset
    assert resolve_preset("./preset") == preset


def test_folder_is_verified_only_where_it_is_needed(preset):
    (preset / "task.safetensors").write_bytes(b"")
    assert resolve_preset(preset, parts=["backbone"]) == preset
    with pytest.raises(PresetCorruptError, match="task.safetensors"):
        resolve_preset(preset)
    (preset / "task.safetensors").unlink()
    with pytest.raises(PresetIncompleteError, match="task.safetensors"):
        resolve_preset(preset)


def test_plain_folder(tmp_path):
    plain = fill_preset(tmp_path / "plain", manifest=False)
    assert resolve_preset(plain) == plain
    (plain / "model.safetensors").unlink()
    with pytest.raises(PresetIncompleteError, match="none of model.safetensors"):
        resolve_preset(plain)
    assert resolve_preset(plain, parts=["preprocessor"]) == plain


def test_folder_of_something_else(tmp_path):
    (tmp_path / "a.csv").write_text("1")
    with pytest.raises(PresetFormatError, match=r"neither manifest.json nor.*a\.csv"):
        resolve_preset(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "layoutlmv3"}')
    with pytest.raises(UnsupportedCheckpointError, match="layoutlmv3"):
        resolve_preset(tmp_path)
    with pytest.raises(PresetIncompleteError, match="never read"):
        resolve_preset(tmp_path, converters=["layoutlmv3"])


def test_built_in_names(shipped):
    names = ["tab_transformer_income", "xr_linear_subjects"]
    assert list(builtin_presets()) == names
    folder = resolve_preset("tab_transformer_income")
    assert folder == shipped / "tab_transformer_income"
    with pytest.raises(PresetNotFoundError, match="mean 'tab_transformer_income'"):
        resolve_preset("tab_transformer_incom")


def test_built_in_name_wins_over_a_folder_of_that_name(shipped, tmp_path, monkeypatch):
    local = fill_preset(tmp_path / "here" / "xr_linear_subjects", 9)
    monkeypatch.chdir(tmp_path / "here")
    folder = resolve_preset("xr_linear_subjects")
    assert folder == shipped / "xr_linear_subjects"
    assert resolve_preset("./xr_linear_subjects") == local


def test_metadata_of_a_built_in_preset(shipped):
    metadata = preset_metadata("tab_transformer_income")
    assert metadata["keras"] == "3.15.1"
    assert metadata["card"] == {"title": "Income"}
    with pytest.raises(PresetNotFoundError, match="xr_linear_subjects"):
        preset_metadata("xr")


def test_shipped_presets_are_whole():
    for name in builtin_presets():
        resolve_preset(name, parts=("backbone", "task", "preprocessor", "card"))


@pytest.mark.parametrize("handle", ["nothing_here", "/no/such/folder", "~nobody/x"])
def test_nothing_there(handle):
    with pytest.raises(PresetNotFoundError, match="no built-in preset and no folder"):
        resolve_preset(handle)


def test_file_instead_of_a_folder(preset):
    with pytest.raises(PresetNotFoundError, match="is a file"):
        resolve_preset(preset / "config.json")


def test_unknown_part(preset):
    with pytest.raises(ValueError, match="'head' is unknown.*backbone"):
        resolve_preset(preset, parts=["head"])


def test_folder_half_replaced_is_recovered(preset):
    before = read_files(preset)
    os.rename(preset, preset.with_name(".preset.0123456789ab.old"))
    assert read_files(resolve_preset(preset)) == before


def test_kaggle_handle_is_left_to_kagglehub(preset, tmp_path, monkeypatch):
    # The real kagglehub finds a version that is marked complete without a request.
    pytest.importorskip("kagglehub")
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "kaggle"))
    place = tmp_path / "kaggle" / "models" / "org" / "m" / "keras" / "tiny"
    place.mkdir(parents=True)
    (place / "3.complete").touch()
    plain = fill_preset(place / "3", manifest=False)
    assert resolve_preset("kaggle://org/m/keras/tiny/3") == plain


def test_kaggle_failure_is_ours(tmp_path, monkeypatch):
    pytest.importorskip("kagglehub")
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "kaggle"))
    monkeypatch.setenv("DISABLE_KAGGLE_CACHE", "1")
    monkeypatch.setenv("KAGGLE_API_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(PresetError, match="could not be fetched by kagglehub"):
        resolve_preset("kaggle://org/m/keras/tiny/3")
