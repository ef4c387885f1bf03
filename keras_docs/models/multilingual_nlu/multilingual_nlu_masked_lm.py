"""Pretraining on texts without labels."""

from __future__ import annotations

import math
from typing import Any

import keras
import keras_hub
import numpy as np

from keras_docs.models.multilingual_nlu.multilingual_nlu_backbone import (
    MultilingualNLUBackbone,
)
from keras_docs.models.multilingual_nlu.multilingual_nlu_preprocessor import (
    MultilingualNLUPreprocessor,
)
from keras_docs.models.multilingual_nlu.multilingual_nlu_task import (
    MultilingualNLUTask,
    sequence_output,
)
from keras_docs.models.multilingual_nlu.utterance_input import read_texts

# Of the chosen tokens, 80 % become the mask, 10 % another token, and 10 % stay (Devlin
# et al. 2019, section 3.1).
MASKED, REPLACED = 0.8, 0.1


@keras.saving.register_keras_serializable(package="keras_docs")
class MultilingualNLUMaskedLM(MultilingualNLUTask):
    """Masked language modelling: hide some tokens of a text, guess which they were.

    Each batch hides other tokens. The scores are products with the token embeddings,
    computed for the hidden tokens alone.

    Args:
        backbone: a `MultilingualNLUBackbone`; `fit` trains it in place.
        preprocessor: a `MultilingualNLUPreprocessor`, or `None` to feed arrays.
        mask_share: float, share of a text's tokens that are hidden; at least one is.
        **kwargs: `name`, `compile`.

    Call arguments:
        A dict of `token_ids` and `padding_mask`, int32 (batch, length), and
        `mask_positions`, int32 (batch, masks).

    Returns:
        Float32 logits (batch, masks, vocabulary_size).

    Raises:
        ValueError: `mask_share` is no share.

    Example:
    ```python
    pretrainer = keras_docs.MultilingualNLUMaskedLM(backbone, preprocessor)
    pretrainer.fit(texts, epochs=3)
    model = keras_docs.MultilingualNLU(backbone, preprocessor)
    model.fit(records)
    ```

    Reference:
    - [Devlin et al. 2019, BERT](https://arxiv.org/abs/1810.04805), section 3.1
    """

    backbone_cls = MultilingualNLUBackbone

    def __init__(
        self,
        backbone: MultilingualNLUBackbone,
        preprocessor: MultilingualNLUPreprocessor | None = None,
        mask_share: float = 0.15,
        **kwargs: Any,
    ):
        if not 0 < mask_share < 1:
            raise ValueError(
                "`mask_share` is a share of the tokens between 0 and 1. "
                f"Received: {mask_share!r}."
            )
        # === Layers ===
        self.backbone = backbone
        self.preprocessor = preprocessor
        self.masked_lm_head = keras_hub.layers.MaskedLMHead(
            token_embedding=backbone.token_embedding,
            intermediate_activation="gelu",
            # KerasHub adds its bias without a cast, which TensorFlow refuses.
            dtype="float32",
            name="masked_lm_head",
        )

        # === Functional Model ===
        positions = keras.Input((None,), dtype="int32", name="mask_positions")
        hidden = sequence_output(backbone, backbone.input)
        logits = self.masked_lm_head(hidden, positions)
        logits = keras.layers.Activation("linear", dtype="float32", name="logits")(
            logits
        )
        super().__init__(
            inputs={**backbone.input, "mask_positions": positions},
            outputs=logits,
            **kwargs,
        )

        # === Config ===
        self.mask_share = mask_share

    def default_loss(self) -> keras.losses.Loss:
        return keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        )

    def preprocess_samples(
        self, x: Any, y: Any = None, sample_weight: Any = None
    ) -> tuple[Any, ...]:
        # Labels of records play no part here.
        if self.preprocessor is None:
            return (x,)
        pieces = self.preprocessor.encode_pieces(read_texts(x))
        features = self.preprocessor.pad(pieces)
        return ({**features, "mask_positions": self.masks_in(features)},)

    def masks_in(self, features: dict[str, np.ndarray]) -> np.ndarray:
        """Where a text itself has the mask token: int32 (rows, masks), else 0."""
        is_mask = features["token_ids"] == self.preprocessor.tokenizer.mask_token_id
        count = self.mask_count(is_mask.shape[1])
        order = np.argsort(~is_mask, axis=1, kind="stable")[:, :count]
        found = np.take_along_axis(is_mask, order, axis=1)
        return np.where(found, order, 0).astype("int32")

    def mask_count(self, length: int) -> int:
        """How many tokens of a text of some length are hidden."""
        return max(1, math.ceil(self.mask_share * length))

    def transform_batch(self, batch: tuple[Any, ...]) -> tuple[Any, ...]:
        features = batch[0]
        ids, mask = features["token_ids"], features["padding_mask"]
        lengths = mask.sum(axis=1, keepdims=True)
        # A random order of each row's tokens, padding last.
        order = np.argsort(np.random.random(ids.shape) + (mask == 0), axis=1)
        positions = order[:, : self.mask_count(ids.shape[1])].astype("int32")
        wanted = np.maximum(1, np.round(self.mask_share * lengths))
        weights = (np.arange(positions.shape[1]) < wanted).astype("float32")
        labels = np.take_along_axis(ids, positions, axis=1)
        hidden = self._hidden(labels)
        corrupted = ids.copy()
        np.put_along_axis(
            corrupted, positions, np.where(weights > 0, hidden, labels), axis=1
        )
        features = {
            **features,
            "token_ids": corrupted,
            "mask_positions": positions,
        }
        return features, labels, weights

    def _hidden(self, labels: np.ndarray) -> np.ndarray:
        drawn = np.random.random(labels.shape)
        others = np.random.randint(0, self.backbone.vocabulary_size, labels.shape)
        replaced = np.where(drawn < MASKED + REPLACED, others, labels)
        mask = self.preprocessor.tokenizer.mask_token_id
        return np.where(drawn < MASKED, mask, replaced).astype("int32")

    def get_config(self) -> dict:
        return {**super().get_config(), "mask_share": self.mask_share}
