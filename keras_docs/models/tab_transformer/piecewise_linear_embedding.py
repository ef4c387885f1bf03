"""Embeds numeric columns through their piecewise-linear encoding."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="keras_docs")
class PiecewiseLinearEmbedding(keras.layers.Layer):
    """Turns each number into a vector that is linear between learned-from-data bins.

    The preprocessor gives a number as its position `u` among the column's bin edges
    (`u = 2.25`: a quarter through the third bin). Its encoding has the entries
    `clip(u - t, 0, 1)` for each bin `t`, and one that is 1 when the number is missing
    (`u < 0`); a linear map per column follows (Gorishniy et al. 2022, "On Embeddings
    for Numerical Features in Tabular Deep Learning", equation 1).

    Args:
        num_columns: int.
        num_bins: int, bins per column.
        output_dim: int, size of the embedding.

    Call arguments:
        positions: float tensor (batch, columns), from 0 to `num_bins`; -1 = missing.

    Returns:
        Tensor (batch, columns, output_dim) in the layer's compute dtype.
    """

    def __init__(self, num_columns: int, num_bins: int, output_dim: int, **kwargs):
        super().__init__(**kwargs)
        self.num_columns = num_columns
        self.num_bins = num_bins
        self.output_dim = output_dim

    def build(self, input_shape) -> None:
        self.kernel = self.add_weight(
            (self.num_columns, self.num_bins + 1, self.output_dim),
            # About half of the entries of an encoding are 1.
            initializer=keras.initializers.RandomNormal(
                stddev=(2.0 / (self.num_bins + 1)) ** 0.5
            ),
            name="kernel",
        )
        self.bias = self.add_weight(
            (self.num_columns, self.output_dim), initializer="zeros", name="bias"
        )

    def encode(self, positions):
        """Piecewise-linear encoding: (batch, columns) -> (batch, columns, bins + 1)."""
        starts = ops.convert_to_tensor(np.arange(self.num_bins), positions.dtype)
        bins = ops.clip(positions[..., None] - starts, 0.0, 1.0)
        missing = ops.cast(positions < 0, positions.dtype)
        return ops.concatenate([bins, missing[..., None]], axis=-1)

    def call(self, positions):
        encoding = self.encode(positions)
        # As (columns, batch, bins): one matrix product per column.
        x = ops.matmul(ops.transpose(encoding, (1, 0, 2)), self.kernel)
        return ops.transpose(x, (1, 0, 2)) + self.bias

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.output_dim)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_columns": self.num_columns,
            "num_bins": self.num_bins,
            "output_dim": self.output_dim,
        }
