"""From scores to probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np


def fit_calibration(scores: np.ndarray, is_right: np.ndarray) -> list[float]:
    """Learns how likely a ranked label is right, given its score and place.

    A logistic regression (Platt 1999) on the score's logit and the log of the place:
    the first label of a list is right more often than the fifth with the same score.

    Args:
        scores: float array (rows, k), from 0 to 1, best first.
        is_right: bool array (rows, k).

    Returns:
        Three floats: weights of both, and the intercept.

    Raises:
        ValueError: all labels are right, or none is.
    """
    from sklearn.linear_model import LogisticRegression

    if is_right.all() or not is_right.any():
        raise ValueError(
            "The documents for calibration must have labels that the ranker finds and "
            f"labels that it doesn't. Received: {int(is_right.sum())} of "
            f"{is_right.size} ranked labels are right. Use more documents."
        )
    features = _features(scores).reshape(-1, 2)
    model = LogisticRegression(C=1e6).fit(features, is_right.ravel())
    return [float(weight) for weight in (*model.coef_[0], model.intercept_[0])]


def check_calibration(calibration: Any) -> None:
    """Raises a `ValueError` unless it is what `fit_calibration` returns."""
    values = calibration if isinstance(calibration, (list, tuple)) else []
    is_number = [isinstance(v, (int, float)) and np.isfinite(v) for v in values]
    if len(values) != 3 or not all(is_number):
        raise ValueError(
            "`calibration` must be three finite numbers, as `calibrate` finds them. "
            f"Received: {calibration!r}."
        )


def probabilities(scores: np.ndarray, calibration: list[float]) -> np.ndarray:
    """The probability that each ranked label is right.

    Args:
        scores: float array (rows, k), best first.
        calibration: what `fit_calibration` returned.

    Returns:
        float32 (rows, k).
    """
    *weights, intercept = calibration
    logits = _features(scores) @ np.array(weights) + intercept
    return (1 / (1 + np.exp(-logits))).astype("float32")


def _features(scores: np.ndarray) -> np.ndarray:
    share = np.clip(scores, 1e-6, 1 - 1e-6)
    places = np.log1p(np.arange(scores.shape[1]))
    logits = np.log(share) - np.log1p(-share)
    return np.stack([logits, np.broadcast_to(places, logits.shape)], axis=-1)
