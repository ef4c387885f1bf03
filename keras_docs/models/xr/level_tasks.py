"""Which rows and labels each cluster of a tree learns from."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from keras_docs.kernels.csr import Csr
from keras_docs.kernels.train_cluster import Labels
from keras_docs.models.xr.label_tree import LabelTree


class LevelTask(NamedTuple):
    """What to learn in some neighbouring clusters of a level.

    Args:
        level: int.
        first_cluster: int.
        child_starts: int64 (clusters + 1,), the first label of each cluster.
        row_starts: int64 (clusters + 1,), the first entry of each cluster in `rows`.
        rows: int32, the rows that each cluster learns from.
        labels: `Labels`, all clusters' children in order.
    """

    level: int
    first_cluster: int
    child_starts: np.ndarray
    row_starts: np.ndarray
    rows: np.ndarray
    labels: Labels

    def part(self, first: int, last: int) -> LevelTask:
        """The same for clusters `first` to `last - 1` alone."""
        children = self.child_starts[first : last + 1]
        rows = self.row_starts[first : last + 1]
        starts = self.labels.starts[children[0] : children[-1] + 1]
        return LevelTask(
            self.level,
            self.first_cluster + first,
            children - children[0],
            rows - rows[0],
            self.rows[rows[0] : rows[-1]],
            Labels(
                starts - starts[0],
                self.labels.rows[starts[0] : starts[-1]],
                self.labels.costs[starts[0] : starts[-1]],
            ),
        )


def level_targets(y: sparse.csr_matrix, tree: LabelTree) -> list[sparse.csr_matrix]:
    """What is positive on each level: a node is if a label below it is.

    Args:
        y: CSR (rows, labels); the values are summed upwards.
        tree: the tree.

    Returns:
        Per level CSR (rows, nodes).
    """
    targets = [y]
    for matrix in tree.to_chain()[:0:-1]:
        targets.insert(0, sparse.csr_matrix(targets[0] @ matrix))
    return targets


def normalize_relevance(relevance: sparse.csr_matrix, norm: str) -> sparse.csr_matrix:
    """Scales each row: `"l1"` to sum 1, `"l2"` to length 1, `"max"` to maximum 1."""
    if norm == "none":
        return relevance
    from sklearn.preprocessing import normalize

    return normalize(relevance, norm=norm, axis=1)


def make_task(
    level: int,
    tree: LabelTree,
    above: sparse.csr_matrix | None,
    target: sparse.csr_matrix,
    costs: sparse.csr_matrix,
) -> LevelTask:
    """All clusters of a level.

    Args:
        level: int.
        tree: the tree.
        above: CSR (rows, clusters): a row is learned from in the clusters where it has
            an entry; `None` at the top, where it is in the only one.
        target: CSR (rows, nodes), non-zero where a node is positive.
        costs: CSR (rows, nodes) with at least the entries of `target`.
    """
    starts, children = tree.child_lists(level - 1)
    num_rows = target.shape[0]
    if above is None:
        row_starts = np.array([0, num_rows], "int64")
        rows = np.arange(num_rows, dtype="int32")
    else:
        by_cluster = sparse.csc_matrix(above)
        by_cluster.sort_indices()
        row_starts = by_cluster.indptr.astype("int64")
        rows = by_cluster.indices.astype("int32")
    by_label = sparse.csc_matrix(costs)[:, children]
    by_label.sort_indices()
    labels = Labels(
        by_label.indptr.astype("int64"),
        by_label.indices.astype("int32"),
        by_label.data.astype("float32"),
    )
    return LevelTask(level, 0, starts, row_starts, rows, labels)


def split_task(task: LevelTask, x: Csr, block_work: float) -> list[LevelTask]:
    """Splits a level into blocks of neighbouring clusters of about equal work."""
    row_sizes = np.diff(x.starts)[task.rows].astype("float64")
    sizes = np.concatenate([[0.0], np.cumsum(row_sizes)])[task.row_starts]
    work = np.diff(sizes) * np.diff(task.child_starts)
    blocks = np.floor(np.cumsum(work) / block_work)
    bounds = np.flatnonzero(np.diff(blocks)) + 1
    edges = [0, *bounds.tolist(), len(work)]
    return [task.part(a, b) for a, b in zip(edges, edges[1:], strict=False) if a < b]


def entries_of(matrix: Any) -> sparse.csr_matrix:
    """The same non-zero entries with the value 1."""
    ones = sparse.csr_matrix(matrix, copy=True)
    ones.eliminate_zeros()
    ones.data[:] = 1
    return ones
