"""Normalisation by the root mean square alone."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_docs")
class RMSNorm(keras.layers.Layer):
    """`x / √(mean(x²) + ε) · scale`, without mean or bias: T5's layer norm.

    Computed in float32 whatever the dtype policy: in float16 the square of 300 is
    infinite, and the output would be zero.

    Args:
        epsilon: float.
        **kwargs: `name`, `dtype`, `trainable`.

    Call arguments:
        inputs: tensor (…, dim).

    Returns:
        Tensor like `inputs`, in the layer's compute dtype.

    Example:
    ```python
    norm = RMSNorm()
    norm(np.array([[3.0, 4.0]]))  # [[0.8485, 1.1314]]
    ```

    Reference:
    - [Zhang and Sennrich 2019, Root Mean Square Layer
      Normalization](https://arxiv.org/abs/1910.07467), equation 4
    """

    def __init__(self, epsilon: float = 1e-6, **kwargs: Any):
        super().__init__(autocast=False, **kwargs)
        self.epsilon = epsilon

    def build(self, inputs_shape) -> None:
        self.scale = self.add_weight(
            shape=(inputs_shape[-1],), initializer="ones", name="scale"
        )

    def call(self, inputs):
        x = ops.cast(inputs, "float32")
        x = x * ops.rsqrt(ops.mean(ops.square(x), -1, keepdims=True) + self.epsilon)
        return ops.cast(x * ops.cast(self.scale, "float32"), self.compute_dtype)

    def compute_output_shape(self, inputs_shape):
        return inputs_shape

    def get_config(self) -> dict:
        return {**super().get_config(), "epsilon": self.epsilon}
