"""Weights through a safetensors file, against the safetensors library's own reading."""

import keras
import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from keras_docs.hub import PresetCorruptError
from keras_docs.models.base import weights

VALUES = {
    "float32": [1.5, -2.0, np.float32(1e-30)],
    "bfloat16": [1.5, -2.0, 3.0],
    "float16": [1.5, -2.0, 65504.0],
    "int8": [-128, 0, 127],
    "int32": [-(2**31), 0, 2**31 - 1],
    "uint8": [0, 1, 255],
    "bool": [True, False, True],
}
NUMPY = {"bfloat16": ml_dtypes.bfloat16}


def variable(value, dtype, name):
    return keras.Variable(value, dtype=dtype, name=name, trainable=False)


def numpy_of(variable):
    return np.asarray(keras.ops.convert_to_numpy(variable.value))


@pytest.mark.parametrize("dtype", VALUES)
@pytest.mark.parametrize("shape", [(), (3,), (3, 1), (1, 3, 1), (0, 4)])
def test_round_trip(dtype, shape, tmp_path):
    size = int(np.prod(shape))
    value = np.array(VALUES[dtype][:size], NUMPY.get(dtype, dtype)).reshape(shape)
    path = tmp_path / "x.safetensors"
    stored = variable(value, dtype, "a")
    weights.save_weights(path, [stored])
    assert weights.stored_shapes(path) == [shape]
    found = load_file(path)[stored.path]
    assert found.shape == shape and found.tobytes() == value.tobytes()
    other = variable(np.zeros(shape, NUMPY.get(dtype, dtype)), dtype, "a")
    weights.load_weights(path, [other])
    assert numpy_of(other).tobytes() == value.tobytes()


def test_any_order_of_many_tensors(tmp_path):
    """The file's order is that of sizes of types; the model's is another."""
    path = tmp_path / "x.safetensors"
    values = {f"v{i}": np.full((i % 5, 3), i, "float32") for i in range(40)}
    values |= {f"n{i}": np.full((i,), i, "int8") for i in range(9)}
    save_file(values, path)
    variables = [
        variable(np.zeros_like(value), str(value.dtype), name)
        for name, value in reversed(values.items())
    ]
    weights.load_weights(path, variables)
    for found in variables:
        np.testing.assert_array_equal(numpy_of(found), values[found.path])


def test_floats_of_another_width(tmp_path):
    path = tmp_path / "x.safetensors"
    save_file({"a": np.array([1.25, -3.0], "float64")}, path)
    narrow = variable([0.0, 0.0], "bfloat16", "a")
    weights.load_weights(path, [narrow])
    assert narrow.dtype == "bfloat16"
    np.testing.assert_array_equal(numpy_of(narrow).astype("float32"), [1.25, -3.0])


@pytest.mark.parametrize("stored", ["int32", "uint8", "bool", "float32"])
@pytest.mark.parametrize("wanted", ["int32", "uint8", "bool", "float32"])
def test_only_floats_are_converted(stored, wanted, tmp_path):
    path = tmp_path / "x.safetensors"
    save_file({"a": np.zeros(3, stored)}, path)
    target = variable(np.zeros(3, wanted), wanted, "a")
    if stored == wanted:
        weights.load_weights(path, [target])
        return
    with pytest.raises(PresetCorruptError, match="dtype"):
        weights.load_weights(path, [target])


def test_a_file_that_ends_too_early(tmp_path):
    path = tmp_path / "x.safetensors"
    save_file({"a": np.zeros(300, "float32")}, path)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(PresetCorruptError, match="not a readable"):
        weights.load_weights(path, [variable(np.zeros(300), "float32", "a")])
