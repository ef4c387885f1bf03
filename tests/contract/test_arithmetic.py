"""Dtypes, batch sizes, compilation, training, and other backends, for every model."""

import keras
import numpy as np
import pytest
from contract_examples import (
    EXAMPLES,
    assert_same,
    floating,
    ids,
    load_preset,
    move_weights,
    one_of_a_family,
    outputs_of,
    preset_outputs,
    presets,
)
from other_process import run_python

MODELS = ids("backbone", "task")
TENSOR_MODELS = ids("backbone", "task", has_arrays=False)
TASKS = ids("task", has_arrays=False)
POLICIES = {"bfloat16": "bfloat16", "mixed_float16": "float32"}
BACKEND = keras.backend.backend()
# With XLA, TensorFlow takes a quarter of a minute for a training step.
COMPILED = one_of_a_family(TASKS) if BACKEND == "tensorflow" else TASKS
# A ring: with all three backends tested, each pair has met.
NEXT_BACKEND = {"jax": "torch", "torch": "tensorflow", "tensorflow": "jax"}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", one_of_a_family(TENSOR_MODELS))
def test_dtype_policy_gives_finite_outputs(name, policy):
    model = EXAMPLES[name].build(dtype=policy)
    raw = EXAMPLES[name].raw(8)
    backbone = model.backbone if name in TASKS else model
    assert {v.dtype for v in floating(backbone.weights)} == {POLICIES[policy]}
    outputs = outputs_of(model, raw)
    # Half precision moves the outputs, but not far from the same weights in float32.
    reference = EXAMPLES[name].build(dtype="float32")
    for ours, other in zip(reference.weights, model.weights, strict=True):
        ours.assign(keras.ops.cast(other, ours.dtype))
    for output, exact in zip(outputs, outputs_of(reference, raw), strict=True):
        assert np.isfinite(output.astype("float32")).all()
        np.testing.assert_allclose(
            output.astype("float32"), exact.astype("float32"), rtol=0.1, atol=0.1
        )


# Training compiles, which takes seconds: one model with a batch norm and an ensemble,
# and one that learns without labels.
@pytest.mark.parametrize(
    ("name", "policy"),
    [
        ("TabTransformerClassifier-ensemble", "mixed_float16"),
        ("TabTransformerMaskedLM", "bfloat16"),
    ],
)
@pytest.mark.costly
def test_dtype_policy_trains(name, policy):
    model = EXAMPLES[name].build(dtype=policy)
    history = model.fit(EXAMPLES[name].raw(16), epochs=2, batch_size=8, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert all(np.isfinite(v.numpy().astype("float32")).all() for v in model.weights)


def part(raw, start, stop):
    """Some rows of what an example takes."""
    if isinstance(raw, dict):
        return {key: array[start:stop] for key, array in raw.items()}
    return getattr(raw, "iloc", raw)[start:stop]


@pytest.mark.parametrize("name", MODELS)
def test_any_number_of_rows(name):
    model = EXAMPLES[name].build()
    raw = EXAMPLES[name].raw(8)
    whole = outputs_of(model, raw)

    for start, stop in [(0, 1), (1, 8)]:
        expected = [output[start:stop] for output in whole]
        assert_same(outputs_of(model, part(raw, start, stop)), expected, atol=2e-6)


@pytest.mark.parametrize("name", TASKS)
def test_predict_equals_a_call_for_any_batch_size(name):
    model, raw = EXAMPLES[name].build(), EXAMPLES[name].raw(8)
    expected = outputs_of(model, raw)[0][:5]
    for batch_size in (None, 4):
        predicted = model.predict(part(raw, 0, 5), batch_size=batch_size, verbose=0)
        predicted = keras.tree.flatten(predicted)[0]
        assert len(predicted) == 5
        np.testing.assert_allclose(
            predicted.reshape(expected.shape), expected, rtol=1e-5, atol=1e-5
        )


@pytest.mark.parametrize("name", COMPILED)
def test_compiled_training(name):
    model, raw = EXAMPLES[name].build(), EXAMPLES[name].raw(16)
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        # On torch it would be torch.compile, which needs a C++ compiler.
        jit_compile=BACKEND != "torch",
    )
    before = [v.numpy() for v in model.trainable_variables]
    first = model.fit(raw, epochs=1, batch_size=16, verbose=0).history["loss"][0]
    assert model.optimizer.iterations.numpy() == 1
    still = [
        v.path
        for v, old in zip(model.trainable_variables, before, strict=True)
        if np.array_equal(v.numpy(), old)
    ]
    assert len(before) > 5 and not still
    losses = model.fit(raw, epochs=30, batch_size=16, verbose=0).history["loss"]
    assert np.mean(losses[-5:]) < 0.8 * first


IN_ANOTHER_BACKEND = """
import sys
from pathlib import Path
import numpy as np
from contract_examples import EXAMPLES, ids, outputs_of
from contract_examples import load_preset, preset_outputs, presets
import keras_docs

folder, found = Path(sys.argv[1]), {}
for name in ids("backbone", "task"):
    base = keras_docs.Task if name in ids("task") else keras_docs.Backbone
    outputs = outputs_of(base.from_preset(folder / name), EXAMPLES[name].raw(8))
    found |= {f"{name}/{i}": output for i, output in enumerate(outputs)}
for name in presets():
    outputs = preset_outputs(load_preset(name))
    found |= {f"{name}/{i}": output for i, output in enumerate(outputs)}
np.savez(folder / "outputs.npz", **found)
"""


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory):
    """Presets written here, and what another backend computes from them."""
    folder = tmp_path_factory.mktemp("presets")
    here = {}
    keras.utils.set_random_seed(0)
    for name in MODELS:
        model = EXAMPLES[name].build()
        move_weights(floating(model.weights))
        model.save_to_preset(folder / name)
        here[name] = outputs_of(model, EXAMPLES[name].raw(8))
    backend = NEXT_BACKEND[BACKEND]
    run_python(IN_ANOTHER_BACKEND, folder, backend=backend)
    with np.load(folder / "outputs.npz") as found:
        return here, {key: found[key] for key in found.files}


def of(found: dict, name: str) -> list[np.ndarray]:
    count = sum(key.rpartition("/")[0] == name for key in found)
    return [found[f"{name}/{i}"] for i in range(count)]


@pytest.mark.parametrize("name", MODELS)
def test_another_backend_gives_the_same(name, elsewhere):
    here, there = elsewhere
    assert_same(here[name], of(there, name), atol=1e-4)


@pytest.mark.parametrize("preset", presets())
def test_another_backend_gives_the_same_for_a_builtin_preset(preset, elsewhere):
    here = preset_outputs(load_preset(preset))
    assert_same(here, of(elsewhere[1], preset), atol=1e-4)
