"""A model's call for single requests, compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_docs.kernels.traced_step import TracedStep

Arrays = Mapping[str, np.ndarray]


def compiled_call(model: keras.Model) -> Callable[[Arrays], dict[str, np.ndarray]]:
    """Returns a function that gives what `model.predict_on_batch` gives.

    On JAX, Keras gathers, donates and replaces all state around each batch, which
    takes as long as a small model itself. Here the variables are only read. On PyTorch,
    the model is recorded by `TracedStep`. On TensorFlow it is `predict_on_batch`.

    Args:
        model: a functional `keras.Model` with a dict of inputs and of outputs, none of
            which changes a variable.

    Returns:
        Function of a dict of arrays (rows, …) that returns the dict of outputs. Each
        new shape is compiled on its first call on JAX and TensorFlow.
    """
    backend = keras.backend.backend()
    if backend == "jax":
        return _compiled_by_jax(model)
    return _recorded(model) if backend == "torch" else model.predict_on_batch


def _recorded(model: keras.Model) -> Callable[[Arrays], dict[str, np.ndarray]]:
    import torch

    step = TracedStep(lambda inputs: model(inputs, training=False), model)

    def call(inputs: Arrays) -> dict[str, np.ndarray]:
        # In one order: what is recorded takes them in that of the recording.
        tensors = {name: ops.convert_to_tensor(inputs[name]) for name in sorted(inputs)}
        with torch.no_grad():
            found = step.prepared()(tensors)
        return {name: ops.convert_to_numpy(tensor) for name, tensor in found.items()}

    return call


def _compiled_by_jax(model: keras.Model) -> Callable[[Arrays], dict[str, np.ndarray]]:
    import jax

    trainable, fixed = model.trainable_variables, model.non_trainable_variables

    @jax.jit
    def outputs(trainable_values: list, fixed_values: list, inputs: Arrays) -> Any:
        return model.stateless_call(
            trainable_values, fixed_values, inputs, training=False
        )[0]

    def call(inputs: Arrays) -> dict[str, np.ndarray]:
        # Training replaces the arrays behind the variables.
        found = outputs(
            [variable.value for variable in trainable],
            [variable.value for variable in fixed],
            inputs,
        )
        return {name: np.asarray(array) for name, array in found.items()}

    return call
