"""Divergence of a student's classes from its teacher's."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_docs")
class DistillationLoss(keras.losses.Loss):
    """Kullback-Leibler divergence of softened class probabilities, times T squared.

    Both models' logits are divided by the temperature T before the softmax, so that
    the student also learns how the teacher ranks the unlikely classes. Gradients shrink
    with 1/T², which the factor makes good (Hinton et al. 2015, "Distilling the
    Knowledge in a Neural Network", section 2, https://arxiv.org/abs/1503.02531).

    Args:
        temperature: float above 0; 1 compares the probabilities as they are.
        from_logits: bool. With `False`, both are probabilities, whose logarithms are
            logits.
        reduction: string. By default the mean weighted by `sample_weight`, so that
            positions of weight 0 do not count.
        name: string.
        **kwargs: `dtype`.

    Call arguments:
        y_true: floats (..., classes), the teacher's.
        y_pred: floats (..., classes), the student's.

    Returns:
        Float tensor: `reduction` of `T² Σ p log(p / q)`, in nats.

    Raises:
        ValueError: `temperature` is not positive.

    Example:
    ```python
    loss = DistillationLoss(temperature=2.0)
    loss(np.array([[4.0, 0.0]]), np.array([[4.0, 0.0]]))  # 0.0
    ```
    """

    def __init__(
        self,
        temperature: float = 2.0,
        from_logits: bool = True,
        reduction: str = "mean_with_sample_weight",
        name: str = "distillation_loss",
        **kwargs: Any,
    ):
        super().__init__(name=name, reduction=reduction, **kwargs)
        if not temperature > 0:
            raise ValueError(
                "`temperature` must be above 0; 1 leaves the probabilities as they "
                f"are, 2 to 4 is usual. Received: {temperature!r}."
            )
        self.temperature = float(temperature)
        self.from_logits = bool(from_logits)

    def call(self, y_true, y_pred):
        teacher = ops.log_softmax(self._logits(y_true) / self.temperature, axis=-1)
        student = ops.log_softmax(self._logits(y_pred) / self.temperature, axis=-1)
        divergence = ops.sum(ops.exp(teacher) * (teacher - student), axis=-1)
        return self.temperature**2 * divergence

    def _logits(self, scores):
        if self.from_logits:
            return scores
        return ops.log(ops.clip(scores, keras.config.epsilon(), 1.0))

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "from_logits": self.from_logits,
        }
