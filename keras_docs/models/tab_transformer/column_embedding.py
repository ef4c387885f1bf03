"""Embeds the categorical columns of a table."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="keras_docs")
class ColumnEmbedding(keras.layers.Layer):
    """Column embedding of TabTransformer: a shared part and a part per category.

    A column with `n` categories has `n + 1` embeddings; index 0 stands for a missing
    (or unseen) value. With `mode="concat"`, the embedding of category `j` of column
    `i` is `[c_i, w_ij]`, where `c_i`, of size `shared_dim`, is shared by the whole
    column (Huang et al. 2020, section 2 and appendix B).

    Args:
        cardinalities: list of ints, embeddings per column, the missing one counted.
        hidden_dim: int, size of an embedding.
        mode: `"concat"` (the paper's choice), `"add"` (`c_i + w_ij`, both of size
            `hidden_dim`) or `"none"` (`w_ij` alone).
        shared_dim: int, size of `c_i` with `"concat"`.

    Call arguments:
        categories: int32 tensor (batch, columns).

    Returns:
        Tensor (batch, columns, hidden_dim) in the layer's compute dtype.
    """

    def __init__(
        self,
        cardinalities: Sequence[int],
        hidden_dim: int,
        mode: str = "concat",
        shared_dim: int = 4,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.cardinalities = [int(n) for n in cardinalities]
        self.hidden_dim = hidden_dim
        self.mode = mode
        self.shared_dim = shared_dim
        own_dim = hidden_dim - shared_dim if mode == "concat" else hidden_dim
        self.category_embedding = keras.layers.Embedding(
            sum(self.cardinalities),
            own_dim,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=0.05),
            dtype=self.dtype_policy,
            name="category_embedding",
        )

    def build(self, input_shape) -> None:
        self.category_embedding.build(input_shape)
        if self.mode != "none":
            size = self.shared_dim if self.mode == "concat" else self.hidden_dim
            self.column_embedding = self.add_weight(
                (len(self.cardinalities), size),
                initializer=keras.initializers.RandomNormal(stddev=0.05),
                name="column_embedding",
            )
        # All columns share one table: column i starts at the sum of the former sizes.
        self.offsets = np.cumsum([0, *self.cardinalities[:-1]]).astype("int32")

    def call(self, categories):
        own = self.category_embedding(categories + ops.convert_to_tensor(self.offsets))
        if self.mode == "none":
            return own
        shared = ops.cast(self.column_embedding, own.dtype)[None]
        if self.mode == "add":
            return own + shared
        shared = ops.broadcast_to(
            shared, (ops.shape(own)[0], len(self.cardinalities), self.shared_dim)
        )
        return ops.concatenate([shared, own], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.hidden_dim)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "cardinalities": self.cardinalities,
            "hidden_dim": self.hidden_dim,
            "mode": self.mode,
            "shared_dim": self.shared_dim,
        }
