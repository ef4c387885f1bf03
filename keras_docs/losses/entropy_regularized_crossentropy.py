"""Cross-entropy of labelled rows, entropy of the others."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_docs")
class EntropyRegularizedCrossentropy(keras.losses.Loss):
    """Cross-entropy where a label is known, weighted entropy where it is -1.

    Low entropy on unlabelled rows moves the boundary between classes to where few
    rows lie (Grandvalet & Bengio 2005, "Semi-supervised learning by entropy
    minimization", equation 6, with their lambda as `weight`).

    Args:
        weight: float, not negative; of the entropy, in nats like the cross-entropy.
        name: string.
        **kwargs: `reduction`, `dtype`.

    Call arguments:
        y_true: integers (batch,) or (batch, 1), class indices, -1 for not known.
        y_pred: floats (batch, classes), probabilities.

    Returns:
        Float tensor: `reduction` of `-log p[label]`, or of
        `weight * -sum(p * log p)` where the label is -1.

    Example:
    ```python
    loss = EntropyRegularizedCrossentropy(weight=0.5, reduction="none")
    loss(np.array([1, -1]), np.array([[0.2, 0.8], [0.5, 0.5]]))
    # [-log 0.8, 0.5 * log 2] = [0.223, 0.347]
    ```
    """

    def __init__(
        self,
        weight: float = 1.0,
        name: str = "entropy_regularized_crossentropy",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        if not weight >= 0:
            raise ValueError(f"`weight` must not be negative. Received: {weight!r}.")
        self.weight = float(weight)

    def call(self, y_true, y_pred):
        labels = ops.reshape(ops.cast(y_true, "int32"), (-1,))
        # log 0 is infinite, and 0 * log 0 no number.
        likely = ops.clip(y_pred, keras.config.epsilon(), 1.0)
        # Class -1 is no class: its row of the one-hot matrix would be all zeros.
        known = ops.one_hot(
            ops.maximum(labels, 0), y_pred.shape[-1], dtype=likely.dtype
        )
        crossentropy = -ops.sum(known * ops.log(likely), axis=-1)
        return ops.where(
            labels >= 0, crossentropy, self.weight * self.unlabelled_loss(likely)
        )

    def unlabelled_loss(self, probabilities):
        """The loss (batch,) of rows without label, before `weight`."""
        return -ops.sum(probabilities * ops.log(probabilities), axis=-1)

    def get_config(self) -> dict:
        return {**super().get_config(), "weight": self.weight}
