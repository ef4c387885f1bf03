"""Hostile and damaged arrays are refused before compiled code reads them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xr_examples import queries, tree, weights

import keras_docs
from keras_docs.models.xr.label_tree import LabelTree

pytestmark = pytest.mark.no_tensors

OFFSETS = ["level_chunks", "chunk_columns", "chunk_rows", "row_entries"]
INDICES = ["column_nodes", "row_features", "entry_columns"]
VALUES = ["bias", "entry_values"]


def model():
    label_tree = tree([2, 5, 30], pruned=2)
    return keras_docs.XRLinear.from_layers(label_tree, weights(label_tree))


def stored():
    return {name: array.copy() for name, array in model().arrays.items()}


def refused(arrays, match=None):
    fresh = keras_docs.XRLinear(30, 32)
    with pytest.raises(ValueError, match=match):
        fresh.set_arrays(arrays)
    assert not fresh.is_fitted


def test_the_undamaged_arrays_are_taken():
    fresh = keras_docs.XRLinear(30, 32)
    fresh.set_arrays(stored())
    for one, other in zip(
        fresh.predict(queries(9), 5, engine="numba"),
        model().predict(queries(9), 5, engine="numba"),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", [*OFFSETS, *INDICES, *VALUES])
@pytest.mark.parametrize("damage", ["missing", "renamed", "dtype", "2-D", "shorter"])
def test_shape_and_dtype(name, damage):
    arrays, key = stored(), f"layers/{name}"
    array = arrays.pop(key)
    if damage == "renamed":
        arrays[f"{key}s"] = array
    elif damage == "dtype":
        arrays[key] = array.astype("float64" if name in VALUES else "float32")
    elif damage == "2-D":
        arrays[key] = array[:, None]
    elif damage == "shorter":
        arrays[key] = array[:-1]
    refused(arrays, "layers/" if damage == "shorter" else name)


@pytest.mark.parametrize("name", OFFSETS)
@pytest.mark.parametrize("value", [-1, 10**9, 2**62])
@pytest.mark.parametrize("place", [0, 1, -1])
def test_offsets_out_of_order_or_range(name, value, place):
    arrays = stored()
    array = arrays[f"layers/{name}"]
    if array.dtype == "uint32" and not 0 <= value < 2**32:
        array = arrays[f"layers/{name}"] = array.astype("int64")
    array[place] = value
    refused(arrays, name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("column_nodes", -1),
        ("column_nodes", 32),
        ("row_features", -1),
        ("row_features", 30),
        ("entry_columns", 255),
    ],
)
@pytest.mark.parametrize("place", [0, -1])
def test_indices_out_of_range(name, value, place):
    arrays = stored()
    arrays[f"layers/{name}"][place] = value
    refused(arrays, name)


def test_negative_columns():
    arrays = stored()
    columns = arrays["layers/entry_columns"].astype("int32")
    columns[3] = -1
    arrays["layers/entry_columns"] = columns
    refused(arrays, "entry_columns")


def test_features_twice_or_out_of_order():
    for places in ([1, 0], [0, 0]):
        arrays = stored()
        features = arrays["layers/row_features"]
        features[:2] = features[places]
        refused(arrays, "row_features.*ascending")


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite(name, value):
    arrays = stored()
    arrays[f"layers/{name}"][-1] = value
    refused(arrays, f"{name}.*finite")


@pytest.mark.parametrize(
    "damage",
    [
        lambda arrays: arrays.pop("tree/1"),
        lambda arrays: [arrays.pop(f"tree/{i}") for i in range(3)],
        lambda arrays: arrays.update({"tree/3": np.zeros(32, "int32")}),
        lambda arrays: arrays.update({"tree/x": np.zeros(32, "int32")}),
        lambda arrays: arrays.update({"tree/1": np.full(5, 7, "int32")}),
        lambda arrays: arrays.update({"tree/1": arrays["tree/1"][::-1] * 0}),
        lambda arrays: arrays.update({"tree/2": arrays["tree/2"][:-1]}),
        lambda arrays: arrays.update({"tree/2": arrays["tree/2"].astype("float32")}),
        lambda arrays: arrays.update({"somewhere": np.zeros(3)}),
        lambda arrays: arrays.update({"num_rows": np.zeros(0, "int64")}),
        lambda arrays: arrays.update({"label_counts": np.zeros(31, "int64")}),
        lambda arrays: arrays.update({"label_counts": np.zeros(32, "int64")}),
        lambda arrays: arrays.update(
            label_counts=np.full(32, np.nan), num_rows=np.array([3])
        ),
        lambda arrays: arrays.update(
            label_counts=np.full(32, -1), num_rows=np.array([3])
        ),
    ],
)
def test_trees_and_counts_that_do_not_fit(damage):
    arrays = stored()
    damage(arrays)
    refused(arrays)


def test_a_tree_of_other_labels():
    other = LabelTree([np.zeros(31, int)])
    arrays = keras_docs.XRLinear.from_layers(other, weights(other)).arrays
    refused(arrays, "32 labels")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_change_is_refused_or_harmless(data):
    """Whatever one number becomes: a ValueError, or a model that answers."""
    arrays = stored()
    name = data.draw(st.sampled_from(sorted(arrays)))
    array = arrays[name]
    place = data.draw(st.integers(0, len(array) - 1))
    if array.dtype.kind == "f":
        array[place] = data.draw(st.floats(width=32))
    else:
        info = np.iinfo(array.dtype)
        near = st.integers(max(int(array[place]) - 3, info.min), int(array[place]) + 3)
        any_value = st.integers(int(info.min), int(info.max))
        array[place] = min(data.draw(near | any_value), int(info.max))
    fresh = keras_docs.XRLinear(30, 32)
    try:
        fresh.set_arrays(arrays)
    except ValueError:
        return
    labels, _ = fresh.predict(queries(9), 5, engine="numba")
    assert ((labels >= -1) & (labels < 32)).all()


COMPACT = [
    "bias",
    "scales",
    "row_counts",
    "feature_steps",
    "row_lengths",
    "entry_columns",
    "entry_values",
]


def quantized():
    small = model()
    small.quantize("int8")
    return {name: array.copy() for name, array in small.arrays.items()}


@pytest.mark.parametrize("name", COMPACT)
@pytest.mark.parametrize(
    "damage", ["missing", "dtype", "shorter", "largest", "smallest"]
)
def test_damaged_compact_arrays(name, damage):
    arrays, key = quantized(), f"levels/1/{name}"
    array = arrays.pop(key)
    if damage == "dtype":
        arrays[key] = array.astype("complex64")
    elif damage == "shorter":
        arrays[key] = array[:-1]
    elif damage in ("largest", "smallest"):
        info = np.finfo if array.dtype.kind == "f" else np.iinfo
        end = {"largest": "max", "smallest": "min"}[damage]
        array[0] = getattr(info(array.dtype), end)
        arrays[key] = array
    fresh = keras_docs.XRLinear(30, 32, quantization="int8")
    harmless = name in ("bias", "entry_values") and damage in ("largest", "smallest")
    if harmless or (name, damage) == ("entry_columns", "smallest"):
        fresh.set_arrays(arrays)
        fresh.predict(queries(9), 5, engine="numba")
        return
    with pytest.raises(ValueError, match="damaged|stored|finite"):
        fresh.set_arrays(arrays)
