"""The multilayer perceptron on top of TabTransformer's features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_docs")
class MLPHead(keras.layers.Layer):
    """An MLP, or several that share most of their weights.

    With `num_members=1` it is the paper's: each hidden layer is a dense layer, its
    activation (SELU) and batch normalisation (Huang et al. 2020, section 3). With more
    members it is TabM-mini (Gorishniy et al. 2025, "TabM"): every member scales the
    features by its own vector, initialised to random signs, all share the hidden
    layers, and each has its own output layer. Members are trained as if they were
    separate models; their mean predicts.

    Args:
        hidden_dims: list of ints, sizes of the hidden layers.
        output_dim: int.
        activation: string, the hidden layers' activation.
        batch_normalization: bool, after each hidden layer.
        dropout: float, after each hidden layer.
        num_members: int.

    Call arguments:
        features: tensor (batch, width).

    Returns:
        Float32 tensor (batch, num_members, output_dim).
    """

    def __init__(
        self,
        hidden_dims: Sequence[int],
        output_dim: int,
        activation: str = "selu",
        batch_normalization: bool = True,
        dropout: float = 0.0,
        num_members: int = 1,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.hidden_dims = list(hidden_dims)
        self.output_dim = output_dim
        self.activation = activation
        self.batch_normalization = batch_normalization
        self.dropout = dropout
        self.num_members = num_members

    def build(self, input_shape) -> None:
        width = input_shape[-1]
        if self.num_members > 1:
            self.member_scale = self.add_weight(
                (self.num_members, width),
                initializer=_random_signs,
                name="member_scale",
            )
        self.hidden_layers = []
        for i, size in enumerate(self.hidden_dims):
            for layer in self._hidden_block(i, size):
                layer.build((None, self.num_members, width))
                if isinstance(layer, keras.layers.Dense):
                    width = size
                self.hidden_layers.append(layer)
        self.output_kernel = self.add_weight(
            (self.num_members, width, self.output_dim),
            initializer=keras.initializers.RandomUniform(-(width**-0.5), width**-0.5),
            name="output_kernel",
        )
        self.output_bias = self.add_weight(
            (self.num_members, self.output_dim), initializer="zeros", name="output_bias"
        )

    def _hidden_block(self, i: int, size: int) -> list[keras.layers.Layer]:
        policy = self.dtype_policy
        layers: list[keras.layers.Layer] = [
            keras.layers.Dense(
                size,
                activation=self.activation,
                kernel_initializer=(
                    "lecun_normal" if self.activation == "selu" else "he_normal"
                ),
                dtype=policy,
                name=f"hidden_{i}",
            )
        ]
        if self.batch_normalization:
            layers.append(
                # Keras' momentum of 0.99 needs hundreds of steps before evaluation is
                # right; fine-tuning on 50 labels has two per epoch.
                keras.layers.BatchNormalization(
                    momentum=0.9, dtype=policy, name=f"hidden_norm_{i}"
                )
            )
        if self.dropout:
            layers.append(
                keras.layers.Dropout(
                    self.dropout, dtype=policy, name=f"hidden_dropout_{i}"
                )
            )
        return layers

    def call(self, features, training=None):
        x = features[:, None]
        if self.num_members > 1:
            x = x * self.member_scale
        for layer in self.hidden_layers:
            x = _call(layer, x, training)
        # (batch, members, width) x (members, width, outputs), member by member.
        x = ops.matmul(ops.transpose(x, (1, 0, 2)), self.output_kernel)
        outputs = ops.transpose(x, (1, 0, 2)) + self.output_bias
        # Probabilities and losses are computed in float32 under every policy.
        return ops.cast(outputs, "float32")

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.num_members, self.output_dim)

    def compute_output_spec(self, features, training=None):
        shape = self.compute_output_shape(features.shape)
        return keras.KerasTensor(shape, dtype="float32")

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "hidden_dims": self.hidden_dims,
            "output_dim": self.output_dim,
            "activation": self.activation,
            "batch_normalization": self.batch_normalization,
            "dropout": self.dropout,
            "num_members": self.num_members,
        }


def _random_signs(shape, dtype=None):
    return ops.sign(keras.random.uniform(shape, -1.0, 1.0, dtype=dtype))


def _call(layer: keras.layers.Layer, x, training):
    if isinstance(layer, keras.layers.Dense):
        return layer(x)
    return layer(x, training=training)
