"""Single steps against one-dimensional minimisation, and solutions against QP rules."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from keras_docs.kernels.dual_coordinate_descent import (
    HINGE,
    LOGISTIC,
    SQUARED_HINGE,
    Solver,
    Targets,
    first_dual,
    shuffle,
    solve_on_gram,
    step,
)

pytestmark = pytest.mark.no_tensors

LOSSES = {"squared_hinge": SQUARED_HINGE, "hinge": HINGE, "logistic": LOGISTIC}
CASES = [
    # margin, dual, norm, cost
    (-0.7, 0.2, 1.5, 1.0),
    (0.3, 0.5, 0.8, 2.0),
    (1.8, 0.4, 1.0, 0.5),
    (4.0, 0.1, 2.0, 1.0),
    (-3.0, 0.01, 0.3, 0.2),
]


def dual_objective(loss, value, margin, dual, norm, cost):
    """The dual along one variable, up to a constant."""
    moved = value - dual
    quadratic = 0.5 * norm * moved**2 + margin * moved
    if loss == SQUARED_HINGE:
        return quadratic + value**2 / (4 * cost) - value
    if loss == HINGE:
        return quadratic - value
    entropy = value * np.log(value) + (cost - value) * np.log(cost - value)
    return quadratic + entropy


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("case", CASES)
def test_a_step_minimises_the_dual_along_its_variable(loss, case):
    kind, highest = LOSSES[loss], {"squared_hinge": 50.0}.get(loss, case[3])
    best = minimize_scalar(
        lambda value: dual_objective(kind, value, *case),
        bounds=(1e-12, highest - 1e-12),
        method="bounded",
        options={"xatol": 1e-10},
    )
    value, gradient = step(kind, *map(np.float32, case))
    assert value == pytest.approx(best.x, abs=2e-4)
    assert np.sign(gradient) == np.sign(value - np.float32(case[1]))


@pytest.mark.parametrize("loss", LOSSES)
def test_the_best_value_is_left_alone(loss):
    kind = LOSSES[loss]
    margin, dual, norm, cost = map(np.float32, CASES[1])
    value, _ = step(kind, margin, dual, norm, cost)
    moved_margin = margin + norm * (value - dual)
    again, gradient = step(kind, moved_margin, value, norm, cost)
    assert again == pytest.approx(value, abs=1e-5)
    assert abs(gradient) < 1e-4


@pytest.mark.parametrize("loss", LOSSES)
def test_solution_fulfils_the_conditions_of_the_optimum(loss):
    random, kind, rows = np.random.default_rng(0), LOSSES[loss], 30
    x = random.normal(0, 1, (rows, 50)).astype("float32")
    gram = x @ x.T
    signs = np.where(random.random(rows) < 0.3, 1, -1).astype("float32")
    costs = random.uniform(0.1, 0.5, rows).astype("float32")
    start = [first_dual(kind, cost) for cost in costs]
    targets = Targets(signs, costs, np.array(start, "float32"))
    sums = gram @ (targets.duals * signs)
    solver = Solver(kind, np.float32(1e-5), np.float32(0), 5000)
    solve_on_gram(gram, targets, sums, solver, np.arange(rows, dtype="int32"), 0)
    duals = targets.duals.astype("float64")
    np.testing.assert_allclose(sums, gram @ (duals * signs), atol=1e-3)
    margins = signs * (gram @ (duals * signs))
    if kind == SQUARED_HINGE:
        # a = 2 C max(0, 1 - z)
        expected = 2 * costs * np.maximum(0, 1 - margins)
    elif kind == LOGISTIC:
        # a = C / (1 + exp(z))
        expected = costs / (1 + np.exp(margins))
    else:
        expected = np.where(margins < 1 - 1e-3, costs, duals)
        expected = np.where(margins > 1 + 1e-3, 0, expected)
        assert ((duals >= 0) & (duals <= costs)).all()
    np.testing.assert_allclose(duals, expected, atol=1e-3)


def test_the_logistic_loss_starts_inside_its_bounds():
    for cost in np.float32([1e-6, 1.0, 1e6]):
        assert 0 < first_dual(LOGISTIC, cost) < cost
    assert first_dual(HINGE, np.float32(1)) == first_dual(SQUARED_HINGE, 1.0) == 0


def test_shuffling_reorders_all_rows_evenly():
    order, state, counts = np.arange(5, dtype="int32"), 3, np.zeros((5, 5))
    for _ in range(4000):
        state = shuffle(order, state)
        assert sorted(order) == [0, 1, 2, 3, 4]
        counts[np.arange(5), order] += 1
    assert abs(counts / 4000 - 0.2).max() < 0.03


def test_the_same_state_gives_the_same_order():
    first, second = np.arange(20, dtype="int32"), np.arange(20, dtype="int32")
    assert shuffle(first, 7) == shuffle(second, 7)
    np.testing.assert_array_equal(first, second)
    shuffle(second, 8)
    assert not np.array_equal(first, second)
