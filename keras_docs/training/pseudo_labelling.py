"""Semi-supervised training by pseudo-labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_docs.losses.pseudo_label_crossentropy import PseudoLabelCrossentropy
from keras_docs.training.semi_supervised_fit import semi_supervised_fit


def fit_with_pseudo_labels(
    model: Any,
    labelled: Any,
    unlabelled: Any,
    y: Any = None,
    *,
    weight: float = 1.0,
    ramp: tuple[float, float] = (0.2, 0.6),
    epochs: int = 100,
    batch_size: int = 128,
    validation_data: Any = None,
    callbacks: Sequence[keras.callbacks.Callback] | None = None,
    verbose: int | str = "auto",
) -> keras.callbacks.History:
    """Trains a classifier on unlabelled rows with its own answers as labels.

    The loss is the mean cross-entropy of the labelled rows plus alpha(t) times that of
    the unlabelled ones, whose label is the class that the model finds likeliest at
    that step (Lee 2013, "Pseudo-label", equations 14 to 16). Alpha is 0 at first, so
    that labels alone decide, and rises linearly to `weight`. It is one of the methods
    that Huang et al. 2020 compare TabTransformer's pretraining with. The members of an
    ensemble head label for themselves. Early errors confirm themselves, so that long
    training can end below the labels alone: pass `validation_data` where you can.

    Args:
        model: a classifier task, such as `TabTransformerClassifier`, adapted to a
            table with all classes. It is compiled with the same optimizer as before
            and this loss, and afterwards as before.
        labelled: a table with labels.
        unlabelled: a table of further rows; a target column in it is not read.
        y: labels (rows,) of `labelled`. Default: its target column.
        weight: float, not negative, the last alpha (Lee: 3).
        ramp: pair of floats, at which shares of the epochs alpha starts to rise and is
            full (Lee: 0.1 and 0.6 or so).
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
        ValueError: there are no labels, the model is no classifier or not compiled,
            `batch_size` is below 2, or `ramp` is no rising pair.

    Example:
    ```python
    model = keras_docs.TabTransformer.from_dataframe(labelled, target="income")
    keras_docs.fit_with_pseudo_labels(model, labelled, unlabelled)
    model.classify(new_rows)
    ```
    """
    start, full = ramp
    if not 0 <= start <= full <= 1:
        raise ValueError(
            "`ramp` must be two rising shares of the epochs, such as (0.2, 0.6). "
            f"Received: {ramp!r}."
        )

    def alpha(epoch: int) -> float:
        # `start` 0 and `full` 0 give no ramp: the whole weight from the first epoch.
        length = max((full - start) * epochs, 1e-9)
        return float(np.clip((epoch + 1 - start * epochs) / length, 0.0, 1.0))

    return semi_supervised_fit(
        model,
        PseudoLabelCrossentropy(weight),
        labelled,
        unlabelled,
        y,
        epochs=epochs,
        batch_size=batch_size,
        validation_data=validation_data,
        callbacks=callbacks,
        verbose=verbose,
        unlabelled_weight=alpha,
    )
