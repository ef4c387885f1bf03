"""From trained weights to `ChunkedLayers`, the layout of beam search, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse

from keras_docs.kernels.chunked_layers import DENSE_WIDTH, ChunkedLayers
from keras_docs.models.xr.label_tree import LabelTree

# From half full on, a dense row is quicker to add than a sparse one.
MIN_DENSE_ENTRIES = DENSE_WIDTH // 2


class LevelRows(NamedTuple):
    """The weights of one level, chunk by chunk, each chunk feature by feature.

    Args:
        chunk_columns: int64 (chunks + 1,).
        column_nodes: int32 (columns,).
        bias: float32 (columns,).
        chunk_rows: int64 (chunks + 1,).
        row_features: int32 (rows,).
        row_lengths: int32 (rows,), the number of weights of each row.
        entry_columns: int32 (entries,), ascending within a row.
        entry_values: float32 (entries,).
    """

    chunk_columns: np.ndarray
    column_nodes: np.ndarray
    bias: np.ndarray
    chunk_rows: np.ndarray
    row_features: np.ndarray
    row_lengths: np.ndarray
    entry_columns: np.ndarray
    entry_values: np.ndarray


def level_of_clusters(
    tree: LabelTree, level: int, clusters: Sequence[tuple[np.ndarray, ...]]
) -> LevelRows:
    """Joins what `train_cluster` returned for each cluster of a level.

    Args:
        tree: the tree.
        level: int, the level of the clusters' children.
        clusters: per cluster in order `(features, lengths, columns, values, biases)`.
    """
    starts, children = tree.child_lists(level - 1)
    features, lengths, columns, values, biases = (
        np.concatenate([cluster[part] for cluster in clusters]) for part in range(5)
    )
    rows = np.cumsum([0, *(len(cluster[0]) for cluster in clusters)], dtype="int64")
    return LevelRows(starts, children, biases, rows, features, lengths, columns, values)


def level_of_columns(
    tree: LabelTree, level: int, weights: sparse.csc_matrix, biases: np.ndarray
) -> LevelRows:
    """Lays out a matrix of weights.

    Args:
        tree: the tree.
        level: int.
        weights: CSC (num_features, nodes).
        biases: float32 (nodes,), what each node's score starts from.
    """
    starts, children = tree.child_lists(level - 1)
    ordered = sparse.csc_matrix(weights)[:, children].tocoo()
    chunks = np.repeat(np.arange(len(starts) - 1), np.diff(starts))[ordered.col]
    columns = ordered.col - starts[:-1][chunks]
    order = np.lexsort((columns, ordered.row, chunks))
    chunks, features = chunks[order], ordered.row[order]
    is_new = np.ones(len(order), bool)
    is_new[1:] = (np.diff(chunks) != 0) | (np.diff(features) != 0)
    firsts = np.flatnonzero(is_new)
    return LevelRows(
        starts,
        children,
        np.asarray(biases, "float32")[children],
        np.searchsorted(chunks[firsts], np.arange(len(starts))).astype("int64"),
        features[firsts].astype("int32"),
        np.diff(np.append(firsts, len(order))).astype("int32"),
        columns[order].astype("int32"),
        ordered.data[order].astype("float32"),
    )


def pack_levels(levels: Sequence[LevelRows]) -> ChunkedLayers:
    """Lays all levels out for beam search."""
    widest = max(int(np.diff(level.chunk_columns).max()) for level in levels)
    packed = [_pad_rows(level, _column_dtype(widest)) for level in levels]
    ends = np.cumsum(np.concatenate([lengths for lengths, _, _ in packed]))
    num_entries = int(ends[-1]) if len(ends) else 0
    entry_dtype = "uint32" if num_entries < 2**32 else "int64"
    return ChunkedLayers(
        level_chunks=_offsets([len(level.chunk_columns) - 1 for level in levels]),
        chunk_columns=_joined([level.chunk_columns for level in levels]),
        column_nodes=np.concatenate([level.column_nodes for level in levels]),
        bias=np.concatenate([level.bias for level in levels]),
        chunk_rows=_joined([level.chunk_rows for level in levels]),
        row_features=np.concatenate([level.row_features for level in levels]),
        row_entries=np.concatenate([[0], ends]).astype(entry_dtype),
        entry_columns=np.concatenate([columns for _, columns, _ in packed]),
        entry_values=np.concatenate([values for _, _, values in packed]),
    )


def unpack_columns(
    layers: ChunkedLayers, tree: LabelTree, num_features: int
) -> list[tuple[sparse.csc_matrix, np.ndarray]]:
    """The weights of each level as a matrix, and what its scores start from.

    Args:
        layers: the layout.
        tree: its tree.
        num_features: int.

    Returns:
        Per level CSC float32 (num_features, nodes) and float32 (nodes,).
    """
    row_chunks = np.repeat(
        np.arange(len(layers.chunk_rows) - 1), np.diff(layers.chunk_rows)
    )
    lengths = np.diff(layers.row_entries.astype("int64"))
    result = []
    for level, size in enumerate(tree.level_sizes):
        first, last = layers.level_chunks[level : level + 2]
        rows = slice(layers.chunk_rows[first], layers.chunk_rows[last])
        entries = slice(layers.row_entries[rows.start], layers.row_entries[rows.stop])
        values = layers.entry_values[entries]
        used = np.flatnonzero(values)
        firsts = np.repeat(layers.chunk_columns[row_chunks[rows]], lengths[rows])
        columns = firsts[used] + layers.entry_columns[entries][used]
        features = np.repeat(layers.row_features[rows], lengths[rows])[used]
        shape = (num_features, size)
        matrix = sparse.csc_matrix(
            (values[used], (features, layers.column_nodes[columns])), shape=shape
        )
        biases = np.zeros(size, "float32")
        nodes = slice(layers.chunk_columns[first], layers.chunk_columns[last])
        biases[layers.column_nodes[nodes]] = layers.bias[nodes]
        result.append((matrix, biases))
    return result


def _pad_rows(level: LevelRows, dtype: str) -> tuple[np.ndarray, ...]:
    """Lengths, columns and values with rows of `DENSE_WIDTH` entries made dense.

    In a wider chunk such a row gets a zero more, so that its length does not say so.
    """
    widths = np.repeat(np.diff(level.chunk_columns), np.diff(level.chunk_rows))
    lengths = level.row_lengths.astype("int64")
    is_narrow = widths <= DENSE_WIDTH
    is_dense = is_narrow & (lengths >= MIN_DENSE_ENTRIES)
    padded = np.where(is_dense, DENSE_WIDTH, lengths)
    padded += ~is_narrow & (lengths == DENSE_WIDTH)
    old, new = _offsets(lengths)[:-1], _offsets(padded)
    columns, values = np.zeros(new[-1], dtype), np.zeros(new[-1], "float32")
    dense_starts = new[:-1][is_dense]
    columns[dense_starts[:, None] + np.arange(DENSE_WIDTH)] = np.arange(DENSE_WIDTH)
    place = np.repeat(new[:-1] - old, lengths) + np.arange(len(level.entry_columns))
    in_dense = np.repeat(is_dense, lengths)
    starts = np.repeat(new[:-1], lengths)[in_dense]
    place[in_dense] = starts + level.entry_columns[in_dense]
    columns[place], values[place] = level.entry_columns, level.entry_values
    return padded, columns, values


def _offsets(lengths: Sequence[int] | np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype("int64")


def _joined(starts: Sequence[np.ndarray]) -> np.ndarray:
    """Offsets of several lists, one after the other, as offsets of all."""
    return _offsets(np.concatenate([np.diff(each) for each in starts]))


def _column_dtype(width: int) -> str:
    if width <= 2**8:
        return "uint8"
    return "uint16" if width <= 2**16 else "int32"
