"""Vectors of chosen tokens."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_docs")
class TokensAt(keras.layers.Layer):
    """Takes the vectors at places of a sequence.

    All rows are looked up in one table: unlike `take_along_axis`, that leaves torch
    free to export the model for any sizes.

    Args:
        offset: int, what comes before place 0.
        **kwargs: `name`, `dtype`.

    Call arguments:
        hidden: tensor (batch, offset + length, dim).
        places: int tensor (batch, count), from 0 to length - 1.

    Returns:
        Tensor (batch, count, dim).

    Example:
    ```python
    TokensAt(0)(np.ones((1, 5, 16)), np.array([[4, 0]])).shape  # (1, 2, 16)
    ```
    """

    def __init__(self, offset: int = 0, **kwargs: Any):
        super().__init__(**kwargs)
        self.offset = offset

    def call(self, hidden, places):
        batch, length = ops.shape(hidden)[:2]
        starts = ops.arange(0, batch, dtype="int32") * length + self.offset
        rows = ops.reshape(hidden, (-1, hidden.shape[-1]))
        return ops.take(rows, ops.cast(places, "int32") + starts[:, None], axis=0)

    def compute_output_shape(self, hidden_shape, places_shape=None):
        return (*places_shape, hidden_shape[-1])

    def get_config(self) -> dict:
        return {**super().get_config(), "offset": self.offset}
