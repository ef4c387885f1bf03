"""P@k, R@k, nDCG@k and PSP@k against scikit-learn and plain loops."""

import keras
import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from keras_docs.metrics.label_propensities import label_propensities
from keras_docs.metrics.ndcg_at_k import NDCGAtK
from keras_docs.metrics.precision_at_k import PrecisionAtK
from keras_docs.metrics.propensity_scored_precision_at_k import (
    PropensityScoredPrecisionAtK,
)
from keras_docs.metrics.recall_at_k import RecallAtK

LABELS, ROWS = 30, 64
RNG = np.random.default_rng(0)
SCORES = RNG.permuted(np.tile(np.arange(LABELS, dtype="float32"), (ROWS, 1)), axis=1)
RANKED = np.argsort(-SCORES, axis=1)[:, :12]
TRUTH = [RNG.permutation(LABELS)[: RNG.integers(1, 7)].tolist() for _ in range(ROWS)]
PROPENSITIES = RNG.uniform(0.1, 1.0, LABELS).astype("float32")


def padded(rows, width=9):
    return np.array([row + [-1] * (width - len(row)) for row in rows])


def all_metrics(k):
    return [
        PrecisionAtK(k),
        RecallAtK(k),
        NDCGAtK(k),
        PropensityScoredPrecisionAtK(k, PROPENSITIES),
    ]


def precision(truth, k):
    pairs = zip(RANKED, truth, strict=True)
    return np.mean([len({*r[:k]} & {*t}) / k for r, t in pairs])


def recall(truth, k):
    pairs = zip(RANKED, truth, strict=True)
    return np.mean([len({*r[:k]} & {*t}) / len(t) for r, t in pairs if t])


def psp(truth, k):
    gained = attainable = 0.0
    for ranked, true in zip(RANKED, truth, strict=True):
        gained += sum(1 / PROPENSITIES[label] for label in {*ranked[:k]} & {*true})
        attainable += sum(sorted((1 / PROPENSITIES[true]).tolist())[::-1][:k])
    return gained / attainable


@pytest.mark.parametrize("k", [1, 3, 5, 12])
def test_precision_recall_and_psp_by_loops(k):
    for metric, formula in (
        (PrecisionAtK(k), precision),
        (RecallAtK(k), recall),
        (PropensityScoredPrecisionAtK(k, PROPENSITIES), psp),
    ):
        found = float(metric(padded(TRUTH), RANKED))
        assert found == pytest.approx(formula(TRUTH, k), rel=1e-5)


@pytest.mark.parametrize("k", [1, 3, 5, 12])
def test_ndcg_is_scikit_learns(k):
    relevance = np.zeros((ROWS, LABELS))
    for row, labels in enumerate(TRUTH):
        relevance[row, labels] = 1
    found = float(NDCGAtK(k)(padded(TRUTH), RANKED))
    assert found == pytest.approx(ndcg_score(relevance, SCORES, k=k), rel=1e-5)


def test_psp_with_equal_propensities_divides_by_the_best_precision():
    equal = PropensityScoredPrecisionAtK(3, np.full(LABELS, 0.25))
    found = float(equal(padded(TRUTH), RANKED))
    best = np.mean([min(3, len(labels)) / 3 for labels in TRUTH])
    assert found == pytest.approx(precision(TRUTH, 3) / best, rel=1e-5)


def test_the_best_ranking_reaches_one():
    truth = [labels for labels in TRUTH if len(labels) >= 3]
    by_gain = [sorted(labels, key=lambda v: PROPENSITIES[v]) for labels in truth]
    best = padded(by_gain)
    for metric in all_metrics(3)[:1] + all_metrics(3)[2:]:
        assert float(metric(padded(truth), best)) == pytest.approx(1.0)
    assert float(RecallAtK(9)(padded(truth), best)) == pytest.approx(1.0)


def test_batches_add_up_to_the_whole():
    for whole, streamed in zip(all_metrics(4), all_metrics(4), strict=True):
        whole.update_state(padded(TRUTH), RANKED)
        for start, stop in ((0, 1), (1, 40), (40, ROWS)):
            part = padded(TRUTH[start:stop], width=7 + start % 2)
            streamed.update_state(part, RANKED[start:stop])
        assert float(streamed.result()) == pytest.approx(float(whole.result()))
        streamed.reset_state()
        assert float(streamed.result()) == 0.0


