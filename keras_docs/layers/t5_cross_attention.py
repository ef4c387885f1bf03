"""T5's attention from the decoder to the encoder."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_docs.layers.attend import attend, split_heads


@keras.saving.register_keras_serializable(package="keras_docs")
class T5CrossAttention(keras.layers.Layer):
    """Attention of one sequence to another, without biases and without scaling.

    The keys and values of the other sequence are a call argument, from `keys_values`:
    they are computed once, however many tokens are decoded.

    Args:
        num_heads: int.
        key_dim: int, size of a head.
        dropout: float, on the attention weights.
        **kwargs: `name`, `dtype`, `trainable`.

    Call arguments:
        inputs: tensor (rows, length, hidden_dim). With `rows = n · batch`, each `n`
            rows in turn look at one and the same sequence, as the beams of a search
            do, without its keys being repeated.
        memory: tensor (batch, memory length, hidden_dim), the other sequence.
        bias: float32 tensor (batch, 1, 1, memory length), from `mask_bias`.

    Returns:
        Tensor (rows, length, hidden_dim) in the layer's compute dtype.

    Example:
    ```python
    attention = T5CrossAttention(num_heads=2, key_dim=8)
    bias = mask_bias(np.ones((1, 7)))
    attention(np.ones((1, 5, 16)), np.ones((1, 7, 16)), bias).shape  # (1, 5, 16)
    ```

    Reference:
    - [Raffel et al. 2020, T5](https://arxiv.org/abs/1910.10683), section 2.1
    """

    def __init__(
        self, num_heads: int, key_dim: int, dropout: float = 0.0, **kwargs: Any
    ):
        # The bias stays float32: the layers within cast for themselves.
        super().__init__(autocast=False, **kwargs)
        self.num_heads = num_heads
        self.key_dim = key_dim
        self.dropout = dropout

    def build(self, inputs_shape) -> None:
        hidden_dim, inner_dim = inputs_shape[-1], self.num_heads * self.key_dim
        stddev = hidden_dim**-0.5

        def dense(size: int, inputs: int, name: str, stddev: float):
            layer = keras.layers.Dense(
                size,
                use_bias=False,
                kernel_initializer=keras.initializers.RandomNormal(stddev=stddev),
                dtype=self.dtype_policy,
                name=name,
            )
            layer.build((None, inputs))
            return layer

        self.query = dense(inner_dim, hidden_dim, "query", stddev * self.key_dim**-0.5)
        self.key_value = dense(2 * inner_dim, hidden_dim, "key_value", stddev)
        self.attention_output = dense(
            hidden_dim, inner_dim, "attention_output", inner_dim**-0.5
        )
        self.attention_dropout = keras.layers.Dropout(
            self.dropout, dtype=self.dtype_policy, name="attention_dropout"
        )

    def keys_values(self, memory: Any) -> tuple:
        """Keys and values of the sequence that is looked at.

        Args:
            memory: tensor (batch, memory length, hidden_dim).

        Returns:
            Two tensors (batch, num_heads, memory length, key_dim).
        """
        length, hidden_dim = ops.shape(memory)[1], memory.shape[2]
        projected = self.key_value(ops.reshape(memory, (-1, hidden_dim)))
        return tuple(
            split_heads(part, length, self.num_heads, self.key_dim)
            for part in ops.split(projected, 2, axis=-1)
        )

    def call(self, inputs, memory, bias, training=None):
        dropout = None
        if self.dropout:

            def dropout(weights):
                return self.attention_dropout(weights, training=training)

        return self.attend(inputs, self.keys_values(memory), bias, dropout)

    def attend(
        self, inputs: Any, keys_values: tuple, bias: Any, dropout: Any = None
    ) -> Any:
        """As a call, with the keys and values at hand.

        Args:
            inputs: tensor (rows, length, hidden_dim).
            keys_values: what `keys_values` gave.
            bias: float32 tensor (batch, 1, 1, memory length).
            dropout: function of the weights, or `None`.

        Returns:
            Tensor (rows, length, hidden_dim).
        """
        length, hidden_dim = ops.shape(inputs)[1], inputs.shape[2]
        key, value = keys_values
        query = self.query(ops.reshape(inputs, (-1, hidden_dim)))
        # All tokens of all rows that look at one sequence are its queries.
        shape = (ops.shape(key)[0], -1, self.num_heads, self.key_dim)
        query = ops.transpose(ops.reshape(query, shape), (0, 2, 1, 3))
        mixed = attend(query, key, value, bias, dropout)
        return ops.reshape(self.attention_output(mixed), (-1, length, hidden_dim))

    def compute_output_shape(self, inputs_shape):
        return inputs_shape

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "key_dim": self.key_dim,
            "dropout": self.dropout,
        }
