"""Mean squared error in units of a scale."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_docs")
class ScaledMeanSquaredError(keras.losses.Loss):
    """Mean of `((y_true - y_pred) / scale) ** 2`.

    With the target's standard deviation as scale, a model that answers in the target's
    own units (euros, metres) trains as if the target had been standardised.

    Args:
        scale: float, in the target's unit.

    Example:
    ```python
    loss = ScaledMeanSquaredError(scale=10.0)
    loss(np.array([100.0]), np.array([120.0]))  # 4.0
    ```
    """

    def __init__(
        self, scale: float = 1.0, name: str = "scaled_mean_squared_error", **kwargs: Any
    ):
        super().__init__(name=name, **kwargs)
        self.scale = float(scale)

    def call(self, y_true, y_pred):
        y_true = ops.reshape(ops.cast(y_true, y_pred.dtype), ops.shape(y_pred))
        return ops.mean(ops.square((y_true - y_pred) / self.scale), axis=-1)

    def get_config(self) -> dict:
        return {**super().get_config(), "scale": self.scale}
