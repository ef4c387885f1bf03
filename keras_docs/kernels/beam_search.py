"""Beam search through a tree of sparse linear models, compiled for the CPU.

A chunk of `ChunkedLayers` holds the weights of all children of a node, feature by
feature, so that one look-up of a feature serves all of them (masked sparse chunk
multiplication, Etter et al. 2021, arXiv 2106.02697). Which features a chunk has is a
bitmap with a running count: a look-up is one load and one population count. Queries
are taken chunk by chunk, so that a chunk's arrays stay in the cache.

`plain_beam_search.py` is the same with SciPy's sparse matrices.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from keras_docs.kernels.chunked_layers import DENSE_WIDTH
from keras_docs.kernels.population_count import population_count

NOOP, SIGMOID, HINGE = 0, 1, 2

# Unsigned, so that no index is checked for counting from the end.
_ZERO, _ONE = np.uint64(0), np.uint64(1)

_FAST = {"contract", "reassoc", "nsz"}


# Compiled with population_count.py aea99b1fec9c32d1


@njit(nogil=True, cache=True)
def fill_bitmap(features, words):
    """Writes which features there are: pairs of 64 bits and the count before them.

    Args:
        features: int32 (rows,), distinct.
        words: int64 (2 * ceil(num_features / 64),), overwritten.
    """
    words[:] = 0
    for i in range(features.size):
        feature = np.int64(features[i])
        words[(feature >> 6) * 2] |= np.int64(1) << (feature & 63)
    count = np.int64(0)
    for word in range(words.size // 2):
        words[2 * word + 1] = count
        count += population_count(words[2 * word])


@njit(nogil=True, cache=True)
def fill_bitmaps(layers, bitmaps):
    """Fills a row of `bitmaps`, int64 (chunks, words), for each chunk."""
    for chunk in range(bitmaps.shape[0]):
        first, last = layers.chunk_rows[chunk], layers.chunk_rows[chunk + 1]
        fill_bitmap(layers.row_features[first:last], bitmaps[chunk])


@njit(nogil=True, cache=True, error_model="numpy")
def _find_rows(features, values, words, first_row, row_entries, found):
    """Splits the features that a chunk has into dense rows and sparse rows.

    Nothing is skipped by a branch, which would be mispredicted half of the time: each
    candidate is written, and the counter moves on only if it is one.

    Returns:
        How many dense and how many sparse rows; `found` holds their first entries,
        lengths and the query's values.
    """
    rows, row_values, sparse_starts, sparse_lengths, sparse_values = found
    count = _ZERO
    for i in range(features.size):
        feature = np.int64(features[i])
        word = np.uint64((feature >> 6) * 2)
        bits, place = words[word], feature & 63
        before = population_count(bits & ((np.int64(1) << place) - 1))
        rows[count] = np.uint64(first_row + words[word + _ONE] + before)
        row_values[count] = values[i]
        count += np.uint64((bits >> place) & 1)
    dense, sparse = _ZERO, _ZERO
    for i in range(count):
        row, value = rows[i], row_values[i]
        start = np.uint64(row_entries[row])
        length = np.uint64(row_entries[row + _ONE]) - start
        sparse_starts[sparse], sparse_lengths[sparse] = start, length
        sparse_values[sparse] = value
        rows[dense], row_values[dense] = start, value
        is_dense = np.uint64(length == DENSE_WIDTH)
        dense += is_dense
        sparse += _ONE - is_dense
    return dense, sparse


@njit(nogil=True, cache=True, fastmath=_FAST, error_model="numpy")
def _add_rows(dense, sparse, found, entry_columns, entry_values, scores):
    starts, values, sparse_starts, sparse_lengths, sparse_values = found
    # Four rows at a time: each addition to `scores` waits for the one before.
    fours = dense & ~np.uint64(3)
    for i in range(_ZERO, fours, np.uint64(4)):
        a, b = starts[i], starts[i + _ONE]
        c, d = starts[i + np.uint64(2)], starts[i + np.uint64(3)]
        x_a, x_b = values[i], values[i + _ONE]
        x_c, x_d = values[i + np.uint64(2)], values[i + np.uint64(3)]
        for j in range(np.uint64(DENSE_WIDTH)):
            scores[j] += (
                x_a * entry_values[a + j]
                + x_b * entry_values[b + j]
                + x_c * entry_values[c + j]
                + x_d * entry_values[d + j]
            )
    for i in range(fours, dense):
        a, x = starts[i], values[i]
        for j in range(np.uint64(DENSE_WIDTH)):
            scores[j] += x * entry_values[a + j]
    for i in range(sparse):
        start, x = sparse_starts[i], sparse_values[i]
        for entry in range(start, start + sparse_lengths[i]):
            scores[np.uint64(entry_columns[entry])] += x * entry_values[entry]


@njit(nogil=True, cache=True, error_model="numpy")
def _activate(scores, width, parent, kind, power):
    """Turns margins into log values: the parent's log value plus the child's own."""
    if kind == HINGE:
        for j in range(width):
            short = max(np.float32(0), np.float32(1) - scores[j])
            loss = short
            for _ in range(power - 1):
                loss *= short
            scores[j] = parent - loss
    elif kind == SIGMOID:
        for j in range(width):
            z = scores[j]
            scores[j] = parent + min(z, np.float32(0)) - np.log1p(np.exp(-abs(z)))


@njit(nogil=True, cache=True, error_model="numpy")
def _insert(values, columns, count, k, value, column):
    """Puts a value into a falling list of at most k; the earlier of equals stays."""
    place = min(count, k - 1)
    while place > 0 and values[place - 1] < value:
        values[place] = values[place - 1]
        columns[place] = columns[place - 1]
        place -= 1
    values[place] = value
    columns[place] = column
    return min(count + 1, k)


@njit(nogil=True, cache=True, error_model="numpy")
def _by_chunk(nodes, counts, num_chunks):
    """The (query, beam place) pairs, those of one chunk together."""
    width = nodes.shape[1]
    total = counts.sum()
    order = np.empty(total, np.int64)
    if 4 * total < num_chunks:
        place = 0
        for query in range(counts.size):
            for slot in range(counts[query]):
                order[place] = query * width + slot
                place += 1
        return order
    starts = np.zeros(num_chunks + 1, np.int64)
    for query in range(counts.size):
        for slot in range(counts[query]):
            starts[nodes[query, slot] + 1] += 1
    for chunk in range(num_chunks):
        starts[chunk + 1] += starts[chunk]
    for query in range(counts.size):
        for slot in range(counts[query]):
            chunk = nodes[query, slot]
            order[starts[chunk]] = query * width + slot
            starts[chunk] += 1
    return order


@njit(nogil=True, cache=True)
def longest_list(starts):
    """How many entries the longest of some lists has; `starts` is (lists + 1,)."""
    longest = 0
    for i in range(starts.size - 1):
        longest = max(longest, starts[i + 1] - starts[i])
    return longest


@njit(nogil=True, cache=True)
def room_for_rows(queries):
    """Arrays in which the rows of a chunk are found, for the longest query."""
    longest = longest_list(queries.starts) + 1
    return (
        np.empty(longest, np.uint64),
        np.empty(longest, np.float32),
        np.empty(longest, np.uint64),
        np.empty(longest, np.uint64),
        np.empty(longest, np.float32),
    )


@njit(nogil=True, cache=True, error_model="numpy")
def score_level(queries, layers, level, nodes, counts, bitmaps, words, found, scores):
    """Fills `scores` (queries * places, columns) with the margins of nodes' children.

    Args:
        queries: `Csr`.
        layers: `ChunkedLayers`.
        level: int, the level of the children.
        nodes: int32 (queries, places), nodes of the level above.
        counts: int64 (queries,), how many of a query's places are used.
        bitmaps: see `beam_search`.
        words: int64 (num_words,), room for a bitmap; empty if there are `bitmaps`.
        found: room for `_find_rows`, see `room_for_rows`.
        scores: float32 (queries * places, columns), at least `DENSE_WIDTH` columns.
    """
    places = nodes.shape[1]
    first_chunk = layers.level_chunks[level]
    current = np.int64(-1)
    order = _by_chunk(nodes, counts, layers.level_chunks[level + 1] - first_chunk)
    for i in range(order.size):
        pair = order[i]
        query = pair // places
        chunk = np.int64(first_chunk + nodes[query, pair - query * places])
        first_row = layers.chunk_rows[chunk]
        if bitmaps.shape[0]:
            words = bitmaps[chunk]
        elif chunk != current:
            last_row = layers.chunk_rows[chunk + 1]
            fill_bitmap(layers.row_features[first_row:last_row], words)
        current = chunk
        row = scores[pair]
        first = layers.chunk_columns[chunk]
        width = layers.chunk_columns[chunk + 1] - first
        for j in range(width):
            row[j] = layers.bias[first + j]
        for j in range(width, DENSE_WIDTH):
            row[j] = 0
        begin, end = queries.starts[query], queries.starts[query + 1]
        dense, sparse = _find_rows(
            queries.features[begin:end],
            queries.values[begin:end],
            words,
            first_row,
            layers.row_entries,
            found,
        )
        _add_rows(dense, sparse, found, layers.entry_columns, layers.entry_values, row)


@njit(nogil=True, cache=True, error_model="numpy")
def _keep_best(layers, level, nodes, values, counts, scores, k, kind, power):
    """The k best children of each query's nodes; `counts` becomes how many there are.

    Returns:
        Nodes of the level, int32 (queries, k), and their values.
    """
    queries, places = nodes.shape
    best = np.full((queries, k), -1, np.int32)
    best_values = np.full((queries, k), -np.inf, np.float32)
    for query in range(queries):
        count = 0
        for place in range(counts[query]):
            chunk = layers.level_chunks[level] + nodes[query, place]
            first = layers.chunk_columns[chunk]
            width = layers.chunk_columns[chunk + 1] - first
            row = scores[query * places + place]
            _activate(row, width, values[query, place], kind, power)
            for j in range(width):
                if row[j] > best_values[query, k - 1] or count < k:
                    count = _insert(
                        best_values[query], best[query], count, k, row[j], first + j
                    )
        counts[query] = count
        for i in range(count):
            best[query, i] = layers.column_nodes[best[query, i]]
    return best, best_values


@njit(nogil=True, cache=True, error_model="numpy")
def beam_search(queries, layers, bitmaps, num_words, beam_sizes, kind, power):
    """The best nodes of the last level for each query.

    Args:
        queries: `Csr`; features below the model's number.
        layers: `ChunkedLayers`.
        bitmaps: int64 (chunks, num_words) of `fill_bitmaps`, or (0, 0): then each
            bitmap is made when its chunk's turn comes.
        num_words: int, 2 * ceil(num_features / 64).
        beam_sizes: int64 (levels,): how many nodes each level keeps; for the last
            level, how many labels to return.
        kind: NOOP, SIGMOID or HINGE.
        power: int, exponent of the hinge.

    Returns:
        Nodes, int32 (queries, k), -1 where there are fewer than k, and their values,
        float32 (queries, k), falling: the sum of the logs along the path, or the
        margin itself for NOOP.
    """
    count = queries.starts.size - 1
    found = room_for_rows(queries)
    words = np.empty(0 if bitmaps.shape[0] else num_words, np.int64)
    nodes = np.zeros((count, 1), np.int32)
    values = np.zeros((count, 1), np.float32)
    counts = np.ones(count, np.int64)
    for level in range(layers.level_chunks.size - 1):
        first, last = layers.level_chunks[level], layers.level_chunks[level + 1]
        widest = max(longest_list(layers.chunk_columns[first : last + 1]), DENSE_WIDTH)
        scores = np.empty((count * nodes.shape[1], widest), np.float32)
        score_level(
            queries, layers, level, nodes, counts, bitmaps, words, found, scores
        )
        nodes, values = _keep_best(
            layers,
            level,
            nodes,
            values,
            counts,
            scores,
            beam_sizes[level],
            kind,
            power,
        )
    return nodes, values
