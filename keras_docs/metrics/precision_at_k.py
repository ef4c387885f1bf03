"""Share of the k best ranked labels that are true."""

from __future__ import annotations

import keras
from keras import ops

from keras_docs.metrics.ranking_metric import RankingMetric


@keras.saving.register_keras_serializable(package="keras_docs")
class PrecisionAtK(RankingMetric):
    """P@k: the share of the k best ranked labels that are true, mean over rows.

    A row with fewer than k labels can't reach 1, and one without labels counts as 0, as
    in the extreme classification literature.

    Args:
        k: int. How many of the ranked labels count.
        name: string or None, for "precision@<k>".
        dtype: dtype of the sums.

    Call arguments:
        y_true: int array (rows, p): the labels of each row, padded with -1.
        y_pred: int array (rows, >= k): ranked labels, the best first; -1 is none.
        sample_weight: None or float array (rows,).

    Returns:
        A scalar in [0, 1].

    Example:
    ```python
    metric = PrecisionAtK(2)
    metric([[3, 7], [1, -1]], [[7, 5, 3], [2, 1, 4]])  # (1/2 + 1/2) / 2 = 0.5
    ```

    Reference: The Extreme Classification Repository,
    http://manikvarma.org/downloads/XC/XMLRepository.html, "Evaluation".
    """

    short_name = "precision"

    def gains(self, hits, y_true):
        return ops.sum(ops.cast(hits, self.dtype), axis=(1, 2)) / self.k

    def attainable(self, y_true):
        return ops.ones_like(y_true[:, 0], dtype=self.dtype)
