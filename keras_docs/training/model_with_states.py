"""A model that also returns what layers of its backbone return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from keras_docs.training.distilled_layers import backbone_of


def model_with_states(task: keras.Model, states: Sequence[Any]) -> keras.Model:
    """A model on the same weights, with some of the backbone's tensors as outputs.

    One pass gives both, so that dropout is the same for the answers and the states.

    Args:
        task: a functional model, which may have a functional `backbone`.
        states: list of Keras tensors of the backbone's graph, or of the task's own.

    Returns:
        A `keras.Model` with the task's inputs and the outputs
        `{"outputs": the task's, "states": list}`.
    """
    backbone = backbone_of(task)
    # Not compiled, unlike the task: a clone would be given an optimizer of its own.
    plain = keras.Model(task.input, task.output)
    called = []
    if states:
        with_states = keras.Model(backbone.input, [backbone.output, list(states)])

        def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
            if layer is not backbone:
                return layer(*args, **kwargs)
            outputs, found = with_states(*args, **kwargs)
            called.append(found)
            return outputs

        rebuilt = keras.models.clone_model(
            plain, clone_function=lambda layer: layer, call_function=call
        )
        if called:
            plain, states = rebuilt, called[0]
    return keras.Model(plain.input, {"outputs": plain.output, "states": list(states)})
