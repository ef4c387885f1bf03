"""The layout of beam search, there and back."""

import numpy as np
import pytest
from scipy import sparse
from xr_examples import tree, weights

from keras_docs.models.xr.chunk_layout import (
    level_of_clusters,
    level_of_columns,
    pack_levels,
    unpack_columns,
)
from keras_docs.models.xr.label_tree import LabelTree

pytestmark = pytest.mark.no_tensors

SHAPES = [([7], 0), ([40], 0), ([3, 8, 40], 5), ([2, 300], 3), ([1, 1, 20], 0)]


def packed(label_tree, layers):
    return pack_levels(
        [level_of_columns(label_tree, t, *layer) for t, layer in enumerate(layers)]
    )


@pytest.mark.parametrize(("sizes", "pruned"), SHAPES)
@pytest.mark.parametrize("density", [0.0, 0.1, 0.6, 1.0])
def test_round_trip(sizes, pruned, density):
    label_tree = tree(sizes, seed=1, pruned=pruned)
    layers = weights(label_tree, num_features=20, density=density)
    found = unpack_columns(packed(label_tree, layers), label_tree, 20)
    for level, (matrix, biases) in enumerate(found):
        expected, expected_biases = layers[level][0].toarray(), layers[level][1].copy()
        # What belongs to pruned labels is not kept.
        expected[:, label_tree.parents[level] < 0] = 0
        expected_biases[label_tree.parents[level] < 0] = 0
        np.testing.assert_array_equal(matrix.toarray(), expected)
        np.testing.assert_array_equal(biases, expected_biases)


@pytest.mark.parametrize(
    ("width", "dtype"), [(16, "uint8"), (256, "uint8"), (257, "uint16")]
)
def test_columns_are_as_small_as_the_widest_chunk_allows(width, dtype):
    label_tree = LabelTree([np.zeros(width, int)])
    layers = [(sparse.csc_matrix(np.ones((2, width), "float32")), np.zeros(width))]
    assert packed(label_tree, layers).entry_columns.dtype == dtype
    np.testing.assert_array_equal(
        unpack_columns(packed(label_tree, layers), label_tree, 2)[0][0].toarray(), 1
    )


def test_clusters_are_joined_as_columns_are():
    label_tree = tree([3, 20], seed=2, pruned=2)
    matrix, biases = weights(label_tree, num_features=9)[1]
    dense = matrix.toarray()
    clusters = []
    for cluster in range(3):
        children = label_tree.children(0, cluster)
        own = dense[:, children]
        used = np.flatnonzero(own.any(1))
        lengths = (own[used] != 0).sum(1).astype("int32")
        columns = np.nonzero(own[used])[1].astype("int32")
        values = own[used][own[used] != 0]
        clusters.append((used.astype("int32"), lengths, columns, values))
        clusters[-1] += (biases[children],)
    joined = level_of_clusters(label_tree, 1, clusters)
    for one, other in zip(
        joined, level_of_columns(label_tree, 1, matrix, biases), strict=True
    ):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
