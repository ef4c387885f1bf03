"""Balanced 2-means on sparse rows, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

_options = {"cache": True, "nogil": True, "fastmath": {"reassoc", "contract", "nsz"}}


@njit(**_options)
def sparse_two_means(
    starts, ids, values, own, num_features, first, second, iterations, spherical
):
    """Halves sparse rows into two clusters of equal size.

    Gives what `keras_docs.models.xr.two_means.two_means` gives on the same rows; see
    there for the method.

    Args:
        starts: int64 array, CSR row pointers.
        ids: uint32 array, CSR column ids.
        values: float32 array, CSR values.
        own: float32 array, per row the squared length in columns that no other row has
            and that are therefore left out of the CSR arrays.
        num_features: int, the number of columns.
        first: int, the row that starts the left cluster.
        second: int, the row that starts the right cluster.
        iterations: int, at least 1.
        spherical: bool, whether centroids are scaled to length 1.

    Returns:
        bool array, True for the rows of the right, larger half.
    """
    right = np.zeros(len(starts) - 1, np.bool_)
    seeds = starts, ids, values, own, num_features, first, second
    _take_upper_half(_first_scores(*seeds, spherical), right)
    if iterations == 1:
        return right
    # Products with the left sum are those with the whole less those with the right, so
    # that one sum is kept, and moved on by the rows that change sides.
    whole = _column_sums(ids, values, num_features)
    with_whole = _dot_rows(starts, ids, values, whole) + own
    right_sum = np.zeros(num_features, np.float32)
    before = np.zeros_like(right)
    for _ in range(1, iterations):
        for row in np.flatnonzero(right != before):
            sign = np.float32(1) if right[row] else np.float32(-1)
            _add_row(starts, ids, values, row, sign, right_sum)
        scores = _dot_rows(starts, ids, values, right_sum)
        _score(scores, right, own, with_whole, spherical)
        before = right.copy()
        if not _take_upper_half(scores, right):
            break
    return right


@njit(**_options)
def take_sparse_rows(starts, ids, values, own, num_features, rows):
    """The chosen rows, with only the columns that two or more of them have.

    Args:
        starts: int64 array, CSR row pointers.
        ids: uint32 array, CSR column ids.
        values: float32 array, CSR values.
        own: float32 array; see `sparse_two_means`.
        num_features: int, the number of columns.
        rows: integer array, the rows to take.

    Returns:
        The same first five for the chosen rows: columns numbered anew in the order in
        which they are met, columns of one row moved into `own`.
    """
    counts = np.zeros(num_features, np.int32)
    for row in rows:
        for f in ids[starts[row] : starts[row + 1]]:
            counts[f] += 1
    entries = 0
    for count in counts:
        entries += count if count > 1 else 0
    new_starts = np.zeros(len(rows) + 1, np.int64)
    new_ids = np.empty(entries, np.uint32)
    new_values = np.empty(entries, np.float32)
    new_own = np.empty(len(rows), np.float32)
    # From here on `counts` is -1 - the new id of a column that has one.
    kept, at = 0, 0
    for n in range(len(rows)):
        row_ids = ids[starts[rows[n]] : starts[rows[n] + 1]]
        row_values = values[starts[rows[n]] : starts[rows[n] + 1]]
        alone = own[rows[n]]
        for j in range(len(row_ids)):
            f = row_ids[j]
            if counts[f] == 1:
                alone += row_values[j] * row_values[j]
                continue
            if counts[f] > 1:
                counts[f] = -1 - kept
                kept += 1
            new_ids[at] = -1 - counts[f]
            new_values[at] = row_values[j]
            at += 1
        new_starts[n + 1] = at
        new_own[n] = alone
    return new_starts, new_ids, new_values, new_own, kept


# Below, slices and unsigned ids spare numba its checks for negative indices, without
# which LLVM makes vector code of the loops (3 times as fast).


@njit(**_options)
def _add_row(starts, ids, values, row, factor, vector):
    row_ids = ids[starts[row] : starts[row + 1]]
    row_values = values[starts[row] : starts[row + 1]]
    for j in range(len(row_ids)):
        vector[row_ids[j]] += factor * row_values[j]


@njit(**_options)
def _first_scores(starts, ids, values, own, num_features, first, second, spherical):
    """Products with the difference of two rows."""
    to_first, to_second = np.float32(1), np.float32(1)
    if spherical:
        to_first = _inverse_length(starts, values, own, first)
        to_second = _inverse_length(starts, values, own, second)
    difference = np.zeros(num_features, np.float32)
    _add_row(starts, ids, values, second, to_second, difference)
    _add_row(starts, ids, values, first, -to_first, difference)
    scores = _dot_rows(starts, ids, values, difference)
    scores[second] += own[second] * to_second
    scores[first] -= own[first] * to_first
    return scores


@njit(**_options)
def _inverse_length(starts, values, own, row):
    total = own[row]
    for value in values[starts[row] : starts[row + 1]]:
        total += value * value
    return np.float32(1 / np.sqrt(total)) if total > 0 else np.float32(1)


@njit(**_options)
def _column_sums(ids, values, num_features):
    sums = np.zeros(num_features, np.float32)
    for j in range(len(ids)):
        sums[ids[j]] += values[j]
    return sums


@njit(**_options)
def _dot_rows(starts, ids, values, vector):
    dots = np.empty(len(starts) - 1, np.float32)
    for i in range(len(dots)):
        row_ids = ids[starts[i] : starts[i + 1]]
        row_values = values[starts[i] : starts[i + 1]]
        total = np.float32(0)
        for j in range(len(row_ids)):
            total += row_values[j] * vector[row_ids[j]]
        dots[i] = total
    return dots


@njit(**_options)
def _score(scores, right, own, with_whole, spherical):
    """Products with the right sum, in place, to products with the difference."""
    in_right, in_left, count = 0.0, 0.0, 0
    for i in range(len(scores)):
        if right[i]:
            scores[i] += own[i]
            in_right += scores[i]
            count += 1
        else:
            in_left += with_whole[i] - scores[i]
    if spherical:
        # The products of a cluster's rows with their sum add up to its squared length.
        over_right, over_left = np.sqrt(in_right), np.sqrt(in_left)
    else:
        over_right, over_left = float(count), float(len(scores) - count)
    by_right = 1 / over_right if over_right > 0 else 0.0
    by_left = 1 / over_left if over_left > 0 else 0.0
    for i in range(len(scores)):
        scores[i] = scores[i] * (by_right + by_left) - with_whole[i] * by_left


@njit(**_options)
def _take_upper_half(scores, right):
    """Marks the upper half, ties by row; returns whether a mark changed."""
    half = len(scores) // 2
    middle = _kth_smallest(scores.copy(), half)
    below = 0
    for score in scores:
        below += score < middle
    ties_left = half - below
    changed = False
    for i in range(len(scores)):
        upper = scores[i] > middle
        if scores[i] == middle:
            upper = ties_left <= 0
            ties_left -= 1
        changed |= upper != right[i]
        right[i] = upper
    return changed


@njit(**_options)
def _kth_smallest(values, k):
    """Hoare's selection, in place; `np.partition` takes seconds to compile."""
    low, high = 0, len(values) - 1
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            break
    return values[k]
