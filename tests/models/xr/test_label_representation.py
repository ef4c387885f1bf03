"""Label vectors against their formulas in dense NumPy, and closed forms."""

import numpy as np
import pytest
from scipy.sparse import csc_matrix, csr_matrix, issparse, random_array

from keras_docs.models.xr.label_representation import (
    graph_spectrum,
    label_features,
    pifa,
    pifa_with_label_features,
    pii,
)

pytestmark = pytest.mark.no_tensors

ROWS, LABELS, FEATURES = 60, 12, 20
NO_ROW = 7


@pytest.fixture
def y():
    rng = np.random.default_rng(0)
    matrix = (rng.random((ROWS, LABELS)) < 0.2).astype(float)
    matrix[:, NO_ROW] = 0
    matrix[3] = 0
    return csr_matrix(matrix)


@pytest.fixture
def x():
    rng = np.random.default_rng(1)
    return csr_matrix(random_array((ROWS, FEATURES), density=0.3, rng=rng))


@pytest.fixture
def z():
    return np.random.default_rng(2).normal(size=(LABELS, FEATURES))


def unit(rows):
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1)


def dense(rows):
    assert rows.dtype == np.float32
    return rows.toarray() if issparse(rows) else rows


def by_formula(x, y):
    return unit(unit(y.toarray()).T @ x.toarray())


def test_pii_is_the_formula(y):
    np.testing.assert_allclose(dense(pii(y)), unit(y.toarray().T), atol=1e-6)


@pytest.mark.parametrize("kind", [csr_matrix, csc_matrix])
def test_pifa_is_the_formula(x, y, kind):
    found = pifa(kind(x), kind(y))
    assert issparse(found) and found.format == "csr"
    np.testing.assert_allclose(dense(found), by_formula(x, y), atol=1e-6)


def test_pifa_of_dense_features_is_dense(x, y):
    found = pifa(x.toarray(), y)
    assert isinstance(found, np.ndarray) and found.dtype == np.float32
    np.testing.assert_allclose(found, by_formula(x, y), atol=1e-6)


def test_labels_without_rows_are_zero_unless_they_have_features(x, y, z):
    for vectors in (pii(y), pifa(x, y)):
        assert not dense(vectors)[NO_ROW].any()
    added = pifa_with_label_features(x, y, z, combine="add", alpha=0.3)
    beside = pifa_with_label_features(x, y, z, alpha=0.3)
    np.testing.assert_allclose(added[NO_ROW], unit(z)[NO_ROW], atol=1e-6)
    expected = np.r_[np.zeros(FEATURES), unit(z)[NO_ROW]]
    np.testing.assert_allclose(dense(beside)[NO_ROW], expected, atol=1e-6)


@pytest.mark.parametrize("z_kind", [np.asarray, csr_matrix])
@pytest.mark.parametrize("alpha", [0.5, 0.2, 0, 1, np.linspace(0, 1, LABELS)])
def test_label_features_are_combined_by_the_formulas(x, y, z, z_kind, alpha):
    weights = np.broadcast_to(alpha, LABELS)[:, None]
    parts = weights * by_formula(x, y), (1 - weights) * unit(z)
    z = z_kind(z)
    added = pifa_with_label_features(x, y, z, combine="add", alpha=alpha)
    np.testing.assert_allclose(dense(added), unit(sum(parts)), atol=1e-6)
    beside = pifa_with_label_features(x, y, z, alpha=alpha)
    np.testing.assert_allclose(dense(beside), unit(np.hstack(parts)), atol=1e-6)
    assert issparse(beside) and beside.format == "csr"


def test_dense_parts_stay_dense(x, y, z):
    found = pifa_with_label_features(x.toarray(), y, z)
    assert isinstance(found, np.ndarray) and found.shape == (LABELS, 2 * FEATURES)


