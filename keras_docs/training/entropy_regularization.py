"""Semi-supervised training by entropy minimisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from keras_docs.losses.entropy_regularized_crossentropy import (
    EntropyRegularizedCrossentropy,
)
from keras_docs.training.semi_supervised_fit import semi_supervised_fit


def fit_with_entropy_regularization(
    model: Any,
    labelled: Any,
    unlabelled: Any,
    y: Any = None,
    *,
    weight: float = 0.1,
    epochs: int = 100,
    batch_size: int = 128,
    validation_data: Any = None,
    callbacks: Sequence[keras.callbacks.Callback] | None = None,
    verbose: int | str = "auto",
) -> keras.callbacks.History:
    """Trains a classifier so that it is sure of its answers on unlabelled rows, too.

    The loss is the mean cross-entropy of the labelled rows plus `weight` times the
    mean entropy of the predictions for the unlabelled ones (Grandvalet & Bengio 2005,
    "Semi-supervised learning by entropy minimization", equation 6). It is one of the
    methods that Huang et al. 2020 compare TabTransformer's pretraining with. Whether
    it helps depends on the table and the start: judge it on validation data.

    Args:
        model: a classifier task, such as `TabTransformerClassifier`, adapted to a
            table with all classes. It is compiled with the same optimizer as before
            and this loss, and afterwards as before.
        labelled: a table with labels.
        unlabelled: a table of further rows; a target column in it is not read.
        y: labels (rows,) of `labelled`. Default: its target column.
        weight: float, not negative; large ones make the model sure of early errors.
        epochs: int, passes over the unlabelled rows.
        batch_size: int from 2, rows per step, up to half of them labelled.
        validation_data: a table, or `(x, y)`. With it, training stops after 15 epochs
            without a better validation loss (plain cross-entropy), and the weights of
            the best epoch are kept.
        callbacks: list of Keras callbacks.
        verbose: as in `keras.Model.fit`.

    Returns:
        A `keras.callbacks.History`, with `loss`, and `val_loss` if validated.

    Raises:
        ValueError: there are no labels, the model is no classifier or not compiled, or
            `batch_size` is below 2.

    Example:
    ```python
    model = keras_docs.TabTransformer.from_dataframe(labelled, target="income")
    keras_docs.fit_with_entropy_regularization(model, labelled, unlabelled)
    model.classify(new_rows)
    ```
    """
    return semi_supervised_fit(
        model,
        EntropyRegularizedCrossentropy(weight),
        labelled,
        unlabelled,
        y,
        epochs=epochs,
        batch_size=batch_size,
        validation_data=validation_data,
        callbacks=callbacks,
        verbose=verbose,
    )
