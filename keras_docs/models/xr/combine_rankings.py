"""Makes one ranking of several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

COMBINATIONS = (
    "average",
    "rank_average",
    "softmax_average",
    "sigmoid_average",
    "round_robin",
)


def combine_rankings(
    rankings: Sequence[tuple[np.ndarray, np.ndarray]], k: int, combine: str
) -> tuple[np.ndarray, np.ndarray]:
    """The k best labels of each row over several rankings.

    A label that a ranking does not hold has no score there. `"rank_average"` averages
    1 / (1 + place), `"softmax_average"` and `"sigmoid_average"` transformed scores;
    `"round_robin"` takes the first of each ranking, then the second of each, and so on.

    Args:
        rankings: list of (labels, scores), int32 and float32 (rows, places), -1 where
            there is no label.
        k: int.
        combine: string, one of `COMBINATIONS`.

    Returns:
        Labels, int32 (rows, k), -1 where there are fewer, and scores, float32.
    """
    labels = np.concatenate([each for each, _ in rankings], axis=1)
    absent = [_absent_score(*ranking, combine) for ranking in rankings]
    scores = np.concatenate(
        [
            _transformed(*ranking, combine, number) - absent[number]
            for number, ranking in enumerate(rankings)
        ],
        axis=1,
    )
    scores = np.where(labels >= 0, scores, 0)
    order = np.argsort(labels, axis=1, kind="stable")
    labels = np.take_along_axis(labels, order, 1)
    scores = np.take_along_axis(scores, order, 1)
    is_first = np.ones(labels.shape, bool)
    is_first[:, 1:] = labels[:, 1:] != labels[:, :-1]
    merged = _sum_runs(scores, is_first, use_maximum=combine == "round_robin")
    if combine != "round_robin":
        merged = (merged + sum(absent)) / len(rankings)
    merged = np.where(is_first & (labels >= 0), merged, -np.inf)
    best = np.argsort(-merged, axis=1, kind="stable")[:, :k]
    merged = np.take_along_axis(merged, best, 1).astype("float32")
    found = np.isfinite(merged)
    labels = np.where(found, np.take_along_axis(labels, best, 1), -1)
    return labels.astype("int32"), np.where(found, merged, np.float32(0))


def _absent_score(labels: np.ndarray, scores: np.ndarray, combine: str) -> np.ndarray:
    """The score of labels that a ranking left out, (rows, 1): 0, or less.

    Logs and margins may be negative: what was left out is no better than the last.
    """
    if combine != "average":
        return np.zeros((len(scores), 1))
    return np.where(labels >= 0, scores, 0).min(axis=1, keepdims=True).clip(max=0)


def _transformed(
    labels: np.ndarray, scores: np.ndarray, combine: str, number: int
) -> np.ndarray:
    places = np.arange(scores.shape[1])
    if combine == "rank_average":
        return np.broadcast_to(1 / (1.0 + places), scores.shape)
    if combine == "round_robin":
        # The place decides, then the number of the ranking.
        return np.broadcast_to(1 / (1.0 + places + number / 1000), scores.shape)
    if combine == "sigmoid_average":
        return 1 / (1 + np.exp(-scores))
    if combine == "softmax_average":
        known = np.where(labels >= 0, scores, -np.inf)
        highest = known.max(axis=1, keepdims=True)
        powers = np.exp(known - np.where(np.isfinite(highest), highest, 0))
        # A row without any label has nothing to share.
        return powers / np.maximum(powers.sum(axis=1, keepdims=True), 1e-30)
    return scores


def _sum_runs(
    values: np.ndarray, is_first: np.ndarray, use_maximum: bool
) -> np.ndarray:
    """Sums (or takes the maximum of) the values from each first to the next."""
    starts = np.flatnonzero(is_first.ravel())
    reduce = np.maximum if use_maximum else np.add
    sums = np.zeros(values.size)
    sums[starts] = reduce.reduceat(values.ravel().astype("float64"), starts)
    return sums.reshape(values.shape)
