"""One linear classifier per column, on the column's contextual embedding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="keras_docs")
class ColumnClassifier(keras.layers.Layer):
    """A classifier of its own for each column ("unshared", Huang et al. 2020, table 7).

    Args:
        class_counts: list of ints, the classes of each column. Scores of classes that
            a column does not have are large and negative.

    Call arguments:
        embeddings: tensor (batch, columns, hidden_dim).

    Returns:
        Float32 logits (batch, columns, max(class_counts)).
    """

    def __init__(self, class_counts: Sequence[int], **kwargs: Any):
        super().__init__(**kwargs)
        self.class_counts = [int(n) for n in class_counts]

    def build(self, input_shape) -> None:
        columns, hidden_dim = input_shape[-2:]
        classes = max(self.class_counts)
        self.kernel = self.add_weight(
            (columns, hidden_dim, classes),
            initializer=keras.initializers.RandomNormal(stddev=hidden_dim**-0.5),
            name="kernel",
        )
        self.bias = self.add_weight(
            (columns, classes), initializer="zeros", name="bias"
        )
        counts = np.array(self.class_counts)[:, None]
        self.absent = np.where(np.arange(classes) < counts, 0.0, -1e9).astype("float32")

    def call(self, embeddings):
        x = ops.matmul(ops.transpose(embeddings, (1, 0, 2)), self.kernel)
        logits = ops.cast(ops.transpose(x, (1, 0, 2)) + self.bias, "float32")
        return logits + ops.convert_to_tensor(self.absent)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], max(self.class_counts))

    def compute_output_spec(self, embeddings):
        shape = self.compute_output_shape(embeddings.shape)
        return keras.KerasTensor(shape, dtype="float32")

    def get_config(self) -> dict:
        return {**super().get_config(), "class_counts": self.class_counts}
