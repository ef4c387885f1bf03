"""Share of the true labels that are among the k best ranked."""

from __future__ import annotations

import keras
from keras import ops

from keras_docs.metrics.ranking_metric import RankingMetric


@keras.saving.register_keras_serializable(package="keras_docs")
class RecallAtK(RankingMetric):
    """R@k: the share of a row's labels among the k best ranked, mean over rows.

    Rows without labels are left out.

    Args:
        k: int. How many of the ranked labels count.
        name: string or None, for "recall@<k>".
        dtype: dtype of the sums.

    Call arguments:
        y_true: int array (rows, p): the labels of each row, padded with -1.
        y_pred: int array (rows, >= k): ranked labels, the best first; -1 is none.
        sample_weight: None or float array (rows,).

    Returns:
        A scalar in [0, 1].

    Example:
    ```python
    metric = RecallAtK(2)
    metric([[3, 7], [1, -1]], [[7, 5, 3], [2, 1, 4]])  # (1/2 + 1) / 2 = 0.75
    ```

    Reference: Manning, Raghavan and Schütze, "Introduction to Information Retrieval",
    Section 8.3, https://nlp.stanford.edu/IR-book/.
    """

    short_name = "recall"

    def gains(self, hits, y_true):
        found = ops.sum(ops.cast(hits, self.dtype), axis=(1, 2))
        return found / ops.maximum(self.count(y_true), 1.0)

    def attainable(self, y_true):
        return ops.minimum(self.count(y_true), 1.0)
