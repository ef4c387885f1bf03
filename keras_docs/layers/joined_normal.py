"""An initializer for kernels that are several kernels side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops


def joined_normal(stddevs: Sequence[float]) -> Callable[..., Any]:
    """Normal values, with a standard deviation for each equal part of the columns.

    Args:
        stddevs: floats, one for each part.

    Returns:
        Function of `(shape, dtype)`, as Keras' layers take initializers.
    """

    def initialize(shape, dtype=None):
        width = shape[-1] // len(stddevs)
        parts = [
            keras.random.normal((*shape[:-1], width), stddev=stddev, dtype=dtype)
            for stddev in stddevs
        ]
        return ops.concatenate(parts, axis=-1)

    return initialize
