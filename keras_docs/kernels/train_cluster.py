"""Trains the classifiers of one cluster of labels, compiled for the CPU.

All labels of a cluster are learned on the same rows. What depends on the rows alone is
done once: features get small numbers of the cluster's own, norms and inner products are
computed, and the classifier that calls every row negative is trained; each label starts
from it.

`plain_train_cluster.py` trains the same labels with SciPy's sparse matrices.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from keras_docs.kernels.dual_coordinate_descent import (
    Rows,
    Targets,
    first_dual,
    lane_solver,
    solve_on_gram,
)

# Compiled with dual_coordinate_descent.py ba14b254d613ecfe
LANES, FEW_LANES = 16, 4
# Inner products pay off while a row of them is short beside the row's features.
GRAM_FACTOR = 8
MAX_GRAM_ROWS = 16_384

_FAST = {"contract", "reassoc", "nsz"}
_solve_lanes = lane_solver(LANES)
_solve_few_lanes = lane_solver(FEW_LANES)


class Labels(NamedTuple):
    """Which rows are positive for each label of a cluster.

    Args:
        starts: int64 (labels + 1,): label l's rows are `rows[starts[l]:starts[l + 1]]`.
        rows: int32. Rows that the cluster does not learn from do not count.
        costs: float32, the cost C of each positive row.
    """

    starts: np.ndarray
    rows: np.ndarray
    costs: np.ndarray


class WorkSpace(NamedTuple):
    """Arrays of -1, left as they were.

    Args:
        numbers: int32 (num_features,).
        places: int32 (all rows,).
    """

    numbers: np.ndarray
    places: np.ndarray


@njit(nogil=True, cache=True)
def _number_features(chosen, x, numbers):
    """The chosen rows, with features numbered in order of their first use."""
    entries = 0
    for row in chosen:
        entries += x.starts[row + 1] - x.starts[row]
    starts = np.empty(chosen.size + 1, np.int64)
    features, values = np.empty(entries, np.int32), np.empty(entries, np.float32)
    used, frequency = np.empty(entries, np.int32), np.zeros(entries, np.int32)
    count, entry = 0, 0
    for i in range(chosen.size):
        starts[i] = entry
        for e in range(x.starts[chosen[i]], x.starts[chosen[i] + 1]):
            feature = x.features[e]
            if numbers[feature] < 0:
                numbers[feature] = count
                used[count] = feature
                count += 1
            features[entry], values[entry] = numbers[feature], x.values[e]
            frequency[numbers[feature]] += 1
            entry += 1
    starts[chosen.size] = entry
    numbers[used[:count]] = -1
    return starts, features, values, used[:count].copy(), frequency[:count]


@njit(nogil=True, cache=True)
def _frequent_first(features, used, frequency):
    """Renumbers features by falling frequency: their weights share cache lines.

    Returns:
        The features by their new numbers, and how many occur in several rows.
    """
    highest = frequency.max() if frequency.size else 0
    places = np.zeros(highest + 2, np.int64)
    for i in range(used.size):
        places[highest - frequency[i] + 1] += 1
    for i in range(highest + 1):
        places[i + 1] += places[i]
    shared = places[highest - 1] if highest > 1 else 0
    renumbered, new = np.empty_like(used), np.empty(used.size, np.int32)
    for i in range(used.size):
        rank = highest - frequency[i]
        new[i] = places[rank]
        renumbered[places[rank]] = used[i]
        places[rank] += 1
    for entry in range(features.size):
        features[entry] = new[features[entry]]
    return renumbered, shared


@njit(nogil=True, cache=True)
def _shared_first(starts, features, values, shared):
    """Orders each row's features: those that other rows have too come first.

    Returns:
        Where the shared features of each row end, each row's squared norm, and the part
        of it that belongs to features of its own.
    """
    rows = starts.size - 1
    ends = np.empty(rows, np.int64)
    norms, own_norms = np.zeros(rows, np.float32), np.zeros(rows, np.float32)
    for i in range(rows):
        left, right = starts[i], starts[i + 1] - 1
        while left <= right:
            square = values[left] * values[left]
            norms[i] += square
            if features[left] < shared:
                left += 1
                continue
            own_norms[i] += square
            features[left], features[right] = features[right], features[left]
            values[left], values[right] = values[right], values[left]
            right -= 1
        ends[i] = left
    return ends, norms, own_norms


@njit(nogil=True, cache=True, fastmath=_FAST)
def _inner_products(rows, shared):
    """float32 (rows, rows), the bias included."""
    count = rows.norms.size
    gram = np.full((count, count), rows.bias * rows.bias, np.float32)
    firsts = np.zeros(shared + 1, np.int64)
    for i in range(count):
        for entry in range(rows.starts[i], rows.ends[i]):
            firsts[rows.features[entry] + 1] += 1
    for feature in range(shared):
        firsts[feature + 1] += firsts[feature]
    lasts = firsts[:shared].copy()
    owners = np.empty(firsts[shared], np.int32)
    owner_values = np.empty(firsts[shared], np.float32)
    for i in range(count):
        row = gram[i]
        for entry in range(rows.starts[i], rows.ends[i]):
            feature, x = rows.features[entry], rows.values[entry]
            for e in range(firsts[feature], lasts[feature]):
                row[owners[e]] += x * owner_values[e]
            owners[lasts[feature]], owner_values[lasts[feature]] = i, x
            lasts[feature] += 1
        row[i] = rows.norms[i]
    for i in range(count):
        for j in range(i + 1, count):
            gram[i, j] = gram[j, i]
    return gram


@njit(nogil=True, cache=True, fastmath=_FAST)
def _add_rows(rows, signed_duals, weights, bias_weights):
    """Weights of shared features: the sum of the rows times their signed duals."""
    lanes = signed_duals.shape[1]
    for i in range(rows.ends.size):
        row_duals = signed_duals[i]
        for entry in range(rows.starts[i], rows.ends[i]):
            row, x = weights[rows.features[entry]], rows.values[entry]
            for j in range(lanes):
                row[j] += x * row_duals[j]
        for j in range(lanes):
            bias_weights[j] += rows.bias * row_duals[j]


@njit(nogil=True, cache=True)
def _set_own_features(rows, signed_duals, weights):
    """Weights of the features that one row has alone."""
    for i in range(rows.ends.size):
        for entry in range(rows.ends[i], rows.starts[i + 1]):
            for j in range(signed_duals.shape[1]):
                weights[rows.features[entry], j] = (
                    signed_duals[i, j] * rows.values[entry]
                )


@njit(nogil=True, cache=True)
def _grown(array, size):
    larger = np.empty(2 * array.size + size, array.dtype)
    larger[: array.size] = array
    return larger


@njit(nogil=True, cache=True)
def _by_feature(used, features, columns, values):
    """Sorts entries by feature, then column.

    Returns:
        The features that have entries, ascending, how many each has, and the entries'
        columns and values.
    """
    ranking = np.argsort(used)
    ranks = np.empty(used.size, np.int64)
    for rank in range(used.size):
        ranks[ranking[rank]] = rank
    places = np.zeros(used.size + 1, np.int64)
    for e in range(features.size):
        places[ranks[features[e]] + 1] += 1
    lengths = places[1:].copy()
    for rank in range(used.size):
        places[rank + 1] += places[rank]
    sorted_columns = np.empty(features.size, np.int32)
    sorted_values = np.empty(features.size, np.float32)
    for e in range(features.size):
        rank = ranks[features[e]]
        sorted_columns[places[rank]] = columns[e]
        sorted_values[places[rank]] = values[e]
        places[rank] += 1
    has_entries = lengths > 0
    return (
        used[ranking][has_entries],
        lengths[has_entries].astype(np.int32),
        sorted_columns,
        sorted_values,
    )


@njit(nogil=True, cache=True)
def _mark_positives(labels, label, places, signs, costs):
    """Sets sign and cost of one label's positive rows."""
    for e in range(labels.starts[label], labels.starts[label + 1]):
        i = places[labels.rows[e]]
        if i >= 0:
            signs[i], costs[i] = 1, labels.costs[e]


