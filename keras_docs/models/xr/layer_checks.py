"""Checks stored arrays before compiled code trusts them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_docs.kernels.chunked_layers import DENSE_WIDTH, ChunkedLayers
from keras_docs.models.xr.label_tree import LabelTree

_DTYPES = {
    "level_chunks": ("int64",),
    "chunk_columns": ("int64",),
    "column_nodes": ("int32",),
    "bias": ("float32",),
    "chunk_rows": ("int64",),
    "row_features": ("int32",),
    "row_entries": ("uint32", "int64"),
    "entry_columns": ("uint8", "uint16", "int32"),
    "entry_values": ("float32",),
}


def tree_of_arrays(arrays: Mapping[str, np.ndarray]) -> LabelTree:
    """The tree from `tree/0`, `tree/1`, …, a level each.

    Raises:
        ValueError: there is none, or it is no tree.
    """
    depth = sum(name.startswith("tree/") for name in arrays)
    names = [f"tree/{level}" for level in range(depth)]
    if not names or not set(names) <= set(arrays):
        raise ValueError(
            "The stored weights must have the arrays tree/0, tree/1, …, a level each. "
            f"Received: {sorted(arrays)[:20]}. Save the preset again."
        )
    return LabelTree([arrays[name] for name in names])


def layers_of_arrays(
    arrays: Mapping[str, np.ndarray], tree: LabelTree, num_features: int
) -> ChunkedLayers:
    """The weights from their stored form.

    Args:
        arrays: `layers/<field of ChunkedLayers>`.
        tree: the tree.
        num_features: int.

    Returns:
        Arrays that beam search can read without looking back.

    Raises:
        ValueError: an array is missing, unknown, of another dtype, or an index in it
            points nowhere.
    """
    expected = {f"layers/{name}" for name in _DTYPES}
    if set(arrays) != expected:
        raise ValueError(
            f"The stored weights must be the arrays {', '.join(sorted(expected))}. "
            f"Received: {sorted(arrays)[:20]}. Save the preset again."
        )
    for name, dtypes in _DTYPES.items():
        array = arrays[f"layers/{name}"]
        if array.ndim != 1 or array.dtype.name not in dtypes:
            raise _damaged(
                name, f"is {array.dtype} of {array.ndim} dimensions, not 1-D {dtypes}"
            )
    layers = ChunkedLayers(**{name: arrays[f"layers/{name}"] for name in _DTYPES})
    _check_tree(layers, tree)
    _check_rows(layers, num_features)
    _check_entries(layers)
    return layers


def check_counts(counts: Any, num_rows: Any, num_labels: int) -> None:
    """Checks how often each label was learned from, and the number of all rows.

    Args:
        counts: array, or `None`.
        num_rows: array, or `None`.
        num_labels: int.

    Raises:
        ValueError: one of them is missing or does not fit.
    """
    if counts is None and num_rows is None:
        return
    fits = counts is not None and num_rows is not None
    fits = fits and counts.shape == (num_labels,) and num_rows.shape == (1,)
    fits = fits and counts.dtype.kind in "iu" and num_rows.dtype.kind in "iu"
    if not fits or (counts < 0).any() or (counts > num_rows[0]).any():
        raise ValueError(
            f"The stored label_counts must be {num_labels} integers from 0 to the one "
            "integer in num_rows, or both be left out. Save the preset again."
        )


def _check_tree(layers: ChunkedLayers, tree: LabelTree) -> None:
    lists = [tree.child_lists(level) for level in range(-1, tree.depth - 1)]
    sizes = np.concatenate([np.diff(starts) for starts, _ in lists])
    chunks = np.cumsum([0, *(len(starts) - 1 for starts, _ in lists)])
    _require("level_chunks", np.array_equal(layers.level_chunks, chunks), "the tree's")
    columns = np.concatenate([[0], np.cumsum(sizes)])
    fits = np.array_equal(layers.chunk_columns, columns)
    _require("chunk_columns", fits, "the tree's")
    nodes = np.concatenate([ids for _, ids in lists])
    _require("column_nodes", np.array_equal(layers.column_nodes, nodes), "the tree's")
    fits = len(layers.bias) == len(nodes) and np.isfinite(layers.bias).all()
    _require("bias", fits, f"{len(nodes)} finite numbers")


def _check_rows(layers: ChunkedLayers, num_features: int) -> None:
    starts, features = layers.chunk_rows, layers.row_features
    fits = len(starts) == len(layers.chunk_columns)
    _require("chunk_rows", fits and _are_offsets(starts, len(features)), "offsets")
    if not len(features):
        return
    fits = features.min() >= 0 and features.max() < num_features
    _require("row_features", fits, f"from 0 to {num_features - 1}")
    rises = np.ones(len(features), bool)
    rises[1:] = features[1:] > features[:-1]
    rises[starts[:-1][np.diff(starts) > 0]] = True
    _require("row_features", rises.all(), "ascending within a chunk")


def _check_entries(layers: ChunkedLayers) -> None:
    starts, columns = layers.row_entries, layers.entry_columns
    fits = len(starts) == len(layers.row_features) + 1
    fits = fits and len(columns) == len(layers.entry_values)
    _require("row_entries", fits and _are_offsets(starts, len(columns)), "offsets")
    if not len(columns):
        return
    fits = np.isfinite(layers.entry_values).all()
    _require("entry_values", fits, "finite")
    widths = np.diff(layers.chunk_columns)
    # Scores have room for this many columns, whatever the chunk's width.
    room = np.maximum(widths, DENSE_WIDTH)
    row_room = np.repeat(room, np.diff(layers.chunk_rows))
    lengths = np.diff(starts.astype("int64"))
    limits = np.repeat(row_room, lengths)
    fits = columns.min() >= 0 and (columns < limits).all()
    _require("entry_columns", fits, "columns of their chunks")


def _are_offsets(starts: np.ndarray, end: int) -> bool:
    rises = len(starts) > 0 and (starts[1:] >= starts[:-1]).all()
    return bool(rises and starts[0] == 0 and starts[-1] == end)


def _require(name: str, is_valid: Any, expected: str) -> None:
    if not is_valid:
        raise _damaged(name, f"must be {expected}")


def _damaged(name: str, what: str) -> ValueError:
    return ValueError(
        f"The stored weights are damaged: layers/{name} {what}. Download or save the "
        "preset again."
    )
