"""Every public class and built-in preset through a preset folder."""

import json

import keras_hub
import numpy as np
import pandas as pd
import pytest
from contract_examples import (
    EXAMPLES,
    arrays_for,
    assert_same,
    backbone_features,
    floating,
    ids,
    load_preset,
    move_weights,
    one_of_a_family,
    outputs_of,
    presets,
)

import keras_docs
from keras_docs.hub import builtin_presets, read_manifest, verify_manifest

MODELS = ids("backbone", "task")
TENSOR_MODELS = ids("backbone", "task", has_arrays=False)
ARRAY_MODELS = ids("backbone", "task", has_arrays=True)
FORMATS = ["safetensors", "h5"]


def moved(name):
    model = EXAMPLES[name].build()
    move_weights(floating(model.weights))
    return model, EXAMPLES[name].raw(8)


@pytest.mark.parametrize("name", MODELS)
def test_model_round_trip(name, tmp_path):
    check_round_trip(name, "safetensors", tmp_path)


@pytest.mark.parametrize("name", one_of_a_family(TENSOR_MODELS))
@pytest.mark.costly
def test_model_round_trip_in_the_h5_form(name, tmp_path):
    check_round_trip(name, "h5", tmp_path)


def check_round_trip(name, weights_format, tmp_path):
    model, raw = moved(name)
    folder = tmp_path / "preset"
    model.save_to_preset(folder, weights_format=weights_format)
    suffix = ".safetensors" if weights_format == "safetensors" else ".weights.h5"
    assert (folder / f"model{suffix}").is_file()
    loaded = type(model).from_preset(folder)
    assert type(loaded) is type(model)
    atol = EXAMPLES[name].atol
    assert_same(outputs_of(loaded, raw), outputs_of(model, raw), atol)
    assert loaded.get_config() == model.get_config()
    # The base classes find the class in the preset.
    base = keras_docs.Task if name in ids("task") else keras_docs.Backbone
    again = base.from_preset(str(folder), load_weights=False)
    assert type(again) is type(model)
    assert sorted(read_manifest(folder).files) == sorted(
        p.relative_to(folder).as_posix()
        for p in folder.rglob("*")
        if p.is_file() and p.name != "manifest.json"
    )
    assert [p.name for p in tmp_path.iterdir()] == ["preset"]


@pytest.mark.parametrize("name", ids("preprocessor"))
def test_preprocessor_round_trip(name, tmp_path):
    preprocessor, raw = EXAMPLES[name].build(), EXAMPLES[name].raw(20)
    preprocessor.save_to_preset(tmp_path / "preset")
    for cls in (type(preprocessor), keras_docs.Preprocessor):
        loaded = cls.from_preset(tmp_path / "preset")
        assert_same(outputs_of(loaded, raw), outputs_of(preprocessor, raw))
        assert loaded.get_config() == preprocessor.get_config()


@pytest.mark.parametrize("name", ids("task"))
def test_parts_of_a_task_load_alone(name, tmp_path):
    task, raw = moved(name)
    task.save_to_preset(tmp_path)
    x = backbone_features(task, raw)
    backbone = keras_docs.Backbone.from_preset(tmp_path)
    assert_same(outputs_of(backbone, x), outputs_of(task.backbone, x))
    if task.preprocessor is None:
        return
    preprocessor = keras_docs.Preprocessor.from_preset(tmp_path)
    assert_same(outputs_of(preprocessor, raw), outputs_of(task.preprocessor, raw))


@pytest.mark.parametrize("name", ARRAY_MODELS)
def test_arrays_are_refused_in_the_h5_form(name, tmp_path):
    model = EXAMPLES[name].build()
    with pytest.raises(ValueError, match="NumPy arrays.*safetensors"):
        model.save_to_preset(tmp_path / "preset", weights_format="h5")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", one_of_a_family(TENSOR_MODELS))
@pytest.mark.costly
def test_kerashub_opens_the_h5_form(name, tmp_path):
    model, raw = moved(name)
    model.save_to_preset(tmp_path, weights_format="h5")
    backbone, x = model, raw
    if name in ids("task"):
        backbone, x = model.backbone, backbone_features(model, raw)
    loaded = keras_hub.models.Backbone.from_preset(str(tmp_path))
    assert type(loaded) is type(backbone)
    assert_same(outputs_of(loaded, x), outputs_of(backbone, x))


