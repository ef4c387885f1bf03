"""All metrics of a ranking at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from keras_docs.metrics.label_propensities import label_propensities
from keras_docs.metrics.ndcg_at_k import NDCGAtK
from keras_docs.metrics.precision_at_k import PrecisionAtK
from keras_docs.metrics.propensity_scored_precision_at_k import (
    PropensityScoredPrecisionAtK,
)
from keras_docs.metrics.recall_at_k import RecallAtK

# The metrics compare every truth with every answer of a batch.
BATCH_ROWS = 4096


def ranking_metrics(
    truth: np.ndarray,
    ranked: np.ndarray,
    ks: Sequence[int],
    label_counts: np.ndarray | None,
    num_rows: int | None,
) -> dict[str, float]:
    """Precision, recall, nDCG and, where label counts are known, PSP.

    Args:
        truth: int32 (rows, any), ids of the right labels, padded with -1.
        ranked: int32 (rows, places), ids of the answers, best first.
        ks: ints, at most `places`.
        label_counts: int64 (labels,), the training rows of each label, or `None`.
        num_rows: int, all training rows, or `None`.

    Returns:
        Name -> share from 0 to 1.
    """
    metrics = {}
    for k in ks:
        metrics |= {
            f"P@{k}": PrecisionAtK(k),
            f"R@{k}": RecallAtK(k),
            f"nDCG@{k}": NDCGAtK(k),
        }
        if label_counts is not None:
            propensities = label_propensities(label_counts, num_rows)
            metrics[f"PSP@{k}"] = PropensityScoredPrecisionAtK(k, propensities)
    for first in range(0, len(truth), BATCH_ROWS):
        batch = slice(first, first + BATCH_ROWS)
        for metric in metrics.values():
            metric.update_state(truth[batch], ranked[batch])
    return {name: float(metric.result()) for name, metric in metrics.items()}
