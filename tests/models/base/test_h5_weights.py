"""h5 files that hold more, less or other than one array per weight."""

import h5py
import keras
import numpy as np
import pytest

from keras_docs.hub import PresetCorruptError, PresetUnsafeError
from keras_docs.models.base import h5_weights


def small_model():
    inputs = keras.Input((3,))
    hidden = keras.layers.Dense(4, name="hidden")(inputs)
    hidden = keras.layers.Dropout(0.5, name="dropout")(hidden)
    return keras.Model(inputs, keras.layers.Dense(2, name="answer")(hidden))


@pytest.fixture
def model():
    return small_model()


@pytest.fixture
def path(model, tmp_path):
    model.save_weights(str(tmp_path / "model.weights.h5"))
    return tmp_path / "model.weights.h5"


def load(path, model):
    h5_weights.load_weights(path, model.weights, model.load_weights)


def test_round_trip(path, model):
    other = small_model()
    load(path, other)
    for ours, theirs in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_shapes_are_the_models(path, model):
    expected = sorted(tuple(v.shape) for v in model.weights)
    assert sorted(h5_weights.stored_shapes(path)) == expected


def test_shards(model, tmp_path):
    model.save_weights(str(tmp_path / "model.weights.json"), max_shard_size=5e-8)
    assert len(list(tmp_path.glob("*.h5"))) > 1
    other = small_model()
    load(tmp_path / "model.weights.json", other)
    for ours, theirs in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    next(iter(tmp_path.glob("*.h5"))).unlink()
    with pytest.raises(ValueError):
        load(tmp_path / "model.weights.json", other)


def test_an_optimizer_is_not_a_weight(path, model):
    with h5py.File(path, "r+") as file:
        file["optimizer/vars/0"] = np.zeros(9)
    load(path, model)


@pytest.mark.parametrize("shape", [(4, 2), (7,)])
def test_an_array_too_many(path, model, shape):
    """Keras loads this without a word."""
    with h5py.File(path, "r+") as file:
        file["layers/dense_7/vars/0"] = np.zeros(shape)
    model.load_weights(path)
    with pytest.raises(PresetCorruptError, match="holds 5 arrays, the model has 4"):
        load(path, model)


def external_link(file, other):
    file["layers/x"] = h5py.ExternalLink(str(other), "/secret")


def soft_link(file, other):
    file["layers/x"] = h5py.SoftLink("/layers")


def external_storage(file, other):
    file.create_dataset("layers/x", (4,), "float32", external=[(str(other), 0, 16)])


def virtual_dataset(file, other):
    layout = h5py.VirtualLayout((4,), "float32")
    layout[:] = h5py.VirtualSource(str(other), "secret", (4,))
    file.create_virtual_dataset("layers/x", layout)


def shape_bomb(file, other):
    file.create_dataset("layers/x", (2**40,), "float32", chunks=(1024,))


def compressed_bomb(file, other):
    file.create_dataset("layers/x", data=np.zeros(10**6), compression="gzip")


def never_written(file, other):
    file.create_dataset("layers/x", (2**40,), "float32")


def endless_groups(file, other):
    file["layers/x"] = file["layers"]


HOSTILE = [
    external_link,
    soft_link,
    external_storage,
    virtual_dataset,
    shape_bomb,
    compressed_bomb,
    never_written,
    endless_groups,
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.__name__)
def test_hostile_files(path, model, tmp_path, hostile):
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["secret"] = np.arange(4, dtype="float32")
    with h5py.File(path, "r+") as file:
        hostile(file, other)
    before = model.get_weights()
    with pytest.raises(PresetUnsafeError, match=r"model\.weights\.h5"):
        load(path, model)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
