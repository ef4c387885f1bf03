"""Dual coordinate descent for L2-regularised linear classifiers, compiled for the CPU.

For labels y = ±1 and costs C, the dual variables a >= 0 minimise
1/2 |sum_i a_i y_i x_i|^2 plus a term per row that depends on the loss; the weights are
w = sum_i a_i y_i x_i. One variable is moved to its optimum at a time (Hsieh et al.
2008, "A Dual Coordinate Descent Method for Large-scale Linear SVM", algorithm 1; for
the logistic loss Yu, Huang and Lin 2011, algorithm 5).

Two solvers share the step. `solve_on_gram` keeps K a, with K the inner products of all
rows: a step costs one row of K, whatever the number of features. `lane_solver` keeps w
for several labels at once, side by side in memory, so that one pass over a row's
features serves all of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

SQUARED_HINGE, HINGE, LOGISTIC = 0, 1, 2
# No variable of the logistic loss may be 0: its derivative is infinite there.
SMALLEST_SHARE = np.float32(1e-3)
SMALLEST = np.float32(1e-8)

_FAST = {"contract", "reassoc", "nsz"}
_NEWTON_STEPS = 8


class Rows(NamedTuple):
    """The rows to learn from, as CSR arrays with a cluster's own feature numbers.

    Args:
        starts: int64 (rows + 1,). A row's features that other rows have too come first.
        ends: int64 (rows,), where those end.
        features: int32 (entries,).
        values: float32 (entries,).
        norms: float32 (rows,), squared norms, the bias included.
        own_norms: float32 (rows,), the part of features that no other row has.
        bias: float32, the value of one more feature that every row has.
    """

    starts: np.ndarray
    ends: np.ndarray
    features: np.ndarray
    values: np.ndarray
    norms: np.ndarray
    own_norms: np.ndarray
    bias: float


class Targets(NamedTuple):
    """What to learn, and the solution: a column per label, or none for one label.

    Args:
        signs: float32 (rows, labels), +1 or -1.
        costs: float32 (rows, labels).
        duals: float32 (rows, labels), the start; overwritten by the solution.
    """

    signs: np.ndarray
    costs: np.ndarray
    duals: np.ndarray


class Solver(NamedTuple):
    """How to solve.

    Args:
        loss: int, SQUARED_HINGE, HINGE or LOGISTIC.
        tolerance: float32; a pass in which the gradients differ by less is the last.
        idle: float32; variables whose gradient is smaller stay.
        passes: int, at most.
    """

    loss: int
    tolerance: float
    idle: float
    passes: int


@njit(nogil=True, cache=True)
def first_dual(loss, cost):
    """Where a dual variable starts."""
    if loss == LOGISTIC:
        return min(SMALLEST_SHARE * cost, SMALLEST)
    return np.float32(0)


@njit(nogil=True, cache=True, error_model="numpy")
def _logistic_step(margin, dual, norm, cost):
    """Newton's method on log(a / (C - a)) + norm (a - dual) + margin = 0."""
    low, high, value = np.float32(0), cost, dual
    for _ in range(_NEWTON_STEPS):
        slope = np.log(value / (cost - value)) + norm * (value - dual) + margin
        if slope > 0:
            high = value
        else:
            low = value
        curvature = norm + cost / (value * (cost - value))
        following = value - slope / curvature
        room = min(value, cost - value)
        if abs(following - value) <= np.float32(1e-4) * room:
            value = following
            break
        # Outside of what is known to hold the root: halve that instead.
        if not low < following < high:
            following = np.float32(0.5) * (low + high)
        value = following
    return value, (value - dual) * (norm + cost / (value * (cost - value)))


@njit(nogil=True, cache=True, error_model="numpy")
def step(loss, margin, dual, norm, cost):
    """The best value of one dual variable, the others fixed.

    Args:
        loss: SQUARED_HINGE, HINGE or LOGISTIC.
        margin: y w·x.
        dual: the present value.
        norm: |x|^2.
        cost: C of this row.

    Returns:
        The new value, and how far the old one was from optimal, as a gradient.
    """
    if loss == SQUARED_HINGE:
        diagonal = np.float32(0.5) / cost
        curvature = norm + diagonal
        slope = margin + diagonal * dual - np.float32(1)
        value = max(dual - slope / curvature, np.float32(0))
        return value, (value - dual) * curvature
    if loss == HINGE:
        value = dual - (margin - np.float32(1)) / norm
        value = min(max(value, np.float32(0)), cost)
        return value, (value - dual) * norm
    return _logistic_step(margin, dual, norm, cost)


@njit(nogil=True, cache=True)
def shuffle(order, state):
    """Reorders in place; returns the next state of the generator, an int64."""
    for i in range(order.size - 1, 0, -1):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        j = (state >> 8) % (i + 1)
        order[i], order[j] = order[j], order[i]
    return state


@njit(nogil=True, cache=True, fastmath=_FAST, error_model="numpy")
def solve_on_gram(gram, targets, sums, solver, order, state):
    """Trains one label on the rows' inner products.

    Args:
        gram: float32 (rows, rows), K.
        targets: `Targets` of one label.
        sums: float32 (rows,), K (duals * signs); kept up to date.
        solver: `Solver`.
        order: int32 (rows,), a permutation, reshuffled in place.
        state: int64, of the random generator.

    Returns:
        The state.
    """
    signs, costs, duals = targets
    rows = signs.size
    for _ in range(solver.passes):
        state = shuffle(order, state)
        highest, lowest = np.float32(-np.inf), np.float32(np.inf)
        for place in range(rows):
            i = order[place]
            value, gradient = step(
                solver.loss, signs[i] * sums[i], duals[i], gram[i, i], costs[i]
            )
            highest, lowest = max(highest, gradient), min(lowest, gradient)
            if abs(gradient) > solver.idle:
                change = (value - duals[i]) * signs[i]
                duals[i] = value
                row = gram[i]
                for j in range(rows):
                    sums[j] += change * row[j]
        if highest - lowest <= solver.tolerance:
            break
    return state


