"""Finished blocks on disk."""

import numpy as np
import pytest

from keras_docs.models.xr.block_store import BlockStore

pytestmark = pytest.mark.no_tensors

DATA = [np.arange(4), np.ones(3, "float32")]


def clusters(seed=0):
    """Two clusters as `train_cluster` returns them, and one without weights."""
    random = np.random.default_rng(seed)
    made = []
    for features, labels in [(3, 4), (0, 2), (2, 1)]:
        lengths = np.full(features, labels, "int32")
        made.append(
            (
                np.arange(features, dtype="int32"),
                lengths,
                np.tile(np.arange(labels, dtype="int32"), features),
                random.random(features * labels).astype("float32"),
                random.random(labels).astype("float32"),
            )
        )
    return made


def test_round_trip(tmp_path):
    store = BlockStore(tmp_path / "new", DATA, {"seed": 0})
    assert store.get(1, 7) is None
    store.put(1, 7, clusters())
    again = BlockStore(tmp_path / "new", DATA, {"seed": 0})
    found = again.get(1, 7)
    assert again.get(1, 8) is None and again.get(0, 7) is None
    assert len(found) == 3
    for cluster, expected in zip(found, clusters(), strict=True):
        for one, other in zip(cluster, expected, strict=True):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("data", "settings"),
    [
        (DATA, {"seed": 1}),
        ([np.arange(4) + 1, DATA[1]], {"seed": 0}),
        (DATA[:1], {"seed": 0}),
    ],
)
def test_blocks_of_another_training_are_refused(tmp_path, data, settings):
    BlockStore(tmp_path, DATA, {"seed": 0})
    with pytest.raises(ValueError, match="`checkpoint_dir`.*other data or with other"):
        BlockStore(tmp_path, data, settings)


def test_a_damaged_block_is_refused(tmp_path):
    store = BlockStore(tmp_path, DATA, {})
    store.put(0, 0, clusters())
    path = next(tmp_path.glob("*.npz"))
    content = path.read_bytes()
    for damaged in (content[: len(content) // 2], b"", b"no block"):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=path.name):
            store.get(0, 0)
