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
    """The loop of `fit_with_pseudo_labels` and `fit_with_entropy_regularization`.

    Args:
        loss: takes the label -1 for rows without one.
        unlabelled_weight: function of the epoch, from 0.

    The other arguments, the result and the errors are documented there.
    """
    if not model.compiled:
        raise ValueError(
            "`model` is not compiled, and its optimizer is used here. Call "
            "`model.compile()` first."
        )
    batches = SemiSupervisedBatches(
        *_labelled_arrays(model, "labelled", labelled, y),
        model.preprocess_features(unlabelled),
        batch_size,
        unlabelled_weight,
    )
    # Keras calls `PyDataset.on_epoch_end` once before the first epoch as well, so that
    # the batches cannot count epochs themselves.
    count_epochs = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: setattr(batches, "epoch", epoch)
    )
    callbacks = [count_epochs, *(callbacks or [])]
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
