"""Scores of given labels, for candidates that another model has found."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_docs.kernels.beam_search import NOOP
from keras_docs.kernels.children_margins import children_margins
from keras_docs.kernels.chunked_layers import DENSE_WIDTH
from keras_docs.kernels.csr import Csr
from keras_docs.models.xr.label_tree import LabelTree
from keras_docs.models.xr.post_processors import PostProcessor
from keras_docs.models.xr.tree_search import TreeSearch

# Margins held at once: 64 MiB.
BLOCK_MARGINS = 2**24


def score_labels(
    search: TreeSearch, x: Any, labels: np.ndarray, processor: PostProcessor
) -> np.ndarray:
    """What beam search would give labels if it went down all of their paths.

    Args:
        search: the tree with its weights.
        x: CSR float32 (rows, num_features), canonical.
        labels: int (rows, n), label ids, -1 for none.
        processor: how margins are combined.

    Returns:
        Log values, float32 (rows, n); -inf for -1 and for labels pruned from the tree.
    """
    levels = range(-1, search.tree.depth - 1)
    widest = max(int(np.diff(search.tree.child_lists(t)[0]).max()) for t in levels)
    block = max(1, BLOCK_MARGINS // (labels.shape[1] * max(widest, DENSE_WIDTH)))
    values = np.empty(labels.shape, "float32")
    for first in range(0, len(labels), block):
        rows = slice(first, first + block)
        values[rows] = _score_block(search, x[rows], labels[rows], processor)
    return values


def best_candidates(
    labels: np.ndarray, scores: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The best of scored labels.

    Args:
        labels: int (rows, n), -1 for none.
        scores: float32 (rows, n), lowest where there is no label.
        k: int.

    Returns:
        Label ids, int32 (rows, k), best first, -1 where there are fewer than k; and
        their scores, float32 (rows, k).
    """
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    best = np.take_along_axis(labels, order, 1).astype("int32")
    return best, np.take_along_axis(scores, order, 1)


def check_candidates(labels: Any, rows: int, num_labels: int) -> np.ndarray:
    """Checks label ids that a user gives.

    Args:
        labels: what should be integers (rows, n).
        rows: int.
        num_labels: int.

    Returns:
        int32 array (rows, n).

    Raises:
        ValueError: it is no matrix of integers, has other rows, or an id is out of
            range.
    """
    array = np.asarray(labels)
    if array.ndim != 2 or array.dtype.kind not in "iu" or 0 in array.shape:
        raise ValueError(
            "Labels to score must be an array of integers (rows, n), as `predict` "
            f"returns them. Received: dtype {array.dtype}, shape {array.shape}."
        )
    if len(array) != rows:
        raise ValueError(
            f"There must be labels to score for each of the {rows} rows of `x`. "
            f"Received: {len(array)} rows."
        )
    if array.min() < -1 or array.max() >= num_labels:
        raise ValueError(
            f"Labels to score must be ids from 0 to {num_labels - 1}, or -1 for none. "
            f"Received: {array.min()} to {array.max()}."
        )
    return array.astype("int32")


def _score_block(
    search: TreeSearch, x: Any, labels: np.ndarray, processor: PostProcessor
) -> np.ndarray:
    paths = _paths(search.tree, labels)
    queries = Csr(x.indptr, x.indices, x.data)
    levels = range(search.tree.depth)
    total = np.zeros(labels.shape, "float32")
    for level in levels[-1:] if processor.kind == NOOP else levels:
        above = np.zeros_like(labels) if level == 0 else paths[level - 1]
        margins = _margins(search, queries, level, above, paths[level])
        total += processor.log_values(margins)
    is_there = (labels >= 0) & (search.tree.parents[-1][labels] >= 0)
    return np.where(is_there, total, np.float32(-np.inf))


def _paths(tree: LabelTree, labels: np.ndarray) -> list[np.ndarray]:
    """The node of each label on each level; 0 stands in where there is none."""
    nodes = [np.maximum(labels, 0)]
    for parents in tree.parents[:0:-1]:
        nodes.append(np.maximum(parents[nodes[-1]], 0))
    return nodes[::-1]


def _margins(
    search: TreeSearch, queries: Csr, level: int, above: np.ndarray, nodes: np.ndarray
) -> np.ndarray:
    """The margins of nodes, float32 (rows, n), below the nodes `above`."""
    distinct, counts, places = _distinct(above)
    margins = children_margins(
        queries,
        search.layers,
        level,
        distinct,
        counts,
        search.bitmaps,
        search.num_words,
    )
    starts, children = search.tree.child_lists(level - 1)
    position = np.zeros(search.tree.level_sizes[level], "int64")
    position[children] = np.arange(len(children))
    columns = np.maximum(position[nodes] - starts[:-1][above], 0)
    return margins[np.arange(len(nodes))[:, None], places, columns]


def _distinct(nodes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each row's nodes once, as several labels share them.

    Returns:
        The nodes, int32 (rows, places), ascending; how many each row has, int64
        (rows,); and at which place each of the given ones is, int (rows, n).
    """
    order = np.argsort(nodes, axis=1, kind="stable")
    ordered = np.take_along_axis(nodes, order, 1)
    place = np.zeros(nodes.shape, "int64")
    np.cumsum(ordered[:, 1:] != ordered[:, :-1], axis=1, out=place[:, 1:])
    counts = place[:, -1] + 1
    distinct = np.zeros((len(nodes), int(counts.max())), "int32")
    np.put_along_axis(distinct, place, ordered, 1)
    places = np.empty_like(place)
    np.put_along_axis(places, order, place, 1)
    return distinct, counts, places
