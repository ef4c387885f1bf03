"""The same models through KerasHub's own loading code."""

from __future__ import annotations

import keras_hub

import keras_docs


def load_task(handle: str) -> keras_hub.models.Task:
    """Load a TabTransformerClassifier as KerasHub loads a task of its own.

    Our class only replaces `from_preset`; KerasHub's is called on it here, so that
    model, files and class are the same and only the loader differs.
    """
    load = keras_hub.models.Task.from_preset.__func__
    return load(keras_docs.TabTransformerClassifier, handle)
