"""Trees of clusters: their shapes, their balance, and what shares a leaf."""

import numpy as np
import pytest
from scipy.sparse import csc_matrix, csr_matrix

from keras_docs.models.xr.hierarchical_kmeans import hierarchical_kmeans

pytestmark = pytest.mark.no_tensors


def unit_vectors(rows, columns=12, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(rows, columns))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("float32")


def groups_of_labels(groups=8, each=10):
    """Unit vectors around orthogonal directions, and the direction of each."""
    rng = np.random.default_rng(0)
    owners = rng.permutation(np.repeat(np.arange(groups), each))
    vectors = np.eye(groups)[owners] + 0.05 * rng.normal(size=(len(owners), groups))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), owners


@pytest.mark.parametrize(
    "labels, branching, max_leaf_size, sizes",
    [
        # What libpecos 1.2.8 makes of these numbers of labels.
        (41218, 16, 100, (2, 32, 512, 41218)),
        (24997, 16, 100, (16, 256, 24997)),
        (4000, 16, 100, (4, 64, 4000)),
        (983, 16, 100, (16, 983)),
        (572, 16, 100, (8, 572)),
        (159, 16, 100, (2, 159)),
        (100, 16, 100, (100,)),
        # By hand: 1000 / 10 needs 2**7 leaves.
        (1000, 2, 10, (2, 4, 8, 16, 32, 64, 128, 1000)),
        (1000, 256, 10, (128, 1000)),
        (5, 2, 2, (2, 4, 5)),
        (1, 2, 2, (1,)),
    ],
)
def test_shape_follows_from_the_number_of_labels(
    labels, branching, max_leaf_size, sizes
):
    tree = hierarchical_kmeans(
        unit_vectors(labels, 3),
        branching=branching,
        max_leaf_size=max_leaf_size,
        iterations=2,
    )
    assert tree.level_sizes == sizes
    leaf_sizes = np.bincount(tree.parents[-1])
    assert leaf_sizes.max() <= max_leaf_size
    assert leaf_sizes.max() - leaf_sizes.min() <= 1
    for parents in tree.parents[1:-1]:
        assert (np.bincount(parents) == branching).all()


@pytest.mark.parametrize("spherical", [True, False])
@pytest.mark.parametrize("as_input", [np.asarray, csr_matrix, csc_matrix])
def test_alike_labels_share_a_leaf(as_input, spherical):
    vectors, owners = groups_of_labels()
    tree = hierarchical_kmeans(
        as_input(vectors), branching=2, max_leaf_size=10, spherical=spherical
    )
    for leaf in range(8):
        assert len(set(owners[tree.children(tree.depth - 2, leaf)])) == 1


def test_dense_and_sparse_make_the_same_tree():
    vectors = unit_vectors(700)
    dense = hierarchical_kmeans(vectors, max_leaf_size=20)
    assert hierarchical_kmeans(csr_matrix(vectors), max_leaf_size=20) == dense


def test_seed_decides_and_threads_do_not():
    vectors = csr_matrix(unit_vectors(900))
    trees = [
        hierarchical_kmeans(vectors, max_leaf_size=9, seed=seed, n_jobs=n_jobs)
        for seed, n_jobs in [(0, 1), (0, 2), (0, 5), (0, -1), (1, 1)]
    ]
    assert trees[0] == trees[1] == trees[2] == trees[3]
    assert trees[0] != trees[4]


def test_leaves_are_tighter_than_chance():
    vectors = unit_vectors(2000, columns=6)
    tree = hierarchical_kmeans(vectors, max_leaf_size=40)

    def tightness(leaf_of):
        sums = np.zeros((leaf_of.max() + 1, 6))
        np.add.at(sums, leaf_of, vectors)
        return np.linalg.norm(sums, axis=1).sum() / len(vectors)

    by_chance = np.random.default_rng(0).permutation(tree.parents[-1])
    assert tightness(tree.parents[-1]) > 0.7 > 0.3 > tightness(by_chance)


def test_labels_without_vectors_are_placed():
    vectors = unit_vectors(500)
    vectors[::3] = 0
    tree = hierarchical_kmeans(csr_matrix(vectors), max_leaf_size=30)
    assert len(tree.labels_under(-1, 0)) == 500
    nothing_known = hierarchical_kmeans(np.zeros((500, 2)), max_leaf_size=30)
    assert nothing_known.level_sizes == (2, 32, 500)


def test_input_is_not_changed():
    vectors = csr_matrix(unit_vectors(300))
    before = vectors.copy()
    hierarchical_kmeans(vectors, max_leaf_size=10)
    for name in ("data", "indices", "indptr"):
        mine, theirs = getattr(vectors, name), getattr(before, name)
        np.testing.assert_array_equal(mine, theirs)
        assert mine.dtype == theirs.dtype


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"branching": 10}, "power of two.*Received: 10. Take 8"),
        ({"branching": 512}, "from 2 to 256.*Take 256"),
        ({"branching": 1}, "`branching` must be an integer of at least 2"),
        ({"branching": 2.0}, "`branching` must be an integer"),
        ({"max_leaf_size": 1}, "`max_leaf_size`.*at least 2. Received: 1"),
        ({"iterations": 0}, "`iterations`.*at least 1"),
        ({"seed": -1}, "`seed`.*at least 0"),
        ({"representation": np.zeros(3)}, "`representation` must be a matrix"),
        ({"representation": np.zeros((0, 3))}, "at least one of each"),
        ({"representation": [["a"]]}, "of numbers"),
        ({"representation": [[np.nan, 1.0]]}, "`representation` holds NaN"),
        ({"representation": csr_matrix([[np.inf]])}, "`representation` holds inf"),
        ({"representation": [[1e300]]}, "beyond float32"),
        ({"representation": [[0, -1e13]]}, "as large as 1e\\+13"),
    ],
)
def test_bad_input_is_named(arguments, message):
    arguments = {"representation": unit_vectors(9)} | arguments
    with pytest.raises(ValueError, match=message):
        hierarchical_kmeans(**arguments)


def test_order_of_indices_does_not_matter():
    vectors = csr_matrix(unit_vectors(300))
    expected = hierarchical_kmeans(vectors, max_leaf_size=20)
    order = np.arange(vectors.nnz).reshape(vectors.shape)[:, ::-1].ravel()
    parts = vectors.data[order], vectors.indices[order], vectors.indptr
    mixed = csr_matrix(parts, shape=vectors.shape)
    assert not mixed.has_sorted_indices
    assert hierarchical_kmeans(mixed, max_leaf_size=20) == expected


def test_indices_out_of_range_never_reach_the_kernel():
    vectors = csr_matrix(unit_vectors(300))
    vectors.indices[7] = 10**6
    with pytest.raises(ValueError, match="`representation` is a damaged CSR"):
        hierarchical_kmeans(vectors)
