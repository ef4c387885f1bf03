"""What each cluster learns from, against loops over dense matrices."""

import numpy as np
import pytest
from scipy import sparse
from xr_examples import learnable, tree

from keras_docs.kernels.csr import Csr
from keras_docs.models.xr.level_tasks import (
    entries_of,
    level_targets,
    make_task,
    normalize_relevance,
    split_task,
)

pytestmark = pytest.mark.no_tensors


@pytest.fixture
def data():
    label_tree = tree([2, 5, 9], seed=3, pruned=3)
    x, y = learnable(num_labels=12)
    return label_tree, x, sparse.csr_matrix(y)


def test_relevance_is_summed_upwards(data):
    label_tree, _, y = data
    relevance = y.multiply(np.random.default_rng(0).random(y.shape)).tocsr()
    found = level_targets(relevance, label_tree)
    assert [matrix.shape[1] for matrix in found] == [2, 5, 12]
    for level, matrix in enumerate(found[:-1]):
        for node in range(matrix.shape[1]):
            below = label_tree.labels_under(level, node)
            expected = relevance.toarray()[:, below].sum(1)
            np.testing.assert_allclose(matrix.toarray()[:, node], expected, rtol=1e-6)


@pytest.mark.parametrize("norm", ["l1", "l2", "max", "none"])
def test_rows_of_relevance_are_scaled(norm):
    dense = np.random.default_rng(0).random((6, 4)) * [[2], [1], [1], [5], [0], [1]]
    scale = {
        "l1": dense.sum(1),
        "l2": np.sqrt((dense**2).sum(1)),
        "max": dense.max(1),
        "none": np.ones(6),
    }[norm]
    expected = dense / np.where(scale > 0, scale, 1)[:, None]
    found = normalize_relevance(sparse.csr_matrix(dense), norm).toarray()
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_clusters_learn_from_rows_of_siblings(data):
    label_tree, _, y = data
    targets = [entries_of(each) for each in level_targets(y, label_tree)]
    task = make_task(2, label_tree, targets[1], targets[2], targets[2] * 0.5)
    for cluster in range(5):
        one = task.part(cluster, cluster + 1)
        children = label_tree.children(1, cluster)
        of_siblings = np.flatnonzero(y.toarray()[:, children].any(1))
        assert one.rows.tolist() == of_siblings.tolist()
        assert one.first_cluster == cluster and one.level == 2
        for number, label in enumerate(children):
            part = slice(*one.labels.starts[number : number + 2])
            positive = np.flatnonzero(y.toarray()[:, label])
            assert one.labels.rows[part].tolist() == positive.tolist()
            assert (one.labels.costs[part] == 0.5).all()


def test_the_top_learns_from_all_rows(data):
    label_tree, x, y = data
    targets = [entries_of(each) for each in level_targets(y, label_tree)]
    task = make_task(0, label_tree, None, targets[0], targets[0])
    assert task.rows.tolist() == list(range(x.shape[0]))
    assert task.child_starts.tolist() == [0, 2]


@pytest.mark.parametrize("work", [1e9, 300.0, 1e-3])
def test_blocks_are_the_level_in_parts(data, work):
    label_tree, x, y = data
    targets = [entries_of(each) for each in level_targets(y, label_tree)]
    task = make_task(2, label_tree, targets[1], targets[2], targets[2])
    blocks = split_task(task, Csr(x.indptr, x.indices, x.data), work)
    assert len(blocks) == 1 if work == 1e9 else len(blocks) > 1
    firsts = [block.first_cluster for block in blocks]
    clusters = [len(block.child_starts) - 1 for block in blocks]
    assert firsts == np.cumsum([0, *clusters[:-1]]).tolist()
    assert sum(clusters) == 5
    for name in ("rows", "costs"):
        whole = np.concatenate([getattr(block.labels, name) for block in blocks])
        np.testing.assert_array_equal(whole, getattr(task.labels, name))
    whole = np.concatenate([block.rows for block in blocks])
    np.testing.assert_array_equal(whole, task.rows)


def test_entries_are_those_that_are_not_zero():
    matrix = sparse.csr_matrix(([2.0, 0.0, -1.0], ([0, 0, 1], [1, 2, 0])), shape=(2, 3))
    assert entries_of(matrix).toarray().tolist() == [[0, 1, 0], [1, 0, 0]]
    assert matrix.nnz == 3
