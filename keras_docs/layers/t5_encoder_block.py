"""One layer of T5's encoder."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_docs.layers.attend import finite
from keras_docs.layers.rms_norm import RMSNorm
from keras_docs.layers.t5_feed_forward import T5FeedForward
from keras_docs.layers.t5_self_attention import T5SelfAttention


@keras.saving.register_keras_serializable(package="keras_docs")
class T5EncoderBlock(keras.layers.Layer):
    """Self-attention and a feed-forward network, each after a norm, with a residual.

    `h = x + attention(norm(x))`, `y = h + ffn(norm(h))`.

    Args:
        num_heads: int.
        key_dim: int, size of a head.
        intermediate_dim: int, size of the feed-forward network's hidden layer.
        activation: string, see `T5FeedForward`.
        is_gated: bool, see `T5FeedForward`.
        dropout: float, on each sublayer's output and in the feed-forward network.
        attention_dropout: float, on the attention weights.
        epsilon: float, of the norms.
        **kwargs: `name`, `dtype`, `trainable`.

    Call arguments:
        inputs: tensor (batch, length, hidden_dim).
        bias: float32 tensor (batch, num_heads, length, length), from
            `RelativePositionBias`, with the masks in it.

    Returns:
        Tensor like `inputs`, in the layer's compute dtype.

    Example:
    ```python
    bias = RelativePositionBias(num_heads=2)(np.ones((1, 5)))
    block = T5EncoderBlock(num_heads=2, key_dim=8, intermediate_dim=32)
    block(np.ones((1, 5, 16)), bias).shape  # (1, 5, 16)
    ```

    Reference:
    - [Raffel et al. 2020, T5](https://arxiv.org/abs/1910.10683), section 2.1
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        intermediate_dim: int,
        activation: str = "relu",
        is_gated: bool = False,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        epsilon: float = 1e-6,
        **kwargs: Any,
    ):
        # The bias stays float32: the layers within cast for themselves.
        super().__init__(autocast=False, **kwargs)
        self.num_heads = num_heads
        self.key_dim = key_dim
        self.intermediate_dim = intermediate_dim
        self.activation = activation
        self.is_gated = is_gated
        self.dropout = dropout
        self.attention_dropout = attention_dropout
        self.epsilon = epsilon

    def build(self, inputs_shape) -> None:
        shared = {"dtype": self.dtype_policy}
        self.attention_norm = RMSNorm(self.epsilon, name="attention_norm", **shared)
        self.attention = T5SelfAttention(
            self.num_heads,
            self.key_dim,
            self.attention_dropout,
            name="attention",
            **shared,
        )
        self.feedforward_norm = RMSNorm(self.epsilon, name="feedforward_norm", **shared)
        self.feedforward = T5FeedForward(
            self.intermediate_dim,
            self.activation,
            self.is_gated,
            self.dropout,
            name="feedforward",
            **shared,
        )
        for layer in (
            self.attention_norm,
            self.attention,
            self.feedforward_norm,
            self.feedforward,
        ):
            layer.build(tuple(inputs_shape))
        self.output_dropout = keras.layers.Dropout(
            self.dropout, name="output_dropout", **shared
        )

    def call(self, inputs, bias, training=None):
        x = ops.cast(inputs, self.compute_dtype)
        attended = self.attention(self.attention_norm(x), bias, training=training)
        x = finite(x + self.output_dropout(attended, training=training))
        mixed = self.feedforward(self.feedforward_norm(x), training=training)
        return finite(x + self.output_dropout(mixed, training=training))

    def compute_output_shape(self, inputs_shape):
        return inputs_shape

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "key_dim": self.key_dim,
            "intermediate_dim": self.intermediate_dim,
            "activation": self.activation,
            "is_gated": self.is_gated,
            "dropout": self.dropout,
            "attention_dropout": self.attention_dropout,
            "epsilon": self.epsilon,
        }
