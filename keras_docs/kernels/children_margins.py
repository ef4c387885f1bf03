"""Margins of the children of given nodes, compiled for the CPU."""

from __future__ import annotations

import numpy as np
from numba import njit

from keras_docs.kernels.beam_search import longest_list, room_for_rows, score_level
from keras_docs.kernels.chunked_layers import DENSE_WIDTH

# Compiled with beam_search.py 829daec78395b9d2


@njit(nogil=True, cache=True, error_model="numpy")
def children_margins(queries, layers, level, nodes, counts, bitmaps, num_words):
    """The margins of the children of each query's nodes, as beam search adds them up.

    Args:
        queries: `Csr`; features below the model's number.
        layers: `ChunkedLayers`.
        level: int, the level of the children.
        nodes: int32 (queries, places), nodes of the level above.
        counts: int64 (queries,), how many of a query's places are used.
        bitmaps: int64 (chunks, num_words) of `fill_bitmaps`, or (0, 0).
        num_words: int, 2 * ceil(num_features / 64).

    Returns:
        float32 (queries, places, columns): a node's children in the order of its chunk;
        other columns and unused places hold anything.
    """
    first, last = layers.level_chunks[level], layers.level_chunks[level + 1]
    widest = max(longest_list(layers.chunk_columns[first : last + 1]), DENSE_WIDTH)
    count, places = nodes.shape
    scores = np.empty((count * places, widest), np.float32)
    words = np.empty(0 if bitmaps.shape[0] else num_words, np.int64)
    score_level(
        queries,
        layers,
        level,
        nodes,
        counts,
        bitmaps,
        words,
        room_for_rows(queries),
        scores,
    )
    return scores.reshape(count, places, widest)