def lane_solver(lanes: int):
    """A solver that trains `lanes` labels at once.

    Args:
        lanes: int, how many labels; a constant of the compiled code.

    Returns:
        A compiled function `(rows, targets, weights, bias_weights, labels, solver,
        order, state) -> state`. `targets` has `lanes` columns, of which the first
        `labels` are trained; `weights`, float32 (features, lanes), and `bias_weights`,
        float32 (lanes,), belong to the duals at the start and at the end.
    """

    @njit(nogil=True, cache=True, fastmath=_FAST, error_model="numpy")
    def add_margins(rows, i, weights, bias_weights, sums):
        for j in range(lanes):
            sums[j] = rows.bias * bias_weights[j]
        features, values = rows.features, rows.values
        entry, end = rows.starts[i], rows.ends[i]
        # Four features at a time: each addition to `sums` waits for the one before.
        while entry + 4 <= end:
            a, b = weights[features[entry]], weights[features[entry + 1]]
            c, d = weights[features[entry + 2]], weights[features[entry + 3]]
            x_a, x_b = values[entry], values[entry + 1]
            x_c, x_d = values[entry + 2], values[entry + 3]
            for j in range(lanes):
                sums[j] += x_a * a[j] + x_b * b[j] + x_c * c[j] + x_d * d[j]
            entry += 4
        while entry < end:
            row, x = weights[features[entry]], values[entry]
            for j in range(lanes):
                sums[j] += x * row[j]
            entry += 1

    @njit(nogil=True, cache=True, fastmath=_FAST, error_model="numpy")
    def move_squared_hinge(rows, targets, i, idle, lane_arrays):
        # As `step`, without branches: the compiler takes all lanes in one go.
        sums, changes, highest, lowest, waiting = lane_arrays
        signs, costs, duals = targets.signs[i], targets.costs[i], targets.duals[i]
        norm, own = rows.norms[i], rows.own_norms[i]
        moved = np.float32(0)
        for j in range(lanes):
            diagonal = np.float32(0.5) / costs[j]
            curvature = norm + diagonal
            slope = signs[j] * sums[j] + (own + diagonal) * duals[j] - np.float32(1)
            change = max(-slope / curvature, -duals[j])
            gradient = change * curvature
            highest[j] = max(highest[j], gradient)
            lowest[j] = min(lowest[j], gradient)
            moves = np.float32(abs(gradient) > idle) * waiting[j]
            change *= moves
            duals[j] += change
            changes[j] = change * signs[j]
            moved = max(moved, moves)
        return moved > 0

    @njit(nogil=True, cache=True, error_model="numpy")
    def move_any(rows, targets, i, labels, loss, idle, lane_arrays):
        sums, changes, highest, lowest, waiting = lane_arrays
        signs, costs, duals = targets.signs[i], targets.costs[i], targets.duals[i]
        moved = False
        for j in range(labels):
            margin = signs[j] * sums[j] + rows.own_norms[i] * duals[j]
            value, gradient = step(loss, margin, duals[j], rows.norms[i], costs[j])
            highest[j] = max(highest[j], gradient)
            lowest[j] = min(lowest[j], gradient)
            changes[j] = 0
            if waiting[j] > 0 and abs(gradient) > idle:
                changes[j] = (value - duals[j]) * signs[j]
                duals[j] = value
                moved = True
        return moved

    @njit(nogil=True, cache=True, fastmath=_FAST, error_model="numpy")
    def add_changes(rows, i, changes, weights, bias_weights):
        for entry in range(rows.starts[i], rows.ends[i]):
            row, x = weights[rows.features[entry]], rows.values[entry]
            for j in range(lanes):
                row[j] += x * changes[j]
        for j in range(lanes):
            bias_weights[j] += rows.bias * changes[j]

    @njit(nogil=True, cache=True, fastmath=_FAST, error_model="numpy")
    def solve(rows, targets, weights, bias_weights, labels, solver, order, state):
        sums, changes = np.empty(lanes, np.float32), np.zeros(lanes, np.float32)
        highest, lowest = np.empty(lanes, np.float32), np.empty(lanes, np.float32)
        waiting = np.zeros(lanes, np.float32)
        waiting[:labels] = 1
        lane_arrays = (sums, changes, highest, lowest, waiting)
        for _ in range(solver.passes):
            state = shuffle(order, state)
            highest[:], lowest[:] = -np.inf, np.inf
            for place in range(order.size):
                i = order[place]
                add_margins(rows, i, weights, bias_weights, sums)
                if solver.loss == SQUARED_HINGE:
                    moved = move_squared_hinge(
                        rows, targets, i, solver.idle, lane_arrays
                    )
                else:
                    moved = move_any(
                        rows, targets, i, labels, solver.loss, solver.idle, lane_arrays
                    )
                if moved:
                    add_changes(rows, i, changes, weights, bias_weights)
            for j in range(labels):
                if highest[j] - lowest[j] <= solver.tolerance:
                    waiting[j] = 0
            if waiting.max() == 0:
                break
        return state

    return solve
