"""Compiled beam search against its plain twin."""

import numpy as np
import pytest
from scipy import sparse
from xr_examples import assert_same_ranking, queries, tree, weights

from keras_docs.kernels.beam_search import beam_search, fill_bitmap
from keras_docs.kernels.chunked_layers import DENSE_WIDTH
from keras_docs.kernels.csr import Csr
from keras_docs.kernels.plain_beam_search import plain_beam_search
from keras_docs.models.xr import tree_search
from keras_docs.models.xr.chunk_layout import level_of_columns, pack_levels
from keras_docs.models.xr.label_tree import LabelTree
from keras_docs.models.xr.post_processors import POST_PROCESSORS

pytestmark = pytest.mark.no_tensors

# Levels, beams, pruned labels.
CASES = {
    "one level": ([7], [3], 0),
    "one wide level": ([300], [10], 0),
    "narrow": ([2, 4, 9, 20], [2, 3, 4, 5], 0),
    "wide leaves": ([3, 120], [2, 8], 0),
    "pruned": ([3, 8, 40], [3, 5, 6], 5),
    "beam of everything": ([3, 8, 40], [99, 99, 40], 3),
    "more places than labels in the beam": ([6, 24], [1, 20], 0),
    "beam of one": ([4, 16, 64], [1, 1, 1], 0),
}


def packed(label_tree, layers):
    levels = [level_of_columns(label_tree, t, *layer) for t, layer in enumerate(layers)]
    return pack_levels(levels)


def plain(x, label_tree, layers, beams, processor):
    beams = np.minimum(beams, label_tree.level_sizes).tolist()
    log_activation = None if processor.kind == 0 else processor.log_values
    return plain_beam_search(
        sparse.csr_matrix(x),
        label_tree.parents,
        *zip(*layers, strict=True),
        beams,
        log_activation,
    )


def searched(x, label_tree, layers, beams, processor, n_jobs=1):
    search = tree_search.TreeSearch(label_tree, packed(label_tree, layers), x.shape[1])
    return search.run(x, beams, processor, n_jobs)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("density", [0.05, 0.4, 1.0])
def test_equals_the_plain_twin(case, density):
    sizes, beams, pruned = CASES[case]
    label_tree = tree(sizes, seed=len(case), pruned=pruned)
    layers, x = weights(label_tree, density=density), queries(25)
    processor = POST_PROCESSORS["l3_hinge"]
    assert_same_ranking(
        searched(x, label_tree, layers, beams, processor),
        plain(x, label_tree, layers, beams, processor),
    )


@pytest.mark.parametrize("name", POST_PROCESSORS)
def test_every_post_processor(name):
    label_tree = tree([3, 9, 40])
    layers, x, beams = weights(label_tree), queries(20), [2, 5, 6]
    processor = POST_PROCESSORS[name]
    assert_same_ranking(
        searched(x, label_tree, layers, beams, processor),
        plain(x, label_tree, layers, beams, processor),
    )


@pytest.mark.parametrize("case", ["narrow", "one wide level", "pruned"])
def test_bitmaps_may_be_made_on_the_way(case):
    sizes, beams, pruned = CASES[case]
    label_tree = tree(sizes, pruned=pruned)
    layers, x = weights(label_tree, num_features=130), queries(25, num_features=130)
    rows = Csr(x.indptr, x.indices, x.data)
    places = np.minimum(np.array(beams, "int64"), label_tree.level_sizes)
    processor = POST_PROCESSORS["l3_hinge"]
    words = 2 * -(-130 // 64)
    nothing = np.empty((0, words), "int64")
    found = beam_search(
        rows, packed(label_tree, layers), nothing, words, places, *processor[:2]
    )
    kept = searched(x, label_tree, layers, beams, processor)
    np.testing.assert_array_equal(found[0], kept[0])
    np.testing.assert_array_equal(found[1], kept[1])


def test_rows_as_long_as_a_dense_one_in_a_wide_chunk():
    """A row of 16 weights that are not those of the first 16 columns."""
    label_tree = LabelTree([np.zeros(40, int)])
    matrix = np.zeros((4, 40), "float32")
    matrix[0, 10 : 10 + DENSE_WIDTH] = np.arange(1, DENSE_WIDTH + 1)
    matrix[1, : DENSE_WIDTH - 1] = 2
    matrix[2] = np.linspace(-1, 1, 40)
    layers = [(sparse.csc_matrix(matrix), np.zeros(40, "float32"))]
    x = sparse.csr_array(np.array([[1, 0, 0, 0], [1, 1, 1, 1]], "float32"))
    nodes, values = searched(x, label_tree, layers, [40], POST_PROCESSORS["noop"])
    margins = x.toarray() @ matrix
    for row in range(2):
        np.testing.assert_allclose(values[row], margins[row, nodes[row]], rtol=1e-6)
        assert sorted(nodes[row]) == list(range(40))


def test_equal_scores_keep_the_order_of_ids():
    label_tree = tree([2, 30])
    layers = [
        (sparse.csc_matrix((5, size), dtype="float32"), np.zeros(size, "float32"))
        for size in label_tree.level_sizes
    ]
    x = queries(3, num_features=5)
    nodes, _ = searched(x, label_tree, layers, [2, 30], POST_PROCESSORS["sigmoid"])
    expected = [*label_tree.children(0, 0), *label_tree.children(0, 1)]
    assert nodes.tolist() == [expected] * 3


def test_a_beam_that_is_too_narrow_leaves_empty_places():
    label_tree = LabelTree([[0, 0], [0, 1, 1]])
    layers, x = weights(label_tree, num_features=4), queries(6, num_features=4)
    nodes, values = searched(x, label_tree, layers, [1, 3], POST_PROCESSORS["sigmoid"])
    assert (nodes[:, 2] == -1).all() and np.isneginf(values[:, 2]).all()
    assert (nodes[:, 0] >= 0).all() and np.isfinite(values[:, 0]).all()


@pytest.mark.parametrize("n_jobs", [1, 2, 3])
def test_blocks_and_threads_change_nothing(n_jobs, monkeypatch):
    label_tree = tree([3, 9, 40])
    layers, x = weights(label_tree), queries(37)
    arguments = (x, label_tree, layers, [2, 5, 6], POST_PROCESSORS["l3_hinge"])
    whole = searched(*arguments)
    monkeypatch.setattr(tree_search, "BLOCK_ROWS", 5)
    parts = searched(*arguments, n_jobs)
    np.testing.assert_array_equal(whole[0], parts[0])
    np.testing.assert_array_equal(whole[1], parts[1])


def test_the_search_above_the_labels_is_that_of_the_whole_tree():
    label_tree = tree([3, 9, 40])
    layers, x = weights(label_tree), queries(20)
    search = tree_search.TreeSearch(label_tree, packed(label_tree, layers), 30)
    upper, processor = search.upper_levels(), POST_PROCESSORS["l3_hinge"]
    above = LabelTree(label_tree.parents[:2])
    assert upper.tree == above
    assert_same_ranking(
        upper.run(x, [2, 5], processor), plain(x, above, layers[:2], [2, 5], processor)
    )


def test_bitmaps_name_the_features_and_count_those_before():
    features = np.array([0, 3, 63, 64, 127, 129], "int32")
    words = np.full(6, -7, "int64")
    fill_bitmap(features, words)
    for word in range(3):
        own = [int(f) % 64 for f in features if f // 64 == word]
        held = [bit for bit in range(64) if (int(words[2 * word]) >> bit) & 1]
        assert held == own
        assert words[2 * word + 1] == sum(features < 64 * word)
