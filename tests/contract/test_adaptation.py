"""LoRA and quantization of every backbone and task, through presets and files."""

import gc
import warnings

import numpy as np
import pytest
from contract_examples import (
    EXAMPLES,
    assert_same,
    floating,
    ids,
    move_weights,
    one_of_a_family,
    outputs_of,
)
from keras import ops

MODELS = ids("backbone", "task", has_arrays=False)
BACKBONES = ids("backbone", has_arrays=False)
TASK = ids("task", has_arrays=False)[0]
# Dense, EinsumDense, and embeddings that score tokens, too.
DEQUANTIZED = [BACKBONES[0], "MultilingualNLU", "DocFormerV2Seq2SeqLM"]


@pytest.fixture(autouse=True, scope="module")
def small_garbage():
    """Keras collects garbage for each layer it quantizes; let that not search all."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def built(name):
    model = EXAMPLES[name].build()
    move_weights(floating(model.weights))
    return model, EXAMPLES[name].raw(8)


def backbone_of(model):
    return getattr(model, "backbone", model)


def trainable_paths(model):
    return [variable.path for variable in model.trainable_variables]


@pytest.mark.parametrize("name", one_of_a_family(MODELS))
@pytest.mark.costly
def test_lora_round_trip_through_a_preset(name, tmp_path):
    check_lora_round_trip(name, "safetensors", tmp_path)


@pytest.mark.parametrize("name", [BACKBONES[0], TASK])
@pytest.mark.costly
def test_lora_round_trip_through_an_h5_preset(name, tmp_path):
    check_lora_round_trip(name, "h5", tmp_path)


def check_lora_round_trip(name, weights_format, tmp_path):
    model, raw = built(name)
    plain = outputs_of(model, raw)
    backbone = backbone_of(model)
    backbone.enable_lora(2)
    assert_same(outputs_of(model, raw), plain, atol=1e-6)
    adapters = [p for p in trainable_paths(backbone) if "lora" in p]
    assert adapters
    # The adapters, and the biases that stay trainable beside them.
    move_weights(backbone.trainable_variables, seed=1)
    expected = outputs_of(model, raw)
    assert any(abs(a - b).max() > 1e-4 for a, b in zip(expected, plain, strict=True))
    model.save_to_preset(tmp_path, weights_format=weights_format)
    loaded = type(model).from_preset(tmp_path)
    assert_same(outputs_of(loaded, raw), expected, atol=1e-6)
    assert trainable_paths(backbone_of(loaded)) == trainable_paths(backbone)


@pytest.mark.parametrize("name", BACKBONES)
def test_lora_file_holds_the_moved_biases(name, tmp_path):
    tuned, raw = built(name)
    tuned.save_to_preset(tmp_path / "base")
    tuned.enable_lora(2)
    biases = [v for v in tuned.trainable_variables if v.path.endswith("bias")]
    # T5's layers have none at all.
    assert biases or not any(v.path.endswith("bias") for v in tuned.weights)
    move_weights(tuned.trainable_variables, seed=1)
    tuned.save_lora_weights(tmp_path / "tuned.lora.safetensors")
    expected = outputs_of(tuned, raw)

    fresh = type(tuned).from_preset(tmp_path / "base")
    fresh.load_lora_weights(tmp_path / "tuned.lora.safetensors")
    assert_same(outputs_of(fresh, raw), expected, atol=1e-6)
    assert trainable_paths(fresh) == trainable_paths(tuned)
    # A second time, with the adapters there already.
    move_weights(fresh.trainable_variables, seed=2)
    fresh.load_lora_weights(tmp_path / "tuned.lora.safetensors")
    assert_same(outputs_of(fresh, raw), expected, atol=1e-6)


@pytest.mark.parametrize("name", BACKBONES)
def test_bad_lora_files_are_refused(name, tmp_path):
    tuned, raw = built(name)
    with pytest.raises(ValueError, match="enable_lora"):
        tuned.save_lora_weights(tmp_path / "x.lora.safetensors")
    tuned.save_to_preset(tmp_path / "base")
    tuned.enable_lora(2)
    with pytest.raises(ValueError, match=r"\.lora\.safetensors"):
        tuned.save_lora_weights(tmp_path / "x.h5")
    path = tmp_path / "x.lora.safetensors"
    tuned.save_lora_weights(path)

    other_rank = type(tuned).from_preset(tmp_path / "base")
    other_rank.enable_lora(3)
    before = outputs_of(other_rank, raw)
    with pytest.raises(ValueError, match="adapters"):
        other_rank.load_lora_weights(path)
    assert_same(outputs_of(other_rank, raw), before)

    fresh = type(tuned).from_preset(tmp_path / "base")
    content = path.read_bytes()
    for damaged in (content[: len(content) // 2], b"", b"no tensors", content[9:]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=path.name):
            fresh.load_lora_weights(path)
    path.write_bytes((tmp_path / "base" / "model.safetensors").read_bytes())
    with pytest.raises(ValueError, match=path.name):
        fresh.load_lora_weights(path)


@pytest.mark.parametrize("name", one_of_a_family(MODELS))
@pytest.mark.costly
def test_quantization_round_trip_through_a_preset(name, tmp_path):
    check_quantization_round_trip(name, "int8", tmp_path)


@pytest.mark.parametrize("name", [BACKBONES[0], TASK])
@pytest.mark.costly
def test_four_bit_round_trip_through_a_preset(name, tmp_path):
    check_quantization_round_trip(name, "int4", tmp_path)


def check_quantization_round_trip(name, mode, tmp_path):
    model, raw = built(name)
    exact = outputs_of(model, raw)
    model.quantize(mode)
    kernels = {v.dtype for v in model.weights}
    assert kernels & {"int8", "uint8"}
    quantized = outputs_of(model, raw)
    for output, original in zip(quantized, exact, strict=True):
        assert np.isfinite(output).all() and not np.array_equal(output, original)
    model.save_to_preset(tmp_path)
    loaded = type(model).from_preset(tmp_path)
    assert_same(outputs_of(loaded, raw), quantized, atol=1e-6)
    stored = [(v.path, v.dtype, tuple(v.shape)) for v in model.weights]
    assert [(v.path, v.dtype, tuple(v.shape)) for v in loaded.weights] == stored


@pytest.mark.parametrize("name", DEQUANTIZED)
def test_dequantized_weights_are_the_rounded_ones(name):
    model, raw = built(name)
    exact = [ops.convert_to_numpy(v).astype("float32") for v in model.weights]
    paths = trainable_paths(model)
    model.quantize("int8")
    new = model.dequantize()
    assert trainable_paths(new) == paths
    for value, weight in zip(exact, new.weights, strict=True):
        found = ops.convert_to_numpy(weight).astype("float32")
        # 127 steps from 0 to the largest of a channel: half a step at most is lost.
        assert np.abs(found - value).max() <= 1.01 * np.abs(value).max() / 254
    assert all(np.isfinite(output).all() for output in outputs_of(new, raw))


@pytest.mark.costly
def test_fit_says_that_quantized_layers_do_not_learn():
    model, raw = built(TASK)
    model.quantize("int8")
    with pytest.warns(UserWarning, match="dequantize"):
        model.fit(raw, epochs=1, verbose=0)
    new = model.dequantize()
    before = [ops.convert_to_numpy(v) for v in new.trainable_variables]
    with warnings.catch_warnings():
        warnings.filterwarnings("error", ".*8-bit weights.*")
        new.fit(raw, epochs=1, verbose=0)
    after = [ops.convert_to_numpy(v) for v in new.trainable_variables]
    assert any(np.abs(a - b).max() > 0 for a, b in zip(before, after, strict=True))


def test_loading_leaves_frozen_garbage_as_it_was(tmp_path):
    model, _ = built(TASK)
    model.quantize("int8")
    model.save_to_preset(tmp_path)
    # The module's fixture has frozen what there was.
    assert gc.get_freeze_count() > 0
    type(model).from_preset(tmp_path)
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
    type(model).from_preset(tmp_path)
    assert gc.get_freeze_count() == 0
    gc.freeze()


def test_adapters_and_four_bits_cannot_be_dequantized():
    model, _ = built(TASK)
    model.backbone.enable_lora(2)
    with pytest.raises(ValueError, match="LoRA"):
        model.dequantize()
    model, _ = built(TASK)
    model.quantize("int4")
    with pytest.raises(ValueError, match="int4"):
        model.dequantize()


@pytest.mark.parametrize("name", [BACKBONES[0], TASK])
def test_quantization_with_lora_on_top(name, tmp_path):
    model, raw = built(name)
    backbone = backbone_of(model)
    backbone.quantize("int8")
    backbone.enable_lora(2)
    move_weights(floating(backbone.trainable_variables), seed=1)
    expected = outputs_of(model, raw)
    model.save_to_preset(tmp_path)
    loaded = type(model).from_preset(tmp_path)
    # Saving merges the adapters into the quantized kernel, which rounds anew.
    assert_same(outputs_of(loaded, raw), expected, atol=2e-2)
