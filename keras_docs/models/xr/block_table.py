"""The weights of one level as tensors of static shape, for accelerators."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from keras_docs.kernels.chunked_layers import DENSE_WIDTH, ChunkedLayers


class BlockTable(NamedTuple):
    """Chunks cut into blocks of `DENSE_WIDTH` columns.

    Args:
        chunk_blocks: int32 (chunks + 1,), the first block of each chunk.
        block_rows: int32 (blocks + 1,), the first row of each block.
        row_features: int32 (rows + 1,), ascending within a block; one more at the end.
        rows: float32 (rows + 1, DENSE_WIDTH); the last is zero.
        bias: float32 (blocks, DENSE_WIDTH).
        nodes: int32 (blocks, DENSE_WIDTH), -1 where there is no column.
    """

    chunk_blocks: np.ndarray
    block_rows: np.ndarray
    row_features: np.ndarray
    rows: np.ndarray
    bias: np.ndarray
    nodes: np.ndarray

    @property
    def most_blocks(self) -> int:
        """Blocks of the widest chunk."""
        return int(np.diff(self.chunk_blocks).max())

    @property
    def most_rows(self) -> int:
        """Rows of the longest block."""
        return int(np.diff(self.block_rows).max())


def block_tables(layers: ChunkedLayers) -> list[BlockTable]:
    """One `BlockTable` per level."""
    return [
        _block_table(layers, int(first), int(last))
        for first, last in zip(
            layers.level_chunks, layers.level_chunks[1:], strict=False
        )
    ]


def _block_table(layers: ChunkedLayers, first: int, last: int) -> BlockTable:
    columns = layers.chunk_columns[first : last + 1]
    widths = np.diff(columns)
    counts = -(-widths // DENSE_WIDTH)
    chunk_blocks = np.concatenate([[0], np.cumsum(counts)])
    places = _places(columns, chunk_blocks)
    bias = np.zeros(chunk_blocks[-1] * DENSE_WIDTH, "float32")
    nodes = np.full(bias.shape, -1, "int32")
    used = slice(columns[0], columns[-1])
    bias[places], nodes[places] = layers.bias[used], layers.column_nodes[used]
    blocks, offsets, features, values = _entries(layers, first, last, chunk_blocks)
    # Rows in order of block and feature; entries of one row lie in one block.
    order = np.lexsort((features, blocks))
    blocks, features = blocks[order], features[order]
    is_new = np.ones(len(order), bool)
    is_new[1:] = (np.diff(blocks) != 0) | (np.diff(features) != 0)
    row_of = np.cumsum(is_new) - 1
    rows = np.zeros((int(is_new.sum()) + 1, DENSE_WIDTH), "float32")
    rows[row_of, offsets[order]] = values[order]
    starts = np.searchsorted(blocks[is_new], np.arange(chunk_blocks[-1] + 1))
    return BlockTable(
        chunk_blocks.astype("int32"),
        starts.astype("int32"),
        np.append(features[is_new], np.int32(-1)).astype("int32"),
        rows,
        bias.reshape(-1, DENSE_WIDTH),
        nodes.reshape(-1, DENSE_WIDTH),
    )


def _places(columns: np.ndarray, chunk_blocks: np.ndarray) -> np.ndarray:
    """Where each column of the level lies among the blocks' columns."""
    widths = np.diff(columns)
    within = np.arange(columns[-1] - columns[0]) - np.repeat(
        columns[:-1] - columns[0], widths
    )
    return np.repeat(chunk_blocks[:-1] * DENSE_WIDTH, widths) + within


def _entries(
    layers: ChunkedLayers, first: int, last: int, chunk_blocks: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Block, column in the block, feature and value of each weight of a level."""
    rows = slice(layers.chunk_rows[first], layers.chunk_rows[last])
    entries = slice(
        int(layers.row_entries[rows.start]), int(layers.row_entries[rows.stop])
    )
    lengths = np.diff(layers.row_entries[rows.start : rows.stop + 1].astype("int64"))
    row_chunks = np.repeat(
        np.arange(last - first), np.diff(layers.chunk_rows[first : last + 1])
    )
    chunks = np.repeat(row_chunks, lengths)
    features = np.repeat(layers.row_features[rows], lengths)
    columns = layers.entry_columns[entries].astype("int64")
    values = layers.entry_values[entries]
    used = values != 0
    blocks = chunk_blocks[chunks] + columns // DENSE_WIDTH
    return blocks[used], columns[used] % DENSE_WIDTH, features[used], values[used]
