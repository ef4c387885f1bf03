"""Cross-entropy with the label that the model finds likeliest, where none is known."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_docs.losses.entropy_regularized_crossentropy import (
    EntropyRegularizedCrossentropy,
)


@keras.saving.register_keras_serializable(package="keras_docs")
class PseudoLabelCrossentropy(EntropyRegularizedCrossentropy):
    """Cross-entropy; where the label is -1, with the likeliest class as label.

    The pseudo-label is the current prediction's, anew at every step (Lee 2013,
    "Pseudo-label", equations 14 and 15, with alpha as `weight`).

    Args:
        weight: float, not negative; of the rows without label.
        name: string.
        **kwargs: `reduction`, `dtype`.

    Call arguments:
        y_true: integers (batch,) or (batch, 1), class indices, -1 for not known.
        y_pred: floats (batch, classes), probabilities.

    Returns:
        Float tensor: `reduction` of `-log p[label]`, or of `weight * -log max(p)`
        where the label is -1.

    Example:
    ```python
    loss = PseudoLabelCrossentropy(weight=0.5, reduction="none")
    loss(np.array([1, -1]), np.array([[0.2, 0.8], [0.9, 0.1]]))
    # [-log 0.8, 0.5 * -log 0.9] = [0.223, 0.053]
    ```
    """

    def __init__(
        self,
        weight: float = 1.0,
        name: str = "pseudo_label_crossentropy",
        **kwargs: Any,
    ):
        super().__init__(weight, name=name, **kwargs)

    def unlabelled_loss(self, probabilities):
        return -ops.log(ops.max(probabilities, axis=-1))