@njit(nogil=True, cache=True, fastmath=_FAST, error_model="numpy")
def _solve_all_negative(gram, negative_cost, solver, order, state):
    """The classifier that calls every row negative: where each label starts.

    Returns:
        Its `Targets`, K (duals * signs), and the state.
    """
    rows = gram.shape[0]
    signs, costs = np.full(rows, -1, np.float32), np.empty(rows, np.float32)
    duals, sums = np.empty(rows, np.float32), np.zeros(rows, np.float32)
    costs[:] = negative_cost
    duals[:] = first_dual(solver.loss, negative_cost)
    for i in range(rows):
        for j in range(rows):
            sums[i] -= duals[j] * gram[i, j]
    start = Targets(signs, costs, duals)
    state = solve_on_gram(gram, start, sums, solver, order, state)
    return start, sums, state


@njit(nogil=True, cache=True, fastmath=_FAST, error_model="numpy")
def _train_on_gram(
    gram, start, start_sums, labels, label, negative_cost, solver, places, order, state
):
    """Signed duals of one label, and the state."""
    signs, costs = start.signs, start.costs
    duals, sums = start.duals.copy(), start_sums.copy()
    _mark_positives(labels, label, places, signs, costs)
    for e in range(labels.starts[label], labels.starts[label + 1]):
        i = places[labels.rows[e]]
        if i < 0:
            continue
        # The row was negative in the start: its part is taken back.
        duals[i] = first_dual(solver.loss, costs[i])
        change, row = duals[i] + start.duals[i], gram[i]
        for k in range(sums.size):
            sums[k] += change * row[k]
    targets = Targets(signs, costs, duals)
    state = solve_on_gram(gram, targets, sums, solver, order, state)
    duals *= signs
    for e in range(labels.starts[label], labels.starts[label + 1]):
        i = places[labels.rows[e]]
        if i >= 0:
            signs[i], costs[i] = -1, negative_cost
    return duals, state


