"""The loss of yes-or-no questions about pairs."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_docs")
class PairLoss(keras.losses.Loss):
    """Binary cross-entropy of each pair, so that pairs can be weighted.

    Keras' own takes the mean over the last axis first, where padding counts.

    Args:
        **kwargs: `name`, `reduction` (here `"mean_with_sample_weight"`), `dtype`.

    Call arguments:
        y_true: tensor (batch, first, second) of 0 and 1.
        y_pred: tensor (batch, first, second), logits.
        sample_weight: None, or tensor (batch, first, second).

    Returns:
        Float32 scalar.

    Example:
    ```python
    PairLoss()(np.array([[[0, 1]]]), np.array([[[-3.0, 3.0]]]))  # 0.0486
    ```
    """

    def __init__(self, **kwargs: Any):
        super().__init__(**{"reduction": "mean_with_sample_weight", **kwargs})

    def call(self, y_true, y_pred):
        y_true = ops.cast(y_true, y_pred.dtype)
        return ops.relu(y_pred) - y_pred * y_true + ops.softplus(-ops.abs(y_pred))
