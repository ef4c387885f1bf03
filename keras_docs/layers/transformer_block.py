"""One Transformer layer over the tokens of a text, or the columns of a row."""

from __future__ import annotations

import keras
from keras import ops

from keras_docs.layers.gelu_tanh import gelu_tanh

# Names beside Keras' own.
ACTIVATIONS = {"gelu_tanh": gelu_tanh}
# Added to the scores of padding: far enough below any score, and finite in float16.
MASKED_SCORE = -3e4


@keras.saving.register_keras_serializable(package="keras_docs")
class TransformerBlock(keras.layers.Layer):
    """Self-attention and a feed-forward network, each with a residual and a norm.

    `h = norm(x + attention(x))`, `y = norm(h + ffn(h))`: addition and normalisation
    come after each sublayer (Vaswani et al. 2017; Huang et al. 2020, section 2), or
    before it with `normalize_first=True`. One matrix product gives queries, keys and
    values.

    Args:
        num_heads: int, divides the size of the embeddings.
        intermediate_dim: int, size of the feed-forward network's hidden layer.
        dropout: float, on each sublayer's output before it is added.
        normalize_first: bool, pre-norm instead of post-norm.
        activation: string, of the feed-forward network's hidden layer: one of Keras'
            (`"gelu"` is exact), or `"gelu_tanh"`.
        layer_norm_epsilon: float.

    Call arguments:
        inputs: tensor (batch, length, hidden_dim).
        padding_mask: None, or tensor (batch, length), 0 where nothing may look.

    Returns:
        Tensor (batch, length, hidden_dim) in the layer's compute dtype.
    """

    def __init__(
        self,
        num_heads: int,
        intermediate_dim: int,
        dropout: float = 0.0,
        normalize_first: bool = False,
        activation: str = "relu",
        layer_norm_epsilon: float = 1e-5,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.intermediate_dim = intermediate_dim
        self.dropout = dropout
        self.normalize_first = normalize_first
        self.activation = activation
        self.layer_norm_epsilon = layer_norm_epsilon

    def build(self, inputs_shape, padding_mask_shape=None) -> None:
        hidden_dim = inputs_shape[-1]
        row_shape = (None, hidden_dim)

        def dense(size: int, name: str, activation: str | None = None):
            return keras.layers.Dense(
                size, activation=activation, dtype=self.dtype_policy, name=name
            )

        def norm(name: str):
            return keras.layers.LayerNormalization(
                epsilon=self.layer_norm_epsilon, dtype=self.dtype_policy, name=name
            )

        def dropout(name: str):
            return keras.layers.Dropout(
                self.dropout, dtype=self.dtype_policy, name=name
            )

        self.query_key_value = dense(3 * hidden_dim, "query_key_value")
        self.query_key_value.build(row_shape)
        self.attention_output = dense(hidden_dim, "attention_output")
        self.attention_output.build(row_shape)
        self.attention_norm = norm("attention_norm")
        self.attention_norm.build(row_shape)
        self.intermediate = dense(
            self.intermediate_dim,
            "intermediate",
            ACTIVATIONS.get(self.activation, self.activation),
        )
        self.intermediate.build(row_shape)
        self.feedforward_output = dense(hidden_dim, "feedforward_output")
        self.feedforward_output.build((None, self.intermediate_dim))
        self.feedforward_norm = norm("feedforward_norm")
        self.feedforward_norm.build(row_shape)
        self.attention_dropout = dropout("attention_dropout")
        self.feedforward_dropout = dropout("feedforward_dropout")

    def attention(self, x, length, padding_mask=None):
        """Scaled dot-product attention: softmax(q kᵀ / √head_dim) v."""
        hidden_dim = x.shape[-1]
        head_dim = hidden_dim // self.num_heads
        projected = ops.reshape(
            self.query_key_value(x), (-1, length, 3, self.num_heads, head_dim)
        )
        query, key, value = projected[:, :, 0], projected[:, :, 1], projected[:, :, 2]
        scores = ops.einsum("bqhd,bkhd->bhqk", query * head_dim**-0.5, key)
        if padding_mask is not None:
            hidden = 1.0 - ops.cast(padding_mask, scores.dtype)
            scores = scores + (MASKED_SCORE * hidden)[:, None, None, :]
        mixed = ops.einsum("bhqk,bkhd->bqhd", ops.softmax(scores, axis=-1), value)
        return self.attention_output(ops.reshape(mixed, (-1, hidden_dim)))

    def feedforward(self, x):
        return self.feedforward_output(self.intermediate(x))

    def call(self, inputs, padding_mask=None, training=None):
        length, hidden_dim = ops.shape(inputs)[1], inputs.shape[2]
        # Rows and tokens as one axis: the gradients of a dense layer's kernel are then
        # one matrix product, which XLA computes faster on a CPU.
        x = ops.reshape(inputs, (-1, hidden_dim))
        if self.normalize_first:
            attended = self.attention(self.attention_norm(x), length, padding_mask)
            x = x + self.attention_dropout(attended, training=training)
            transformed = self.feedforward(self.feedforward_norm(x))
            x = x + self.feedforward_dropout(transformed, training=training)
        else:
            attended = self.attention(x, length, padding_mask)
            x = self.attention_norm(
                x + self.attention_dropout(attended, training=training)
            )
            transformed = self.feedforward(x)
            x = self.feedforward_norm(
                x + self.feedforward_dropout(transformed, training=training)
            )
        return ops.reshape(x, (-1, length, hidden_dim))

    def compute_output_shape(self, inputs_shape, padding_mask_shape=None):
        return inputs_shape

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "intermediate_dim": self.intermediate_dim,
            "dropout": self.dropout,
            "normalize_first": self.normalize_first,
            "activation": self.activation,
            "layer_norm_epsilon": self.layer_norm_epsilon,
        }