@njit(nogil=True, cache=True, fastmath=_FAST, error_model="numpy")
def _train_on_features(
    rows,
    labels,
    first,
    count,
    negative_cost,
    solver,
    places,
    weights,
    bias_weights,
    signed_duals,
    order,
    state,
):
    """Fills weights and signed duals of `count` labels from `first` on."""
    lanes = weights.shape[1]
    signs = np.full(signed_duals.shape, -1, np.float32)
    costs = np.empty(signed_duals.shape, np.float32)
    costs[:] = negative_cost
    for j in range(count):
        _mark_positives(labels, first + j, places, signs[:, j], costs[:, j])
    start_dual = first_dual(solver.loss, negative_cost)
    if start_dual > 0:
        signed_duals[:] = start_dual * signs
        _add_rows(rows, signed_duals, weights, bias_weights)
    signed_duals[:] = start_dual
    targets = Targets(signs, costs, signed_duals)
    if lanes == FEW_LANES:
        state = _solve_few_lanes(
            rows, targets, weights, bias_weights, count, solver, order, state
        )
    else:
        state = _solve_lanes(
            rows, targets, weights, bias_weights, count, solver, order, state
        )
    signed_duals *= signs
    return state


@njit(nogil=True, cache=True)
def _prepare(chosen, x, bias, numbers):
    """The chosen rows as `Rows`, their features, and how many features are shared."""
    starts, features, values, used, frequency = _number_features(chosen, x, numbers)
    used, shared = _frequent_first(features, used, frequency)
    ends, norms, own_norms = _shared_first(starts, features, values, shared)
    norms += bias * bias
    return Rows(starts, ends, features, values, norms, own_norms, bias), used, shared


@njit(nogil=True, cache=True, fastmath=_FAST, error_model="numpy")
def train_cluster(
    chosen, x, labels, bias, negative_cost, solver, threshold, seed, work_space
):
    """Trains one classifier per label of a cluster.

    Args:
        chosen: int32 (m,), the rows to learn from, distinct.
        x: `Csr` of all rows.
        labels: `Labels`.
        bias: float32, the value of one more feature that every row has; 0 for none.
        negative_cost: float32, the cost of every negative row.
        solver: `Solver`.
        threshold: float32; smaller weights are dropped.
        seed: int64.
        work_space: `WorkSpace`.

    Returns:
        `features`, int32, ascending: those with a weight; `lengths`, int32, the number
        of weights of each; their `columns`, int32, and `values`, float32; and the
        labels' bias weights times the bias, float32 (labels,).
    """
    rows, used, shared = _prepare(chosen, x, bias, work_space.numbers)
    places, state = work_space.places, seed
    for i in range(chosen.size):
        places[chosen[i]] = i
    count, m = labels.starts.size - 1, chosen.size
    order = np.arange(m).astype(np.int32)
    lanes = FEW_LANES if count <= FEW_LANES else LANES
    weights = np.empty((used.size, lanes), np.float32)
    bias_weights, biases = np.empty(lanes, np.float32), np.empty(count, np.float32)
    duals = np.zeros((m, lanes), np.float32)
    uses_gram = m <= MAX_GRAM_ROWS and m * m <= GRAM_FACTOR * rows.features.size
    gram = _inner_products(rows, shared) if uses_gram else np.empty((0, 0), np.float32)
    start, start_sums, state = _solve_all_negative(
        gram, negative_cost, solver, order[: gram.shape[0]], state
    )
    kept_features, kept_columns = np.empty(256, np.int32), np.empty(256, np.int32)
    kept_values, kept = np.empty(256, np.float32), 0
    for first in range(0, count, lanes):
        block = min(lanes, count - first)
        weights[:], bias_weights[:] = 0, 0
        if uses_gram:
            for j in range(block):
                duals[:, j], state = _train_on_gram(
                    gram,
                    start,
                    start_sums,
                    labels,
                    first + j,
                    negative_cost,
                    solver,
                    places,
                    order,
                    state,
                )
            _add_rows(rows, duals, weights, bias_weights)
        else:
            state = _train_on_features(
                rows,
                labels,
                first,
                block,
                negative_cost,
                solver,
                places,
                weights,
                bias_weights,
                duals,
                order,
                state,
            )
        _set_own_features(rows, duals, weights)
        biases[first : first + block] = bias_weights[:block] * bias
        for feature in range(used.size):
            if kept + lanes > kept_values.size:
                kept_features = _grown(kept_features, lanes)
                kept_columns = _grown(kept_columns, lanes)
                kept_values = _grown(kept_values, lanes)
            for j in range(block):
                value = weights[feature, j]
                if abs(value) >= threshold and value != 0:
                    kept_features[kept], kept_columns[kept] = feature, first + j
                    kept_values[kept] = value
                    kept += 1
    for row in chosen:
        places[row] = -1
    features, lengths, columns, values = _by_feature(
        used, kept_features[:kept], kept_columns[:kept], kept_values[:kept]
    )
    return features, lengths, columns, values, biases
