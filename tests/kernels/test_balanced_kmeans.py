"""The compiled 2-means against its plain twin, and what a split must keep."""

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random_array

from keras_docs.models.xr.clustered_rows import DenseRows, SparseRows
from keras_docs.models.xr.two_means import two_means

pytestmark = pytest.mark.no_tensors


def sparse_rows(rows, columns=60, seed=0):
    """Rows with common and rare columns, and a row of zeros."""
    rng = np.random.default_rng(seed)
    matrix = random_array(
        (rows, columns), density=0.2, rng=rng, data_sampler=rng.standard_normal
    ).toarray()
    matrix[rows // 2] = 0
    alone = np.eye(rows) * rng.uniform(0.1, 2, rows)
    return csr_matrix(np.hstack([matrix, alone]), dtype="float32")


@pytest.mark.parametrize("spherical", [True, False])
@pytest.mark.parametrize("rows, seed", [(2, 1), (3, 2), (50, 3), (101, 4), (400, 5)])
@pytest.mark.parametrize("iterations", [1, 2, 20])
def test_kernel_is_the_twin(rows, seed, iterations, spherical):
    matrix = sparse_rows(rows, seed=seed)
    first, second = np.random.default_rng(seed).choice(rows, 2, replace=False)
    settings = (first, second, iterations, spherical)
    expected = two_means(matrix.astype("float64"), *settings)
    np.testing.assert_array_equal(SparseRows(matrix).halve(*settings), expected)
    np.testing.assert_array_equal(two_means(matrix, *settings), expected)
    dense = DenseRows(matrix.toarray())
    np.testing.assert_array_equal(dense.halve(*settings), expected)
    assert expected.sum() == rows - rows // 2


def test_parts_give_the_same_split_as_their_rows():
    matrix = sparse_rows(300)
    rows = np.random.default_rng(1).permutation(300)[:120]
    whole = SparseRows(matrix)
    expected = two_means(matrix[rows].astype("float64"), 3, 70, 20, True)
    part = whole.take(np.sort(np.arange(300))).take(rows)
    np.testing.assert_array_equal(part.halve(3, 70, 20, True), expected)
    np.testing.assert_array_equal(whole.take(rows).halve(3, 70, 20, True), expected)


@pytest.mark.parametrize("kind", [SparseRows, DenseRows])
def test_parts_travel_to_other_processes(kind):
    matrix = sparse_rows(40)
    rows = kind(matrix if kind is SparseRows else matrix.toarray()).take(np.arange(30))
    sent = pickle.loads(pickle.dumps(rows))
    expected = rows.halve(1, 2, 20, True)
    np.testing.assert_array_equal(sent.halve(1, 2, 20, True), expected)


def test_parts_keep_all_inner_products():
    matrix = sparse_rows(80)
    rows = np.array([5, 3, 77, 10, 11, 12, 40])
    starts, ids, values, own, columns = SparseRows(matrix).take(rows)._arrays
    shared = csr_matrix((values, ids.astype("int32"), starts), (len(rows), columns))
    gram = (shared @ shared.T).toarray() + np.diag(own)
    expected = (matrix[rows] @ matrix[rows].T).toarray()
    np.testing.assert_allclose(gram, expected, atol=1e-5)
    assert np.unique(shared.indices, return_counts=True)[1].min() >= 2


def test_equal_rows_are_halved_in_order():
    matrix = csr_matrix(np.ones((5, 3), "float32"))
    expected = [False, False, True, True, True]
    assert SparseRows(matrix).halve(0, 1, 20, True).tolist() == expected
    assert two_means(matrix, 0, 1, 20, True).tolist() == expected


@pytest.mark.parametrize("spherical", [True, False])
def test_more_rounds_make_tighter_halves(spherical):
    matrix = sparse_rows(200, seed=9)
    if spherical:
        lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
        matrix = csr_matrix(matrix / np.where(lengths > 0, lengths, 1))
    matrix = matrix.astype("float32")

    def tightness(right):
        halves = [matrix.toarray()[side] for side in (right, ~right)]
        if spherical:
            return sum(np.linalg.norm(half.sum(0)) for half in halves)
        return -sum(np.square(half - half.mean(0)).sum() for half in halves)

    reached = [
        tightness(SparseRows(matrix).halve(0, 1, rounds, spherical))
        for rounds in range(1, 12)
    ]
    assert (np.diff(reached) > -1e-4).all() and reached[-1] > reached[0]
