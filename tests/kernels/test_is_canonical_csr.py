"""The compiled check of a matrix against SciPy's own."""

import numpy as np
import pytest
import scipy.sparse

from keras_docs.kernels.is_canonical_csr import is_canonical_csr

pytestmark = pytest.mark.no_tensors


def by_scipy(starts, features, values, num_features):
    """The same question, answered by SciPy and NumPy."""
    shape = (len(starts) - 1, num_features)
    try:
        matrix = scipy.sparse.csr_matrix((values, features, starts), shape=shape)
        matrix.check_format(full_check=True)
    except ValueError:
        return False
    fits = starts[-1] == len(features) == len(values)
    return bool(fits and matrix.has_canonical_format and np.isfinite(values).all())


def example(seed, rows=6, columns=9):
    x = scipy.sparse.random(rows, columns, 0.4, "csr", "float32", seed)
    x.sort_indices()
    return x.indptr.astype("int32"), x.indices.astype("int32"), x.data


@pytest.mark.parametrize("seed", range(5))
def test_it_takes_what_is_canonical(seed):
    assert is_canonical_csr(*example(seed), 9)


@pytest.mark.parametrize("seed", range(300))
def test_it_says_what_scipy_says_of_damaged_matrices(seed):
    random = np.random.default_rng(seed)
    starts, features, values = example(seed)
    array = (starts, features)[seed % 2]
    place = random.integers(len(array))
    array[place] = random.choice([array[place] - 1, array[place] + 1, -7, 8, 2**31 - 1])
    expected = by_scipy(starts, features, values, 9)
    assert is_canonical_csr(starts, features, values, 9) == expected


def test_both_answers_are_met_above():
    starts, features, values = example(0)
    assert by_scipy(starts, features, values, 9)
    features[0] = -1
    assert not by_scipy(starts, features, values, 9)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_must_be_finite(value):
    starts, features, values = example(1)
    values[-1] = value
    assert not is_canonical_csr(starts, features, values, 9)


@pytest.mark.parametrize("short", range(3))
def test_lengths_must_agree(short):
    arrays = list(example(2))
    arrays[short] = arrays[short][:-1].copy()
    assert not is_canonical_csr(*arrays, 9)


def test_no_starts_at_all():
    starts, features, values = example(3)
    assert not is_canonical_csr(starts[:0], features, values, 9)
    assert not is_canonical_csr(starts[:0], features[:0], values[:0], 9)
