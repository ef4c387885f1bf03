"""How far a text is from its translation, beside the other texts of the batch."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

# Below all scores: what counts as no candidate.
NEVER = -1e9


@keras.saving.register_keras_serializable(package="keras_docs")
class TranslationRankingLoss(keras.losses.Loss):
    """Crossentropy of finding each text's translation among those of the batch.

    The scores are inner products, divided by the temperature, and the candidates all
    texts of the other side; the loss is the mean of both directions (Feng et al. 2022,
    without their margin). The larger the batch, the harder the task. Rows with a number
    in common mean the same, and are no candidates for each other.

    Args:
        temperature: float above 0; the lower, the more the nearest wrong texts weigh.
        reduction: string. By default the mean weighted by `sample_weight`.
        name: string.
        **kwargs: `dtype`.

    Call arguments:
        y_true: numbers (batch, 2), one for the text and one for its translation. Equal
            texts of a side have equal numbers, below 2**24.
        y_pred: floats (batch, 2, dim), unit vectors of the text and its translation.

    Returns:
        Float tensor: `reduction` of the crossentropies (batch,), in nats.

    Raises:
        ValueError: `temperature` is not positive.

    Example:
    ```python
    loss = TranslationRankingLoss(temperature=0.05)
    vectors = np.array([[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]])
    loss(np.array([[0, 0], [1, 1]]), vectors)  # nearly 0
    ```

    References:
    - Guo et al. 2018, "Effective Parallel Corpus Mining using Bilingual Sentence
      Embeddings", https://arxiv.org/abs/1807.11906
    - Feng et al. 2022, "Language-agnostic BERT Sentence Embedding",
      https://arxiv.org/abs/2007.01852
    """

    def __init__(
        self,
        temperature: float = 0.05,
        reduction: str = "mean_with_sample_weight",
        name: str = "translation_ranking_loss",
        **kwargs: Any,
    ):
        super().__init__(name=name, reduction=reduction, **kwargs)
        if not temperature > 0:
            raise ValueError(
                "`temperature` must be above 0; 0.05 is usual. "
                f"Received: {temperature!r}."
            )
        self.temperature = float(temperature)

    def call(self, y_true, y_pred):
        scores = ops.matmul(y_pred[:, 0], ops.transpose(y_pred[:, 1]))
        scores = scores / self.temperature
        rows = ops.arange(ops.shape(scores)[0])
        is_own = ops.equal(rows[:, None], rows[None, :])
        is_same = ops.any(ops.equal(y_true[:, None], y_true[None, :]), axis=-1)
        is_other = ops.logical_and(is_same, ops.logical_not(is_own))
        scores = ops.where(is_other, NEVER, scores)
        own = ops.diagonal(scores)
        both = ops.logsumexp(scores, axis=0) + ops.logsumexp(scores, axis=1)
        return both / 2 - own

    def get_config(self) -> dict:
        return {**super().get_config(), "temperature": self.temperature}