def test_label_features_are_scaled_copies(z):
    before = z.copy()
    np.testing.assert_allclose(label_features(z), unit(z), atol=1e-6)
    float32 = z.astype("float32")
    label_features(float32)
    np.testing.assert_array_equal(float32, before.astype("float32"))


def test_arguments_are_not_changed(x, y):
    x, y = x.astype("float32"), y.astype("float32")
    before = x.copy(), y.copy()
    pifa(x, y), pii(y), graph_spectrum(y, 3)
    for mine, theirs in zip((x, y), before, strict=True):
        assert abs(mine - theirs).max() == 0


def test_spectrum_spans_the_singular_vectors():
    """A matrix whose first singular values are far from the others."""
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 4, 300), rng.integers(0, 4, 50)
    same = groups[0][:, None] == groups[1]
    y = (rng.random((300, 50)) < np.where(same, 0.6, 0.03)).astype(float)
    degrees = y.sum(1, keepdims=True), y.sum(0, keepdims=True)
    scaled = y / np.sqrt(degrees[0].clip(1)) / np.sqrt(degrees[1].clip(1))
    _, values, vectors = np.linalg.svd(scaled)
    assert values[0] == pytest.approx(1) and values[3] > 1.5 * values[4]
    found, expected = graph_spectrum(csr_matrix(y), 3), unit(vectors[1:4].T)
    # Singular vectors may change their signs, which keeps the products of the rows.
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=2e-3)


def test_spectrum_tells_separate_groups_apart():
    """Four groups of labels that never share a row."""
    groups = np.repeat(np.arange(4), 5)
    rng = np.random.default_rng(0)
    y = np.zeros((200, 20))
    for row in range(200):
        y[row, rng.choice(np.flatnonzero(groups == row % 4), 2, replace=False)] = 1
    found = graph_spectrum(csr_matrix(y), 3)
    cosines = found @ found.T
    same = groups[:, None] == groups
    assert cosines[same].min() > 0.95 and cosines[~same].max() < 0.1


def test_spectrum_follows_its_seed(y):
    first, again, other = (graph_spectrum(y, 4, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert first.dtype == np.float32 and np.isfinite(first).all()
    assert not np.array_equal(first, other)
    assert graph_spectrum(y).shape == (LABELS, LABELS - 1)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda x, y, z: pifa(x[:9], y), "`x` has 9 rows, but `y` has 60"),
        (lambda x, y, z: pifa(x, np.zeros(60)), "`y` must be a matrix of numbers"),
        (lambda x, y, z: pifa(x * np.nan, y), "`x` holds nan in row 0"),
        (lambda x, y, z: pii(y * np.inf), "`y` holds inf"),
        (lambda x, y, z: label_features("names"), "`z` must be a matrix"),
        (
            lambda x, y, z: pifa_with_label_features(x, y, z[1:]),
            r"`z` must have one row per label.*12 columns.*\(11, 20\)",
        ),
        (
            lambda x, y, z: pifa_with_label_features(x, y, z[:, 1:], combine="add"),
            "`z` has 19 features but `x` has 20",
        ),
        (
            lambda x, y, z: pifa_with_label_features(x, y, z, combine="mix"),
            "`combine` must be",
        ),
        (
            lambda x, y, z: pifa_with_label_features(x, y, z, alpha=1.5),
            "`alpha`.*Received: 1.5",
        ),
        (
            lambda x, y, z: pifa_with_label_features(x, y, z, alpha=[0.5, 0.5]),
            "`alpha`.*12 of them",
        ),
        (lambda x, y, z: graph_spectrum(-y), "`y` must not be negative"),
        (lambda x, y, z: graph_spectrum(y, 12), "`dim` must be .* 1 to 11"),
        (lambda x, y, z: graph_spectrum(y[:, :1]), "`dim`.*1 to 0"),
        (lambda x, y, z: graph_spectrum(y, 0), "`dim`.*Received: 0"),
    ],
)
def test_bad_input_is_named(x, y, z, call, message):
    with pytest.raises(ValueError, match=message):
        call(x, y, z)
