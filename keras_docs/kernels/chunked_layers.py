"""The weights of a tree of linear models, laid out for beam search."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# A row of this many entries in a chunk that is no wider holds one value for each
# column: no column numbers are read, and a vector unit takes it in one or two steps.
DENSE_WIDTH = 16


class ChunkedLayers(NamedTuple):
    """All levels in one set of flat arrays.

    A *chunk* holds the children of one node: a sparse matrix, features by children.
    Its rows are the features with a weight, ascending.

    Args:
        level_chunks: int64 (levels + 1,). Level t has the chunks from
            `level_chunks[t]`; chunk `level_chunks[t] + p` is node p of the level above.
        chunk_columns: int64 (chunks + 1,), the first column of each chunk.
        column_nodes: int32 (columns,), which node of its level a column is.
        bias: float32 (columns,), what each score starts from.
        chunk_rows: int64 (chunks + 1,), the first row of each chunk.
        row_features: int32 (rows,).
        row_entries: uint32 or int64 (rows + 1,), the first entry of each row. A row of
            `DENSE_WIDTH` entries has one for each of the first columns.
        entry_columns: uint8, uint16 or int32 (entries,), the column within the chunk.
        entry_values: float32 (entries,).
    """

    level_chunks: np.ndarray
    chunk_columns: np.ndarray
    column_nodes: np.ndarray
    bias: np.ndarray
    chunk_rows: np.ndarray
    row_features: np.ndarray
    row_entries: np.ndarray
    entry_columns: np.ndarray
    entry_values: np.ndarray