@pytest.mark.parametrize("name", TENSOR_MODELS)
def test_other_dtype_on_loading(name, tmp_path):
    model, raw = moved(name)
    model.save_to_preset(tmp_path)
    loaded = type(model).from_preset(tmp_path, dtype="bfloat16")
    backbone = loaded.backbone if name in ids("task") else loaded
    assert {v.dtype for v in floating(backbone.weights)} == {"bfloat16"}
    for ours, stored in zip(loaded.weights, model.weights, strict=True):
        ours, stored = ours.numpy().astype("float32"), stored.numpy()
        np.testing.assert_allclose(ours, stored.astype("float32"), rtol=1e-2)


@pytest.mark.parametrize("name", one_of_a_family(TENSOR_MODELS))
@pytest.mark.costly
def test_a_half_precision_model_stays_one(name, tmp_path):
    model, raw = EXAMPLES[name].build(dtype="bfloat16"), EXAMPLES[name].raw(8)
    model.save_to_preset(tmp_path)
    loaded = type(model).from_preset(tmp_path)
    assert [v.dtype for v in loaded.weights] == [v.dtype for v in model.weights]
    assert_same(outputs_of(loaded, raw), outputs_of(model, raw))


def test_saving_again_replaces_the_preset(tmp_path):
    name = ids("task")[0]
    model, raw = moved(name)
    model.save_to_preset(tmp_path / "preset", weights_format="h5")
    move_weights(floating(model.weights), seed=1)
    model.save_to_preset(tmp_path / "preset")
    files = {path.name for path in (tmp_path / "preset").iterdir()}
    assert "model.weights.h5" not in files and "model.safetensors" in files
    loaded = type(model).from_preset(tmp_path / "preset")
    assert_same(outputs_of(loaded, raw), outputs_of(model, raw))


def test_unknown_weights_format_is_refused(tmp_path):
    model = EXAMPLES[ids("backbone")[0]].build()
    with pytest.raises(ValueError, match="weights_format.*pickle"):
        model.save_to_preset(tmp_path / "preset", weights_format="pickle")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("weights_format", FORMATS)
@pytest.mark.parametrize("preset", presets())
@pytest.mark.costly
def test_builtin_preset_round_trip(preset, weights_format, tmp_path):
    model = load_preset(preset)
    if hasattr(model, "rank"):
        check_ranker_round_trip(model, preset, weights_format, tmp_path)
        return
    x = arrays_for(model)
    if isinstance(model, keras_docs.Task):
        model.preprocessor = None
    expected = outputs_of(model, x)
    assert all(np.isfinite(output).all() for output in expected)
    model.save_to_preset(tmp_path, weights_format=weights_format)
    assert_same(outputs_of(type(model).from_preset(tmp_path), x), expected)


def check_ranker_round_trip(model, preset, weights_format, folder):
    """Rankers have no Keras variables: nothing that an h5 file holds."""
    if weights_format == "h5":
        with pytest.raises(ValueError, match="safetensors"):
            model.save_to_preset(folder, weights_format=weights_format)
        return
    texts = pd.read_csv(builtin_presets()[preset] / "assets/example_rows.csv")["text"]
    model.save_to_preset(folder, weights_format=weights_format)
    again = type(model).from_preset(folder)
    assert_same(list(again.predict(texts)), list(model.predict(texts)))


@pytest.mark.parametrize("preset", presets())
def test_builtin_preset_is_whole_small_and_described(preset):
    folder = builtin_presets()[preset]
    verify_manifest(folder)
    # What answers about documents, and what knows 51 languages, may have more.
    is_large = "tiny_docs" in preset or "multilingual" in preset
    most = 40_000_000 if is_large else 32_000_000
    assert sum(p.stat().st_size for p in folder.rglob("*")) <= most
    card = (folder / "README.md").read_text()
    assert "license:" in card and preset in card
    classes = json.loads((folder / "manifest.json").read_text())["classes"]
    assert (
        preset
        in getattr(keras_docs, classes["backbone"].removeprefix("keras_docs>")).presets
    )
