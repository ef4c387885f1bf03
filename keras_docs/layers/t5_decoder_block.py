"""One layer of T5's decoder, over a whole sequence or one token at a time."""

from __future__ import annotations

from typing import Any

from keras import ops, saving

from keras_docs.layers.attend import finite
from keras_docs.layers.rms_norm import RMSNorm
from keras_docs.layers.t5_cross_attention import T5CrossAttention
from keras_docs.layers.t5_encoder_block import T5EncoderBlock


@saving.register_keras_serializable(package="keras_docs")
class T5DecoderBlock(T5EncoderBlock):
    """Self-attention, attention to the encoder, and a feed-forward network.

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
            `RelativePositionBias(bidirectional=False)`.
        memory: tensor (batch, memory length, hidden_dim), the encoder's output.
        memory_bias: float32 tensor (batch, 1, 1, memory length), from `mask_bias`.

    Returns:
        Tensor like `inputs`, in the layer's compute dtype.

    Example:
    ```python
    bias = RelativePositionBias(num_heads=2, bidirectional=False)(np.ones((1, 5)))
    block = T5DecoderBlock(num_heads=2, key_dim=8, intermediate_dim=32)
    memory_bias = mask_bias(np.ones((1, 7)))
    block(np.ones((1, 5, 16)), bias, np.ones((1, 7, 16)), memory_bias).shape
    # (1, 5, 16)
    ```

    Reference:
    - [Raffel et al. 2020, T5](https://arxiv.org/abs/1910.10683), section 2.1
    """

    def build(self, inputs_shape) -> None:
        super().build(inputs_shape)
        self.cross_attention_norm = RMSNorm(
            self.epsilon, dtype=self.dtype_policy, name="cross_attention_norm"
        )
        self.cross_attention_norm.build(tuple(inputs_shape))
        self.cross_attention = T5CrossAttention(
            self.num_heads,
            self.key_dim,
            self.attention_dropout,
            dtype=self.dtype_policy,
            name="cross_attention",
        )
        self.cross_attention.build(tuple(inputs_shape))

    def call(self, inputs, bias, memory, memory_bias, training=None):
        x = ops.cast(inputs, self.compute_dtype)
        attended = self.attention(self.attention_norm(x), bias, training=training)
        x = finite(x + self.output_dropout(attended, training=training))
        attended = self.cross_attention(
            self.cross_attention_norm(x), memory, memory_bias, training=training
        )
        x = finite(x + self.output_dropout(attended, training=training))
        mixed = self.feedforward(self.feedforward_norm(x), training=training)
        return finite(x + self.output_dropout(mixed, training=training))

    def step(
        self,
        inputs: Any,
        bias: Any,
        cache: tuple,
        index: Any,
        keys_values: tuple,
        memory_bias: Any,
    ) -> tuple:
        """One new token, given what is known of those before it.

        Args:
            inputs: tensor (rows, 1, hidden_dim).
            bias: float32 tensor (1, num_heads, 1, max_length).
            cache: keys and values so far, each (rows, num_heads, max_length,
                key_dim).
            index: int tensor, the place of the new token.
            keys_values: the encoder's, from `cross_attention.keys_values`.
            memory_bias: float32 tensor (batch, 1, 1, memory length).

        Returns:
            Tensor (rows, 1, hidden_dim), and the cache with the new token.
        """
        x = inputs
        attended, cache = self.attention.step(
            self.attention_norm(x), bias, cache, index
        )
        x = finite(x + attended)
        x = finite(
            x
            + self.cross_attention.attend(
                self.cross_attention_norm(x), keys_values, memory_bias
            )
        )
        return finite(x + self.feedforward(self.feedforward_norm(x))), cache
