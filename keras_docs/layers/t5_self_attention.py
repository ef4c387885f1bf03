"""T5's self-attention, over a whole sequence or one token at a time."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_docs.layers.attend import attend, split_heads
from keras_docs.layers.joined_normal import joined_normal


@keras.saving.register_keras_serializable(package="keras_docs")
class T5SelfAttention(keras.layers.Layer):
    """Attention of a sequence to itself, without biases and without scaling.

    T5 does not divide the scores by √key_dim; its initial queries are that much
    smaller instead. One matrix product gives queries, keys and values.

    Args:
        num_heads: int.
        key_dim: int, size of a head.
        dropout: float, on the attention weights.
        **kwargs: `name`, `dtype`, `trainable`.

    Call arguments:
        inputs: tensor (batch, length, hidden_dim).
        bias: float32 tensor that broadcasts to (batch, num_heads, length, length),
            from `RelativePositionBias`, with the masks in it.

    Returns:
        Tensor (batch, length, hidden_dim) in the layer's compute dtype.

    Example:
    ```python
    bias = RelativePositionBias(num_heads=2)(np.ones((1, 5)))
    T5SelfAttention(num_heads=2, key_dim=8)(np.ones((1, 5, 16)), bias).shape
    # (1, 5, 16)
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
        self.query_key_value = keras.layers.Dense(
            3 * inner_dim,
            use_bias=False,
            kernel_initializer=joined_normal(
                (stddev * self.key_dim**-0.5, stddev, stddev)
            ),
            dtype=self.dtype_policy,
            name="query_key_value",
        )
        self.query_key_value.build((None, hidden_dim))
        self.attention_output = keras.layers.Dense(
            hidden_dim,
            use_bias=False,
            kernel_initializer=keras.initializers.RandomNormal(stddev=inner_dim**-0.5),
            dtype=self.dtype_policy,
            name="attention_output",
        )
        self.attention_output.build((None, inner_dim))
        self.attention_dropout = keras.layers.Dropout(
            self.dropout, dtype=self.dtype_policy, name="attention_dropout"
        )

    def project(self, inputs: Any) -> Any:
        """Queries, keys and values of a sequence.

        Args:
            inputs: tensor (batch, length, hidden_dim).

        Returns:
            Tensor (3, batch, num_heads, length, key_dim).
        """
        length, hidden_dim = ops.shape(inputs)[1], inputs.shape[2]
        # Rows and tokens as one axis: the gradient of the kernel is then one matrix
        # product, which XLA computes faster on a CPU.
        projected = self.query_key_value(ops.reshape(inputs, (-1, hidden_dim)))
        shape = (-1, length, 3, self.num_heads, self.key_dim)
        return ops.transpose(ops.reshape(projected, shape), (2, 0, 3, 1, 4))

    def call(self, inputs, bias, training=None):
        query, key, value = ops.unstack(self.project(inputs), 3, axis=0)
        mixed = attend(query, key, value, bias, self._dropout(training))
        return self._output(mixed, inputs)

    def step(self, inputs: Any, bias: Any, cache: tuple, index: Any) -> tuple:
        """Attention of one new token to itself and those before it.

        Args:
            inputs: tensor (batch, 1, hidden_dim).
            bias: float32 tensor (1, num_heads, 1, max_length).
            cache: keys and values so far, each (batch, num_heads, max_length,
                key_dim).
            index: int tensor, the place of the new token.

        Returns:
            Tensor (batch, 1, hidden_dim), and the cache with the new token.
        """
        # With one token, (batch, 3 · inner_dim) splits without moving anything.
        projected = self.query_key_value(inputs)
        query, key, value = (
            split_heads(part, 1, self.num_heads, self.key_dim)
            for part in ops.split(projected, 3, axis=-1)
        )
        keys = _with_token(cache[0], key, index)
        values = _with_token(cache[1], value, index)
        mixed = attend(query, keys, values, bias)
        return self._output(mixed, inputs), (keys, values)

    def _dropout(self, training):
        if not self.dropout:
            return None
        return lambda weights: self.attention_dropout(weights, training=training)

    def _output(self, mixed, inputs):
        length, hidden_dim = ops.shape(inputs)[1], inputs.shape[2]
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


def _with_token(cache: Any, token: Any, index: Any) -> Any:
    """The cache (rows, heads, length, key_dim) with a token in its place."""
    if keras.backend.backend() == "torch":
        # With a place that is a tensor, `slice_update` takes 25 operations there.
        is_here = ops.arange(ops.shape(cache)[2], dtype="int32") == index
        return ops.where(is_here[:, None], token, cache)
    return ops.slice_update(cache, (0, 0, index, 0), token)
