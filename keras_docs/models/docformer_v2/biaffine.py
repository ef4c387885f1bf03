"""Scores of ordered pairs."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_docs")
class Biaffine(keras.layers.Layer):
    """`aᵢᵀ W bⱼ + u · aᵢ + v · bⱼ + c` with a and b two views of the same vectors.

    Args:
        units: int, size of the two views, each a ReLU layer on the vectors.
        **kwargs: `name`, `dtype`, `trainable`.

    Call arguments:
        inputs: tensor (batch, length, dim).

    Returns:
        Tensor (batch, length, length): how much the first goes to the second.

    Example:
    ```python
    Biaffine(8)(np.ones((1, 3, 16))).shape  # (1, 3, 3)
    ```

    Reference:
    - [Dozat and Manning 2017, Deep Biaffine Attention for Neural Dependency
      Parsing](https://arxiv.org/abs/1611.01734), section 3.1
    """

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units

    def build(self, inputs_shape) -> None:
        for name, inputs, size, activation in (
            ("source", inputs_shape[-1], self.units, "relu"),
            ("target", inputs_shape[-1], self.units, "relu"),
            # W, and with its bias v; then u, and with its bias c.
            ("pair", self.units, self.units, None),
            ("alone", self.units, 1, None),
        ):
            layer = keras.layers.Dense(
                size, activation=activation, dtype=self.dtype_policy, name=name
            )
            layer.build((None, inputs))
            setattr(self, name, layer)

    def call(self, inputs):
        source, target = self.source(inputs), self.target(inputs)
        scores = ops.matmul(self.pair(source), ops.transpose(target, (0, 2, 1)))
        return scores * self.units**-0.5 + self.alone(source)

    def compute_output_shape(self, inputs_shape):
        return (*inputs_shape[:2], inputs_shape[1])

    def get_config(self) -> dict:
        return {**super().get_config(), "units": self.units}
