"""Classifiers of a cluster against scikit-learn's LIBLINEAR."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from keras_docs.kernels.csr import Csr
from keras_docs.kernels.dual_coordinate_descent import (
    HINGE,
    LOGISTIC,
    SQUARED_HINGE,
    Solver,
)
from keras_docs.kernels.train_cluster import (
    FEW_LANES,
    GRAM_FACTOR,
    Labels,
    WorkSpace,
    train_cluster,
)

pytestmark = pytest.mark.no_tensors

EXACT = 1e-5
# Few rows with many features are solved on inner products, many short rows on features.
SHAPES = {"gram": (40, 60, 0.4), "features": (200, 24, 0.2)}


def problem(shape, num_labels, seed=0):
    rows, columns, density = SHAPES[shape]
    random = np.random.default_rng(seed)
    dense = random.normal(0, 1, (rows, columns)) * (random.random((rows, columns)))
    dense[random.random((rows, columns)) > density] = 0
    dense[3] = 0
    x = sparse.csr_matrix(dense.astype("float32"))
    uses_gram = rows**2 <= GRAM_FACTOR * x.nnz
    assert uses_gram == (shape == "gram")
    hidden = random.normal(0, 1, (columns, num_labels))
    margins = dense @ hidden + random.normal(0, 0.5, (rows, num_labels))
    return x, margins > np.quantile(margins, 0.8, axis=0)


def work_space(x):
    return WorkSpace(np.full(x.shape[1], -1, "int32"), np.full(x.shape[0], -1, "int32"))


def trained(x, y, *, loss=SQUARED_HINGE, costs=None, chosen=None, **settings):
    """Weights (features, labels) and biases."""
    settings = {
        "bias": 1.0,
        "negative_cost": 1.0,
        "tolerance": EXACT,
        "threshold": 0.0,
        "seed": 0,
        "space": work_space(x),
    } | settings
    by_label = sparse.csc_matrix(y.astype("float32") if costs is None else y * costs)
    labels = Labels(
        by_label.indptr.astype("int64"),
        by_label.indices.astype("int32"),
        by_label.data.astype("float32"),
    )
    solver = Solver(loss, np.float32(settings["tolerance"]), np.float32(0), 20_000)
    features, lengths, columns, values, biases = train_cluster(
        np.arange(x.shape[0], dtype="int32") if chosen is None else chosen,
        Csr(x.indptr, x.indices, x.data),
        labels,
        np.float32(settings["bias"]),
        np.float32(settings["negative_cost"]),
        solver,
        np.float32(settings["threshold"]),
        settings["seed"],
        settings["space"],
    )
    assert (np.diff(features) > 0).all() and (lengths > 0).all()
    places = (np.repeat(features, lengths), columns)
    weights = sparse.csr_matrix((values, places), shape=(x.shape[1], y.shape[1]))
    return weights.toarray(), biases


def liblinear(model, x, y, weights=None):
    """The same from scikit-learn, label by label."""
    coefficients, biases = [], []
    for label in range(y.shape[1]):
        own = None if weights is None else weights[:, label]
        model.fit(x.astype("float64"), y[:, label], sample_weight=own)
        coefficients.append(model.coef_[0].copy())
        biases.append(float(np.ravel(model.intercept_)[0]))
    return np.array(coefficients).T, np.array(biases)


def svm(loss, **settings):
    settings = {"C": 1.0, "tol": 1e-8, "max_iter": 2_000_000} | settings
    return LinearSVC(loss=loss, dual=True, random_state=0, **settings)


@pytest.mark.parametrize("num_labels", [1, FEW_LANES, FEW_LANES + 1, 19])
@pytest.mark.parametrize("shape", SHAPES)
def test_squared_hinge(shape, num_labels):
    x, y = problem(shape, num_labels)
    weights, biases = trained(x, y)
    expected, expected_biases = liblinear(svm("squared_hinge"), x, y)
    np.testing.assert_allclose(weights, expected, atol=2e-4)
    np.testing.assert_allclose(biases, expected_biases, atol=2e-4)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("num_labels", [2, 6])
def test_hinge(shape, num_labels):
    x, y = problem(shape, num_labels)
    weights, biases = trained(x, y, loss=HINGE)
    expected, expected_biases = liblinear(svm("hinge"), x, y)
    np.testing.assert_allclose(weights, expected, atol=1e-3)
    np.testing.assert_allclose(biases, expected_biases, atol=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("num_labels", [2, 6])
def test_logistic(shape, num_labels):
    x, y = problem(shape, num_labels)
    weights, biases = trained(x, y, loss=LOGISTIC)
    model = LogisticRegression(solver="liblinear", tol=1e-10, max_iter=10_000)
    expected, expected_biases = liblinear(model, x, y)
    np.testing.assert_allclose(weights, expected, atol=1e-3)
    np.testing.assert_allclose(biases, expected_biases, atol=1e-3)


@pytest.mark.parametrize("loss", ["squared_hinge", "hinge"])
@pytest.mark.parametrize("shape", SHAPES)
def test_costs_are_weights_of_the_rows(shape, loss):
    x, y = problem(shape, 5)
    costs = np.random.default_rng(1).uniform(0.2, 3, y.shape).astype("float32")
    kind = {"squared_hinge": SQUARED_HINGE, "hinge": HINGE}[loss]
    found = trained(x, y, loss=kind, costs=costs, negative_cost=0.5)
    expected = liblinear(svm(loss), x, y, np.where(y, costs, 0.5))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)


@pytest.mark.parametrize("bias", [0.0, 2.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_bias_is_one_more_feature(shape, bias):
    x, y = problem(shape, 3)
    weights, biases = trained(x, y, bias=bias)
    model = svm("squared_hinge", fit_intercept=bias > 0, intercept_scaling=bias or 1)
    expected, expected_biases = liblinear(model, x, y)
    np.testing.assert_allclose(weights, expected, atol=2e-4)
    np.testing.assert_allclose(biases, expected_biases if bias else 0, atol=3e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_only_chosen_rows_count(shape):
    x, y = problem(shape, 3)
    chosen = np.arange(x.shape[0] - 2, 0, -2, dtype="int32")
    found = trained(x, y, chosen=chosen)
    expected = liblinear(svm("squared_hinge"), x[chosen], y[chosen])
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_small_weights_are_dropped_and_the_others_stay(shape):
    x, y = problem(shape, 6)
    everything, biases = trained(x, y)
    some, same_biases = trained(x, y, threshold=0.3)
    assert 0 < np.count_nonzero(some) < np.count_nonzero(everything)
    kept = abs(everything) >= np.float32(0.3)
    np.testing.assert_array_equal(some, np.where(kept, everything, 0))
    np.testing.assert_array_equal(biases, same_biases)


@pytest.mark.parametrize("shape", SHAPES)
def test_work_space_is_left_clean_and_results_do_not_depend_on_it(shape):
    x, y = problem(shape, 3)
    space = work_space(x)
    first = trained(x, y, space=space, tolerance=0.1)
    assert (space.numbers == -1).all() and (space.places == -1).all()
    again = trained(x, y, space=space, tolerance=0.1)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_rows_give_no_weights():
    x, y = problem("gram", 3)
    weights, biases = trained(x, y, chosen=np.empty(0, "int32"))
    assert not weights.any() and not biases.any()


@pytest.mark.parametrize("loss", [SQUARED_HINGE, HINGE, LOGISTIC])
def test_a_label_that_all_rows_have_and_one_that_none_has(loss):
    x, _ = problem("gram", 1)
    y = np.zeros((x.shape[0], 2), bool)
    y[:, 0] = True
    weights, biases = trained(x, y, loss=loss, tolerance=1e-3)
    margins = x @ weights + biases
    assert np.isfinite(margins).all()
    assert (margins[:, 0] > 0).all() and (margins[:, 1] < 0).all()
