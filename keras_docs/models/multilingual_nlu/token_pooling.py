"""One vector for a text from those of its tokens."""

from __future__ import annotations

import keras
from keras import ops

POOLINGS = ("mean", "max", "cls", "sqrtn")


@keras.saving.register_keras_serializable(package="keras_docs")
class TokenPooling(keras.layers.Layer):
    """Pools the vectors of a text's tokens, without its padding.

    Args:
        pooling: string, `"mean"`, `"max"`, `"cls"`, the first token's vector, or
            `"sqrtn"`, the sum over the square root of their number.

    Call arguments:
        inputs: tensor (batch, length, dim).
        padding_mask: tensor (batch, length), 0 for padding.

    Returns:
        Tensor (batch, dim).
    """

    def __init__(self, pooling: str = "mean", **kwargs):
        super().__init__(**kwargs)
        if pooling not in POOLINGS:
            raise ValueError(
                f"`pooling` must be one of {POOLINGS}. Received: {pooling!r}."
            )
        self.pooling = pooling

    def call(self, inputs, padding_mask):
        if self.pooling == "cls":
            return inputs[:, 0]
        mask = ops.cast(padding_mask, inputs.dtype)[:, :, None]
        if self.pooling == "max":
            return ops.max(ops.where(mask > 0, inputs, -1e4), axis=1)
        count = ops.maximum(ops.sum(mask, axis=1), 1)
        if self.pooling == "sqrtn":
            count = ops.sqrt(count)
        return ops.sum(inputs * mask, axis=1) / count

    def compute_output_shape(self, inputs_shape, padding_mask_shape):
        return (inputs_shape[0], inputs_shape[2])

    def get_config(self) -> dict:
        return {**super().get_config(), "pooling": self.pooling}
