"""A recorded step beside the function that it records."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_docs.kernels import traced_step
from keras_docs.kernels.traced_step import TracedStep


@pytest.fixture
def layer():
    dense = keras.layers.Dense(3, "tanh")
    dense.build((None, 4))
    return dense


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(traced_step, "CALLS_BEFORE", 1)


def counted(layer):
    """A step of a pair and a number, and how often Python went through it."""
    calls = []

    def function(pair, index):
        calls.append(1)
        left, right = pair
        return layer(left), (ops.take(right, index, axis=0), index + 1)

    return TracedStep(function, layer), calls


def inputs(rows=2, index=0):
    rng = np.random.default_rng(rows)
    arrays = [rng.normal(size=(rows, 4)).astype("float32") for _ in range(2)]
    return tuple(map(ops.convert_to_tensor, arrays)), ops.convert_to_tensor(index)


def check(step, layer, rows=2, index=0):
    pair, place = inputs(rows, index)
    left, (right, following) = step.prepared()(pair, place)
    kernel, bias = (ops.convert_to_numpy(v) for v in layer.get_weights())
    expected = np.tanh(ops.convert_to_numpy(pair[0]) @ kernel + bias)
    np.testing.assert_allclose(ops.convert_to_numpy(left), expected, atol=1e-6)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(right), ops.convert_to_numpy(pair[1])[index]
    )
    assert int(following) == index + 1


def test_other_values_of_the_same_shapes(layer):
    step, calls = counted(layer)
    for index in (0, 1, 0, 1, 1):
        check(step, layer, index=index)
    # The second call is recorded; Python sees no later one.
    assert len(calls) == (2 if keras.backend.backend() == "torch" else 5)


def test_each_shape_has_a_recording_of_its_own(layer):
    step, _ = counted(layer)
    for rows in (2, 3, 2, 3, 2, 3):
        check(step, layer, rows)


def test_values_that_are_assigned_count(layer):
    step, _ = counted(layer)
    for scale in (1, 2, 3):
        layer.set_weights([scale * weight for weight in layer.get_weights()])
        check(step, layer)


def test_other_variables_are_recorded_anew(layer):
    step, _ = counted(layer)
    for _ in range(3):
        check(step, layer)
    layer.enable_lora(2)
    layer.lora_kernel_b.assign(np.ones((2, 3)))
    pair, place = inputs()
    for _ in range(3):
        found = step.prepared()(pair, place)[0]
        expected = ops.convert_to_numpy(layer(pair[0]))
        np.testing.assert_allclose(ops.convert_to_numpy(found), expected, atol=1e-6)
