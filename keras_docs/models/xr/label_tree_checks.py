"""What makes arrays a label tree: compiled kernels trust trees that pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def checked_parents(parents: Sequence[Any]) -> tuple[np.ndarray, ...]:
    """The levels of a tree as read-only int32 arrays; see `LabelTree`.

    Raises:
        ValueError: they are not the levels of a tree.
    """
    if isinstance(parents, str | bytes) or not isinstance(parents, Sequence):
        raise ValueError(
            "`parents` must be a list of integer arrays, one per level. Received: "
            f"{type(parents).__name__}."
        )
    if not parents:
        raise ValueError(
            "`parents` is empty. A tree of labels without clusters is one level: "
            "`LabelTree([np.zeros(num_labels, int)])`."
        )
    levels = tuple(_int32_ids(level, t) for t, level in enumerate(parents))
    size = 1
    for t, level in enumerate(levels):
        _check_range(level, t, size, may_be_pruned=t == len(levels) - 1)
        _check_children(level, t, size)
        size = len(level)
        level.flags.writeable = False
    return levels


def parents_of_chain(chain: Sequence[Any]) -> list[np.ndarray]:
    """The parent of each node, from matrices that list each node's children.

    Raises:
        ValueError: the shapes do not follow each other, or a node has several parents.
    """
    from scipy.sparse import issparse

    if not isinstance(chain, Sequence) or not chain:
        raise ValueError(
            "`chain` must be a list of SciPy sparse matrices, one per level. Received: "
            f"{chain!r}."
        )
    parents, above = [], 1
    for t, matrix in enumerate(chain):
        if not issparse(matrix) or matrix.ndim != 2:
            raise ValueError(
                f"`chain[{t}]` must be a SciPy sparse matrix. Received: "
                f"{type(matrix).__name__}."
            )
        if matrix.shape[1] != above:
            owner = "the root alone" if t == 0 else f"the rows of chain[{t - 1}]"
            raise ValueError(
                f"`chain[{t}]` must have one column per node of the level above "
                f"({owner}: {above}). Received shape: {matrix.shape}."
            )
        parents.append(_parents_of_matrix(matrix, t))
        above = matrix.shape[0]
    return parents


def _int32_ids(level: Any, t: int) -> np.ndarray:
    array = np.asarray(level)
    if array.ndim != 1 or array.dtype.kind not in "iu" or not len(array):
        raise ValueError(
            f"`parents[{t}]` must be a 1D array of at least one integer. Received: "
            f"shape {array.shape}, dtype {array.dtype}."
        )
    limit = np.iinfo("int32").max
    if len(array) > limit or int(array.max()) > limit or int(array.min()) < -1:
        raise ValueError(
            f"`parents[{t}]` must hold at most {limit} ids, each from -1 to {limit}. "
            f"Received: {len(array)} from {array.min()} to {array.max()}."
        )
    return array.astype("int32")  # a copy: the caller's array may change


def _check_range(level: np.ndarray, t: int, size: int, may_be_pruned: bool) -> None:
    if level.max() >= size:
        above = "the root is 0" if t == 0 else f"level {t - 1} has {size} nodes"
        raise ValueError(
            f"`parents[{t}]` names the parent {level.max()}, but {above}. Received "
            f"first at position {int(np.argmax(level >= size))}."
        )
    if not may_be_pruned and level.min() < 0:
        raise ValueError(
            f"`parents[{t}]` is -1 at position {int(np.argmin(level))}, but only "
            "labels (the last level) may be pruned. Remove that cluster and number "
            "the others anew."
        )


def _check_children(level: np.ndarray, t: int, size: int) -> None:
    empty = np.bincount(level[level >= 0], minlength=size) == 0
    if empty.any():
        node = int(np.argmax(empty))
        owner = "The root" if t == 0 else f"Node {node} of level {t - 1}"
        raise ValueError(
            f"{owner} has no child: `parents[{t}]` never names it "
            f"({int(empty.sum())} of {size} nodes above have none). Remove nodes "
            "without labels."
        )


def _parents_of_matrix(matrix: Any, t: int) -> np.ndarray:
    entries = matrix.tocoo()
    children, owners = entries.row[entries.data != 0], entries.col[entries.data != 0]
    counts = np.bincount(children, minlength=matrix.shape[0])
    if counts.max(initial=0) > 1:
        child = int(np.argmax(counts))
        raise ValueError(
            f"`chain[{t}]` gives row {child} {int(counts[child])} parents, and in a "
            "tree a node has one. Keep one entry per row."
        )
    parents = np.full(matrix.shape[0], -1, "int32")
    parents[children] = owners
    return parents
