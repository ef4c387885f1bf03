"""TranslationRankingLoss against its formula in NumPy, and what must not count."""

import numpy as np
import pytest
from keras import ops

from keras_docs.losses.translation_ranking_loss import TranslationRankingLoss


def units(shape, seed=0):
    vectors = np.random.default_rng(seed).normal(size=shape)
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype("float32")


def crossentropies(vectors, temperature, kept):
    """Of both directions, one row after the other."""
    found = []
    for own, others in (vectors[:, 0], vectors[:, 1]), (vectors[:, 1], vectors[:, 0]):
        for i, vector in enumerate(own):
            candidates = [j for j in range(len(own)) if kept(i, j)]
            scores = np.array([vector @ others[j] for j in candidates], "float64")
            powers = np.exp(scores / temperature)
            found.append(-np.log(powers[candidates.index(i)] / powers.sum()))
    return np.mean(np.reshape(found, (2, -1)), axis=0)


def assert_close(found, expected):
    found = ops.convert_to_numpy(found)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("temperature", [0.05, 1.0])
def test_formula_and_weights(temperature):
    vectors, numbers = units((6, 2, 5)), np.arange(12).reshape(6, 2)
    expected = crossentropies(vectors, temperature, lambda i, j: True)
    each = TranslationRankingLoss(temperature, reduction="none")(numbers, vectors)
    assert_close(each, expected)
    weights = np.array([1, 0, 2, 0, 0, 1], "float32")
    mean = float(TranslationRankingLoss(temperature)(numbers, vectors, weights))
    assert mean == pytest.approx((weights * expected).sum() / 4, rel=1e-4)


def test_rows_with_a_text_in_common_are_no_candidates_for_each_other():
    vectors = units((5, 2, 4))
    # The first and the third have a text in common, the fourth and the fifth its
    # translation; that the second's text is numbered as the fourth's translation means
    # nothing.
    numbers = np.array([[0, 0], [1, 1], [0, 2], [3, 4], [4, 4]])
    apart = {(0, 2), (2, 0), (3, 4), (4, 3)}
    expected = crossentropies(vectors, 0.1, lambda i, j: (i, j) not in apart)
    each = TranslationRankingLoss(0.1, reduction="none")(numbers, vectors)
    assert_close(each, expected)


def test_a_batch_of_one_meaning_teaches_nothing():
    numbers = np.zeros((3, 2))
    assert float(TranslationRankingLoss()(numbers, units((3, 2, 4)))) == pytest.approx(
        0.0, abs=1e-6
    )


def test_config_round_trips_and_bad_temperatures_are_refused():
    loss = TranslationRankingLoss(0.2)
    again = TranslationRankingLoss.from_config(loss.get_config())
    assert (again.get_config(), again.temperature) == (loss.get_config(), 0.2)
    for temperature in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="`temperature` must be above 0"):
            TranslationRankingLoss(temperature)
