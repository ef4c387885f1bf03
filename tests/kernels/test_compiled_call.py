"""The compiled call beside `predict_on_batch`, its plain twin."""

import keras
import numpy as np
import pytest

from keras_docs.kernels import traced_step
from keras_docs.kernels.compiled_call import compiled_call


@pytest.fixture(autouse=True)
def recorded_soon(monkeypatch):
    monkeypatch.setattr(traced_step, "CALLS_BEFORE", 1)


def model():
    keras.utils.set_random_seed(0)
    inputs = {"a": keras.Input((4,), name="a"), "b": keras.Input((4,), name="b")}
    hidden = keras.layers.Dense(8, "tanh")(inputs["a"] - 2 * inputs["b"])
    # Its moving averages are variables that no gradient changes.
    hidden = keras.layers.BatchNormalization()(hidden)
    hidden = keras.layers.Dropout(0.5)(hidden)
    return keras.Model(inputs, {"y": keras.layers.Dense(3)(hidden), "h": hidden})


def inputs(rows):
    rng = np.random.default_rng(rows)
    return {name: rng.normal(size=(rows, 4)).astype("float32") for name in "ab"}


def check(built, call):
    # On PyTorch, the second call of a shape is recorded.
    for rows in (1, 5, 1, 5, 1, 5):
        expected = built.predict_on_batch(inputs(rows))
        found = call(inputs(rows))
        assert set(found) == {"y", "h"}
        for name, array in found.items():
            np.testing.assert_allclose(array, expected[name], atol=1e-6)


def test_equals_predict_before_and_after_training():
    built = model()
    call = compiled_call(built)
    check(built, call)
    before = call(inputs(5))["y"]
    built.compile("sgd", {"y": "mse", "h": "mse"})
    built.fit(inputs(8), {"y": np.ones((8, 3)), "h": np.ones((8, 8))}, verbose=0)
    check(built, call)
    assert np.abs(call(inputs(5))["y"] - before).max() > 1e-3


def test_inputs_in_any_order():
    built = model()
    call = compiled_call(built)
    for names in ("ab", "ba", "ab", "ba"):
        given = {name: inputs(2)[name] for name in names}
        np.testing.assert_allclose(
            call(given)["y"], built.predict_on_batch(inputs(2))["y"], atol=1e-6
        )


def test_changes_no_variable():
    built = model()
    before = [keras.ops.convert_to_numpy(v) for v in built.variables]
    compiled_call(built)(inputs(5))
    for old, variable in zip(before, built.variables, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(variable))
