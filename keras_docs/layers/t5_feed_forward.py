"""T5's feed-forward network, plain or gated."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_docs.layers.gelu_tanh import gelu_tanh

# Names beside Keras' own.
ACTIVATIONS = {"gelu_tanh": gelu_tanh}


@keras.saving.register_keras_serializable(package="keras_docs")
class T5FeedForward(keras.layers.Layer):
    """`act(x W) V`, or gated `(act(x W) ⊙ x U) V`, without biases.

    Args:
        intermediate_dim: int, size of the hidden layer.
        activation: string, one of Keras' or `"gelu_tanh"`.
        is_gated: bool. T5 v1.0 has `"relu"` without a gate; v1.1 and mT5 `"gelu_tanh"`
            with one.
        dropout: float, on the hidden layer.
        **kwargs: `name`, `dtype`, `trainable`.

    Call arguments:
        inputs: tensor (…, hidden_dim).

    Returns:
        Tensor like `inputs`.

    Example:
    ```python
    T5FeedForward(64)(np.ones((2, 5, 16))).shape  # (2, 5, 16)
    ```

    References:
    - [Raffel et al. 2020, T5](https://arxiv.org/abs/1910.10683), section 2.1
    - [Shazeer 2020, GLU Variants Improve
      Transformer](https://arxiv.org/abs/2002.05202), equation 6
    """

    def __init__(
        self,
        intermediate_dim: int,
        activation: str = "relu",
        is_gated: bool = False,
        dropout: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.intermediate_dim = intermediate_dim
        self.activation = activation
        self.is_gated = is_gated
        self.dropout = dropout

    def build(self, inputs_shape) -> None:
        hidden_dim = inputs_shape[-1]

        def dense(size: int, inputs: int, name: str, activation: Any = None):
            layer = keras.layers.Dense(
                size,
                activation=activation,
                use_bias=False,
                kernel_initializer=keras.initializers.RandomNormal(stddev=inputs**-0.5),
                dtype=self.dtype_policy,
                name=name,
            )
            layer.build((None, inputs))
            return layer

        activation = ACTIVATIONS.get(self.activation, self.activation)
        self.intermediate = dense(
            self.intermediate_dim, hidden_dim, "intermediate", activation
        )
        if self.is_gated:
            self.gate = dense(self.intermediate_dim, hidden_dim, "gate")
        self.output_projection = dense(
            hidden_dim, self.intermediate_dim, "output_projection"
        )
        self.intermediate_dropout = keras.layers.Dropout(
            self.dropout, dtype=self.dtype_policy, name="intermediate_dropout"
        )

    def call(self, inputs, training=None):
        # One axis of rows: the kernels' gradients are then plain matrix products.
        rows = ops.reshape(inputs, (-1, inputs.shape[-1]))
        x = self.intermediate(rows)
        if self.is_gated:
            x = x * self.gate(rows)
        x = self.intermediate_dropout(x, training=training)
        return ops.reshape(self.output_projection(x), ops.shape(inputs))

    def compute_output_shape(self, inputs_shape):
        return inputs_shape

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "intermediate_dim": self.intermediate_dim,
            "activation": self.activation,
            "is_gated": self.is_gated,
            "dropout": self.dropout,
        }
