"""Bounds what building a model from a stranger's config may allocate.

A config of a hundred bytes can ask for a terabyte of weights, and a backend aborts the
process when it tries. How much the preset's weights file holds is known before: a
model that needs much more is not the one that was saved.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from unittest.mock import patch

import keras
import ml_dtypes
import numpy as np

from keras_docs.hub.errors import PresetFormatError

# LoRA and quantization store other tensors than the layers are built with: int4 packs
# two weights into one byte.
SLACK = 2
SPARE_ELEMENTS = 10_000
SPARE_TENSORS = 100
# A layer without weights, or one that is built later, costs memory too.
LAYERS_PER_TENSOR = 20
SPARE_LAYERS = 1_000

_patching = threading.RLock()
_allowance: ContextVar[_Allowance | None] = ContextVar("allowance", default=None)


class _Allowance:
    """How many weights a model being built may still have."""

    def __init__(self, shapes: list[tuple[int, ...]], stem: str, are_read: bool):
        self.are_read = are_read
        self.source = f"the preset's {stem} weights file"
        self.elements = SLACK * sum(map(math.prod, shapes)) + SPARE_ELEMENTS
        self.tensors = SLACK * len(shapes) + SPARE_TENSORS
        self.layers = LAYERS_PER_TENSOR * len(shapes) + SPARE_LAYERS

    def take_layer(self) -> None:
        self.layers -= 1
        if self.layers < 0:
            raise PresetFormatError(
                f"The preset's config asks for far more layers than {self.source} has "
                "weights for. The files come from different models, or the config was "
                "edited."
            )

    def take_weight(self, layer: keras.layers.Layer, shape: tuple[int, ...]) -> None:
        self.elements -= math.prod(shape)
        self.tensors -= 1
        if self.elements < 0 or self.tensors < 0:
            raise PresetFormatError(
                f"The preset's config asks for far more weights than {self.source} "
                f"stores: stopped at the layer {layer.name!r}, at a weight of shape "
                f"{shape}. The files come from different models, or the config was "
                "edited."
            )


@contextlib.contextmanager
def allow_weights(
    shapes: list[tuple[int, ...]] | None, stem: str, are_read: bool
) -> Iterator[None]:
    """Lets models that are built within have about as many weights as are stored.

    Args:
        shapes: shapes of the stored weights; `None` sets no bound.
        stem: `"model"` or `"task"`, for messages.
        are_read: bool. The stored weights are read into the model right after: it
            starts from zeros, since random numbers for every shape take JAX seconds to
            compile.

    Raises:
        PresetFormatError: a layer asks for more; raised before it is allocated.
    """
    if shapes is None:
        yield
        return
    token = _allowance.set(_Allowance(shapes, stem, are_read))
    create, initialise = keras.layers.Layer.add_weight, keras.layers.Layer.__init__

    def add_weight(layer, *args, **kwargs):
        if (allowance := _allowance.get()) is None:
            return create(layer, *args, **kwargs)
        # As `Layer.add_weight` takes them by position.
        kwargs |= zip(("shape", "initializer", "dtype"), args, strict=False)
        allowance.take_weight(layer, _as_tuple(kwargs.get("shape")))
        if allowance.are_read:
            kwargs["initializer"] = _zeros
        return create(layer, **kwargs)

    def init(layer, *args, **kwargs):
        if (allowance := _allowance.get()) is not None:
            allowance.take_layer()
        initialise(layer, *args, **kwargs)

    try:
        # Keras has no hook for this. Models that other threads build meanwhile are not
        # bounded: the allowance is this context's.
        with (
            _patching,
            patch.multiple(keras.layers.Layer, add_weight=add_weight, __init__=init),
        ):
            yield
    finally:
        _allowance.reset(token)


def _as_tuple(shape) -> tuple[int, ...]:
    if shape is None:
        return ()
    return tuple(shape) if isinstance(shape, (tuple, list)) else (int(shape),)


def _zeros(shape, dtype=None) -> np.ndarray:
    return np.zeros(shape, getattr(ml_dtypes, str(dtype), dtype))