def test_rows_without_labels():
    empty = [[], *TRUTH[1:]]
    expected = [precision(empty, 3), recall(empty, 3)]
    found = [float(cls(3)(padded(empty), RANKED)) for cls in (PrecisionAtK, RecallAtK)]
    assert found == pytest.approx(expected, rel=1e-5)
    others = slice(1, ROWS)
    for metric, same in list(zip(all_metrics(3), all_metrics(3), strict=True))[1:]:
        with_empty_row = float(metric(padded(empty), RANKED))
        without = float(same(padded(empty)[others], RANKED[others]))
        assert with_empty_row == pytest.approx(without)
    for metric in all_metrics(3):
        assert float(metric(np.full((2, 3), -1), RANKED[:2])) == 0.0


def test_padding_is_no_hit_and_order_of_the_truth_is_free():
    for metric, same in zip(all_metrics(2), all_metrics(2), strict=True):
        assert float(metric([[3, -1, -1]], [[-1, -1]])) == 0.0
        shuffled = [[-1, 5, -1, 3]]
        metric.reset_state()
        assert float(metric(shuffled, [[3, 5]])) == float(same([[3, 5]], [[3, 5]]))


def test_sample_weight():
    weight = np.arange(ROWS) % 2
    for metric, same in zip(all_metrics(3), all_metrics(3), strict=True):
        weighted = float(metric(padded(TRUTH), RANKED, sample_weight=weight))
        odd = float(same(padded(TRUTH)[1::2], RANKED[1::2]))
        assert weighted == pytest.approx(odd, rel=1e-5)


def test_a_label_beyond_the_propensities_counts_as_the_rarest():
    metric = PropensityScoredPrecisionAtK(1, [1.0, 0.25])
    assert float(metric([[0, 9]], [[0]])) == pytest.approx(0.25)


def test_config_round_trip():
    for metric in all_metrics(4):
        config = keras.saving.serialize_keras_object(metric)
        again = keras.saving.deserialize_keras_object(config)
        assert type(again) is type(metric) and again.name == metric.name
        expected = float(metric(padded(TRUTH), RANKED))
        assert float(again(padded(TRUTH), RANKED)) == expected


def test_names():
    names = [metric.name for metric in all_metrics(5)]
    assert names == ["precision@5", "recall@5", "ndcg@5", "psp@5"]
    assert PrecisionAtK(5, name="p5").name == "p5"


@pytest.mark.parametrize("k", [0, -1, 2.0, True, "3"])
def test_bad_k(k):
    with pytest.raises(ValueError, match="`k`"):
        PrecisionAtK(k)


@pytest.mark.parametrize(
    ("true", "predicted", "message"),
    [
        ([[1]], [[1, 2]], "k=3"),
        ([1, 2], [[1, 2, 3]], r"\(2,\)"),
        ([[1], [2]], [[1, 2, 3]], r"\(2, 1\) and \(1, 3\)"),
    ],
)
def test_bad_shapes(true, predicted, message):
    with pytest.raises(ValueError, match=message):
        RecallAtK(3).update_state(np.array(true), np.array(predicted))


@pytest.mark.parametrize("values", [[], [[0.5]], [0.0], [1.5], [np.nan]])
def test_bad_propensities(values):
    with pytest.raises(ValueError, match="`propensities`"):
        PropensityScoredPrecisionAtK(1, values)


@pytest.mark.no_tensors
def test_propensities_by_the_papers_formula():
    counts, n = np.array([0, 1, 10, 999]), 10_000
    c = (np.log(n) - 1) * 2.5**0.55
    expected = 1 / (1 + c * np.exp(-0.55 * np.log(counts + 1.5)))
    found = label_propensities(counts, n)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert found.dtype == np.float32
    amazon = label_propensities(counts, n, a=0.6, b=2.6)
    assert (np.diff(amazon) > 0).all() and not np.allclose(amazon, found)


@pytest.mark.no_tensors
@pytest.mark.parametrize(
    ("counts", "rows", "message"),
    [([1], 2, "num_rows"), ([-1], 9, "label_counts"), ([10], 9, "label_counts")],
)
def test_bad_label_counts(counts, rows, message):
    with pytest.raises(ValueError, match=message):
        label_propensities(counts, rows)
