"""GELU by its approximation with tanh."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="keras_docs")
def gelu_tanh(x: Any) -> Any:
    """`0.5 x (1 + tanh(√(2 / π) (x + 0.044715 x³)))`; Keras' own `"gelu"` is exact.

    Args:
        x: tensor.

    Returns:
        Tensor like `x`.

    Reference:
    - [Hendrycks and Gimpel 2016](https://arxiv.org/abs/1606.08415), section 2
    """
    return keras.activations.gelu(x, approximate=True)
