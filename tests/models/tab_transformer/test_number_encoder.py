"""Scalings and bins against NumPy and SciPy formulas, and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, rankdata

from keras_docs.models.tab_transformer.number_encoder import NumberEncoder, bin_edges
from keras_docs.models.tab_transformer.tab_transformer_preprocessor import (
    TabTransformerPreprocessor,
)

pytestmark = pytest.mark.no_tensors


def encode(values, unseen=None, **arguments):
    preprocessor = TabTransformerPreprocessor(
        columns={"c": "numeric"}, **arguments
    ).adapt({"c": values})
    return preprocessor({"c": values if unseen is None else unseen})


def learn(values, num_bins=None):
    values = np.asarray(values, dtype="float64")
    return NumberEncoder.learn("c", values, ("standard", "quantile", "log"), num_bins)


def test_standard_and_log_are_the_formulas():
    values = np.random.default_rng(0).lognormal(3, 2, 500) - 20
    got = encode(values, numeric_encodings=("standard", "log"))["continuous"]
    logs = np.sign(values) * np.log1p(np.abs(values))
    expected = [(v - v.mean()) / v.std() for v in (values, logs)]
    np.testing.assert_allclose(got, np.stack(expected, 1), rtol=2e-6, atol=1e-6)


def test_quantile_is_the_normal_score_of_the_mid_rank():
    values = np.random.default_rng(1).integers(0, 30, 400).astype("float64")
    got = encode(values, numeric_encodings=("quantile",))["continuous"][:, 0]
    expected = norm.ppf((rankdata(values) - 0.5) / len(values)).clip(-3, 3)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


def test_quantile_of_a_smooth_column_is_close_to_the_exact_score():
    values = np.random.default_rng(2).lognormal(0, 1.5, 20_000)
    got = encode(values, numeric_encodings=("quantile",))["continuous"][:, 0]
    expected = norm.ppf((rankdata(values) - 0.5) / len(values)).clip(-3, 3)
    assert np.abs(got - expected).max() < 0.03
    beyond = encode(values, [1e9, -1e9], numeric_encodings=("quantile",))
    assert beyond["continuous"].tolist() == [[3.0], [-3.0]]


def test_missing_is_the_mean_and_rank_minus_one():
    x = encode([1.5, None, 3.5, 9.0], num_bins=2)
    assert x["continuous"][1].tolist() == [0, 0, 0]
    assert x["ranks"][:, 0].tolist() == [0, -1, 1, 2]
    assert x["categorical"].tolist() == [[1], [2], [1], [1]]


def test_no_encodings_no_continuous_stream():
    assert set(encode([1.5, 2.5], numeric_encodings=(), num_bins=2)) == {"ranks"}


def test_ranks_are_piecewise_linear_in_value():
    encoder = learn([0, 10, 30, 70], num_bins=8)
    assert encoder.edges == [0, 10, 30, 70]
    got = encoder.rank(np.array([-5, 0, 5, 10, 25, 50, 70, 99, np.nan]))
    np.testing.assert_allclose(got, [0, 0, 0.5, 1, 1.75, 2.5, 3, 3, -1])


def test_bins_of_equal_mass_without_ties():
    edges = bin_edges(np.arange(1.0, 101.0), np.ones(100, dtype=int), 4)
    assert edges.tolist() == [1, 25, 50, 75, 100]


def test_a_heavy_tie_takes_one_bin_and_the_tail_the_others():
    # 92 % zeros: equal mass alone would put 9 of 10 edges on zero.
    distinct = np.arange(0.0, 81.0)
    counts = np.array([920] + [1] * 80)
    edges = bin_edges(distinct, counts, 9)
    assert len(edges) == 10 - 1  # zero is both the first edge and a full bin
    np.testing.assert_allclose(np.diff(edges[1:]), 10, atol=1)
    assert edges[0] == 0 and edges[-1] == 80


def test_several_heavy_ties_solve_the_bin_size_exactly():
    counts = np.array([500, 300, 1, 1, 1, 1, 1, 1, 1, 1])
    edges = bin_edges(np.arange(10.0), counts, 6)
    # Two ties fill a bin each; the 8 others share 4 bins, two each.
    assert edges.tolist() == [0, 1, 3, 5, 7, 9]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=60),
    st.integers(2, 12),
)
def test_any_finite_numbers_encode_finitely_and_in_order(values, num_bins):
    values = np.sort(np.array(values))
    encoder = learn(values, num_bins)
    if encoder is None:
        assert len(np.unique(values)) == 1
        return
    assert 2 <= len(encoder.edges) <= num_bins + 1
    assert (np.diff(encoder.edges) > 0).all()
    encoded = [encoder.scale(values, s) for s in ("standard", "quantile", "log")]
    for result in [*encoded, encoder.rank(values)]:
        assert np.isfinite(result.astype("float32")).all()
        assert (np.diff(result) >= 0).all()
    ranks = encoder.rank(values)
    assert ranks[0] == 0 and ranks[-1] == len(encoder.edges) - 1


def test_huge_numbers_do_not_overflow():
    values = np.array([-1.7e308, 0.0, 1.7e308])
    encoder = learn(values, 2)
    expected = np.array([-1, 0, 1]) * np.sqrt(1.5)
    np.testing.assert_allclose(encoder.scale(values, "standard"), expected)
    np.testing.assert_allclose(encoder.rank(values), [0, 1, 2])
