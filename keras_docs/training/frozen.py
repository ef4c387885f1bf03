"""Freezes a model for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras


@contextmanager
def frozen(model: keras.Model) -> Iterator[None]:
    """A context in which nothing of a model is trainable.

    Afterwards each layer and each weight is as trainable as before.

    Args:
        model: a Keras model.

    Example:
    ```python
    with frozen(teacher):
        distiller.fit(x)
    ```
    """
    layers = [(layer, layer.trainable) for layer in model._flatten_layers()]
    weights = [(variable, variable.trainable) for variable in model.variables]
    model.trainable = False
    try:
        yield
    finally:
        # A layer hands its state down, so the outer ones come first, weights last.
        for layer, trainable in layers:
            layer.trainable = trainable
        for variable, trainable in weights:
            variable.trainable = trainable
