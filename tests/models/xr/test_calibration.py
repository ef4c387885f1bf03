"""Probabilities of ranked labels on data whose true chances are known."""

import numpy as np
import pytest

from keras_docs.models.xr.calibration import fit_calibration, probabilities

pytestmark = pytest.mark.no_tensors


def drawn(rows, seed, weights=(1.7, -0.8, 0.3)):
    """Scores, falling, their true chances, and outcomes drawn from these."""
    random = np.random.default_rng(seed)
    scores = -np.sort(-random.uniform(0.02, 0.98, (rows, 5)), axis=1)
    places = np.log1p(np.arange(5))
    logits = weights[0] * np.log(scores / (1 - scores)) + weights[1] * places
    chances = 1 / (1 + np.exp(-(logits + weights[2])))
    return scores.astype("float32"), chances, random.random(chances.shape) < chances


def test_true_chances_are_found():
    scores, _, is_right = drawn(4000, seed=0)
    calibration = fit_calibration(scores, is_right)
    assert all(isinstance(weight, float) for weight in calibration)
    np.testing.assert_allclose(calibration, [1.7, -0.8, 0.3], atol=0.15)
    others, chances, _ = drawn(500, seed=1)
    found = probabilities(others, calibration)
    assert found.dtype == np.float32 and found.shape == others.shape
    assert abs(found - chances).max() < 0.05


def test_labels_said_to_be_likely_are_right_as_often():
    calibration = fit_calibration(*drawn(4000, seed=0)[::2])
    scores, _, is_right = drawn(4000, seed=2)
    found = probabilities(scores, calibration)
    for low in np.arange(0, 1, 0.2):
        chosen = (found >= low) & (found < low + 0.2)
        assert chosen.sum() > 500
        assert is_right[chosen].mean() == pytest.approx(found[chosen].mean(), abs=0.04)


def test_scores_of_zero_and_one_are_taken():
    scores = np.array([[1.0, 0.5, 0.0]], "float32")
    found = probabilities(scores, [1.0, 0.0, 0.0])
    assert np.isfinite(found).all() and (np.diff(found) < 0).all()


@pytest.mark.parametrize("value", [True, False])
def test_outcomes_that_teach_nothing_are_refused(value):
    scores = drawn(10, seed=0)[0]
    with pytest.raises(ValueError, match="labels that the ranker finds.*of 50"):
        fit_calibration(scores, np.full(scores.shape, value))
