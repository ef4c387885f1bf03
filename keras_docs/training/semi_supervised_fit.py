"""Trains a classifier on labelled and unlabelled rows with a given loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from keras_docs.training.semi_supervised_batches import SemiSupervisedBatches

PATIENCE = 15


def semi_supervised_fit(
    model: Any,
    loss: keras.losses.Loss,
    labelled: Any,
    unlabelled: Any,
    y: Any = None,
    *,
    epochs: int,
    batch_size: int,
    validation_data: Any,
    callbacks: Sequence[keras.callbacks.Callback] | None,
    verbose: int | str,
    unlabelled_weight: Callable[[int], float] = lambda epoch: 1.0,
) -> keras.callbacks.History:
    """The loop that `fit_with_…` functions share; they document the arguments.

    Args:
        model: a classifier task.
        loss: takes labels of -1.
        labelled: raw data.
        unlabelled: raw data.
        y: labels of `labelled`.
        epochs: int.
        batch_size: int.
        validation_data: raw data or `(x, y)`.
        callbacks: list.
        verbose: as in Keras.
        unlabelled_weight: function of the epoch, from 0.

    Returns:
        A `keras.callbacks.History`.
    """
    batches = SemiSupervisedBatches(
        *_labelled_arrays(model, "labelled", labelled, y),
        model.preprocess_features(unlabelled),
        batch_size,
        unlabelled_weight,
    )
    callbacks = list(callbacks or [])
    if validation_data is not None:
        has_labels = isinstance(validation_data, tuple)
        x_y = validation_data if has_labels else (validation_data, None)
        validation_data = _labelled_arrays(model, "validation_data", *x_y)
        callbacks.append(
            keras.callbacks.EarlyStopping(
                monitor="val_loss", patience=PATIENCE, restore_best_weights=True
            )
        )
    compiled = model.get_compile_config()
    optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
    # Metrics would count rows without label; validation reports the loss alone.
    model.compile(optimizer=optimizer, loss=loss, metrics=[])
    try:
        return keras.Model.fit(
            model,
            batches,
            epochs=epochs,
            validation_data=validation_data,
            validation_batch_size=getattr(model, "predict_batch_size", 256),
            callbacks=callbacks,
            verbose=verbose,
        )
    finally:
        model.compile_from_config(compiled)


def _labelled_arrays(model: Any, name: str, x: Any, y: Any) -> tuple[Any, np.ndarray]:
    arrays = model.preprocess_samples(x, y)
    if len(arrays) < 2 or arrays[1] is None:
        raise ValueError(
            f"`{name}` has no labels: neither a target column nor `y`. Pass the "
            "labels, or put rows without label into `unlabelled`."
        )
    if not np.issubdtype(np.asarray(arrays[1]).dtype, np.integer):
        raise ValueError(
            "Semi-supervised training here is for classifiers, and the labels of "
            f"`{name}` are {np.asarray(arrays[1]).dtype} numbers."
        )
    return arrays[0], arrays[1]
