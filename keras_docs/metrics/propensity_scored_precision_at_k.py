"""Precision that rewards rare labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_docs.metrics.ranking_metric import RankingMetric


@keras.saving.register_keras_serializable(package="keras_docs")
class PropensityScoredPrecisionAtK(RankingMetric):
    """PSP@k: precision in which a hit counts 1 / its label's propensity.

    An estimate of the precision on complete annotations that is not biased towards
    frequent labels. As in the literature, the sum over all rows is divided by the
    largest sum that any ranking could reach, so the best is 1. Rows without labels add
    nothing to either.

    Args:
        k: int. How many of the ranked labels count.
        propensities: float array (labels,) in (0, 1], such as `label_propensities`
            gives. A label beyond its end counts as the rarest.
        name: string or None, for "psp@<k>".
        dtype: dtype of the sums.

    Call arguments:
        y_true: int array (rows, p): the labels of each row, padded with -1.
        y_pred: int array (rows, >= k): ranked labels, the best first; -1 is none.
        sample_weight: None or float array (rows,).

    Returns:
        A scalar in [0, 1].

    Raises:
        ValueError: a propensity is not in (0, 1].

    Example:
    ```python
    metric = PropensityScoredPrecisionAtK(1, propensities=[1.0, 0.5])
    # Label 0 is hit, which gains 1; label 1, which gains 2, would have been better.
    metric([[0, 1]], [[0]])  # 0.5
    ```

    Reference: Jain, Prabhu and Varma, "Extreme Multi-label Loss Functions for
    Recommendation, Tagging, Ranking & Other Missing Label Applications", KDD 2016,
    Section 3, https://doi.org/10.1145/2939672.2939756.
    """

    short_name = "psp"

    def __init__(
        self,
        k: int,
        propensities: Sequence[float] | np.ndarray,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(k, name=name, **kwargs)
        values = np.asarray(propensities, dtype=np.float32)
        if values.ndim != 1 or not len(values) or not _all_shares(values):
            raise ValueError(
                "`propensities` must hold a number in (0, 1] for each label. Received "
                f"an array of shape {values.shape}, from "
                f"{values.min(initial=np.inf)} to {values.max(initial=-np.inf)}."
            )
        self._propensities = values
        # Position 0 is the padding's, and the last is of labels beyond the end.
        self._gain_of = np.concatenate([[0], 1 / values, [1 / values.min()]])

    def gains(self, hits, y_true):
        gain = ops.expand_dims(self._gains_of(y_true), 1)
        return ops.sum(ops.cast(hits, self.dtype) * gain, axis=(1, 2))

    def attainable(self, y_true):
        largest_first = -ops.sort(-self._gains_of(y_true), axis=1)
        return ops.sum(largest_first[:, : self.k], axis=1)

    def get_config(self) -> dict[str, Any]:
        propensities = [float(value) for value in self._propensities]
        return {**super().get_config(), "propensities": propensities}

    def _gains_of(self, labels: Any) -> Any:
        gains = ops.convert_to_tensor(self._gain_of.astype(self.dtype))
        return ops.take(gains, ops.clip(labels, -1, len(self._propensities)) + 1)


def _all_shares(values: np.ndarray) -> bool:
    return bool(((values > 0) & (values <= 1)).all())
