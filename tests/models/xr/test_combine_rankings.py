"""Several rankings in one, against a loop over dictionaries."""

import math

import numpy as np
import pytest

from keras_docs.models.xr.combine_rankings import COMBINATIONS, combine_rankings

pytestmark = pytest.mark.no_tensors


def ranking(rows, places, num_labels, seed):
    """Random rankings; the last places of some rows are empty."""
    random = np.random.default_rng(seed)
    labels = np.array(
        [random.permutation(num_labels)[:places] for _ in range(rows)], "int32"
    )
    scores = -np.sort(-random.random((rows, places)).astype("float32"), axis=1)
    labels[::3, -2:], scores[::3, -2:] = -1, 0
    return labels, scores


def by_loop(rankings, row, combine):
    """Label -> combined score of one row."""
    sums = {}
    for number, (labels, scores) in enumerate(rankings):
        known = [
            (int(label), float(score))
            for label, score in zip(labels[row], scores[row], strict=True)
            if label >= 0
        ]
        total = sum(math.exp(score) for _, score in known)
        for place, (label, score) in enumerate(known):
            value = {
                "average": score,
                "rank_average": 1 / (1 + place),
                "softmax_average": math.exp(score) / total,
                "sigmoid_average": 1 / (1 + math.exp(-score)),
                "round_robin": -(place * len(rankings) + number),
            }[combine]
            if combine == "round_robin":
                sums[label] = max(sums.get(label, -math.inf), value)
            else:
                sums[label] = sums.get(label, 0.0) + value / len(rankings)
    return sums


@pytest.mark.parametrize("combine", COMBINATIONS)
def test_equals_a_loop(combine):
    rankings = [ranking(8, 6, 15, seed) for seed in range(3)]
    labels, scores = combine_rankings(rankings, 5, combine)
    assert labels.shape == scores.shape == (8, 5)
    assert (labels.dtype, scores.dtype) == (np.int32, np.float32)
    for row in range(8):
        expected = by_loop(rankings, row, combine)
        best = sorted(expected, key=lambda i: (-round(expected[i], 9), i))[:5]
        assert labels[row].tolist() == best
        if combine != "round_robin":
            wanted = [expected[label] for label in best]
            np.testing.assert_allclose(scores[row], wanted, rtol=1e-5)
        assert (np.diff(scores[row]) <= 0).all()


@pytest.mark.parametrize("combine", COMBINATIONS)
def test_fewer_labels_than_asked_for(combine):
    labels = np.array([[4, 2, -1], [-1, -1, -1]], "int32")
    scores = np.array([[0.9, 0.4, 0], [0, 0, 0]], "float32")
    with np.errstate(all="raise"):
        found, values = combine_rankings([(labels, scores)] * 2, 4, combine)
    assert found.tolist() == [[4, 2, -1, -1], [-1] * 4]
    assert (values[found < 0] == 0).all() and (values[found >= 0] > 0).all()


@pytest.mark.parametrize("combine", COMBINATIONS)
def test_one_ranking_keeps_its_order(combine):
    labels, scores = ranking(7, 5, 9, seed=1)
    found, values = combine_rankings([(labels, scores)], 5, combine)
    np.testing.assert_array_equal(found, labels)
    if combine == "average":
        np.testing.assert_array_equal(values, scores)
