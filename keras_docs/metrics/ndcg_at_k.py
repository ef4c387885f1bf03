"""Discounted gain of the k best ranked labels, against the best order."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_docs.metrics.ranking_metric import RankingMetric


@keras.saving.register_keras_serializable(package="keras_docs")
class NDCGAtK(RankingMetric):
    """nDCG@k: the discounted gain of the k best ranked labels, mean over rows.

    DCG@k = sum over ranks i = 1..k of [label at i is true] / log2(i + 1), divided by
    what the best order gives, which has min(k, labels of the row) true labels first.
    Rows without labels are left out.

    Args:
        k: int. How many of the ranked labels count.
        name: string or None, for "ndcg@<k>".
        dtype: dtype of the sums.

    Call arguments:
        y_true: int array (rows, p): the labels of each row, padded with -1.
        y_pred: int array (rows, >= k): ranked labels, the best first; -1 is none.
        sample_weight: None or float array (rows,).

    Returns:
        A scalar in [0, 1].

    Example:
    ```python
    metric = NDCGAtK(2)
    # The only label is second: 1 / log2(3) of 1 / log2(2).
    metric([[1, -1]], [[2, 1, 4]])  # 0.631
    ```

    Reference: The Extreme Classification Repository,
    http://manikvarma.org/downloads/XC/XMLRepository.html, "Evaluation".
    """

    short_name = "ndcg"

    def gains(self, hits, y_true):
        is_true = ops.cast(ops.any(hits, axis=2), self.dtype)
        discounts = 1 / np.log2(np.arange(2, self.k + 2))
        gained = ops.sum(is_true * self._tensor(discounts), axis=1)
        # best[n - 1]: what the best order of n labels gives.
        best = self._tensor(np.cumsum(discounts))
        count = ops.clip(ops.sum(ops.cast(y_true >= 0, "int32"), axis=1), 1, self.k)
        return gained / ops.take(best, count - 1)

    def attainable(self, y_true):
        return ops.minimum(self.count(y_true), 1.0)

    def _tensor(self, values: np.ndarray) -> Any:
        return ops.convert_to_tensor(values.astype(self.dtype))
