"""Pretraining on translations: words that mean the same get embeddings alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import ops

from keras_docs.losses.translation_ranking_loss import TranslationRankingLoss
from keras_docs.models.multilingual_nlu.length_buckets import LengthBuckets
from keras_docs.models.multilingual_nlu.multilingual_nlu_backbone import (
    MultilingualNLUBackbone,
)
from keras_docs.models.multilingual_nlu.multilingual_nlu_preprocessor import (
    MultilingualNLUPreprocessor,
)
from keras_docs.models.multilingual_nlu.token_pooling import TokenPooling
from keras_docs.models.multilingual_nlu.utterance_input import read_pairs

SIDES = ("", "translation_")
PARTS = ("token_ids", "padding_mask")


class TranslationRanker(keras.Model):
    """Trains token embeddings to tell which text of a batch translates which.

    A text is the mean of its token embeddings, and near to another if both point the
    same way. No Transformer layer takes part: half a million pairs are learned in
    minutes on one core. An encoder that is then trained on labels of one language, with
    its token embeddings left as they are, understands the others in part;
    `benchmarks/nlu` tells how much.

    Args:
        backbone: a `MultilingualNLUBackbone`, whose token embeddings are trained in
            place; nothing else of it is.
        preprocessor: a `MultilingualNLUPreprocessor`.
        temperature: float above 0, see `TranslationRankingLoss`.
        name: string.

    Call arguments:
        A dict of `token_ids` and `padding_mask`, and of `translation_token_ids` and
        `translation_padding_mask`, int32 (batch, length).

    Returns:
        Float32 (batch, 2, embedding_dim): unit vectors of the text and of its
        translation.

    Raises:
        ValueError: `temperature` is not positive.

    Example:
    ```python
    pairs = [("wake me up at five", "weck mich um fünf auf"), …]
    keras_docs.TranslationRanker(backbone, preprocessor).fit(pairs, epochs=2)
    backbone.token_embedding.trainable = False
    model = keras_docs.MultilingualNLU(backbone, preprocessor)
    model.fit(english_records)
    model.parse(["weck mich um sechs auf"])
    ```

    References:
    - [Guo et al. 2018, Effective Parallel Corpus Mining using Bilingual Sentence
      Embeddings](https://arxiv.org/abs/1807.11906), the task
    - [Gouws et al. 2015, BilBOWA](https://arxiv.org/abs/1410.2455), embeddings of words
      from pairs of sentences
    """

    def __init__(
        self,
        backbone: MultilingualNLUBackbone,
        preprocessor: MultilingualNLUPreprocessor,
        temperature: float = 0.05,
        name: str = "translation_ranker",
    ):
        pooling = TokenPooling("mean", dtype=backbone.dtype_policy, name="pooling")
        unit = keras.layers.UnitNormalization(dtype="float32", name="unit")
        inputs = {
            side + part: keras.Input((None,), dtype="int32", name=side + part)
            for side in SIDES
            for part in PARTS
        }
        vectors = []
        for side in SIDES:
            embedded = backbone.token_embedding(inputs[f"{side}token_ids"])
            mask = inputs[f"{side}padding_mask"]
            vectors.append(unit(pooling(embedded, padding_mask=mask)))
        super().__init__(inputs=inputs, outputs=ops.stack(vectors, axis=1), name=name)
        self.preprocessor = preprocessor
        self.compile(
            optimizer=keras.optimizers.AdamW(2e-3, weight_decay=0.01),
            loss=TranslationRankingLoss(temperature),
        )

    def fit(
        self,
        x: Sequence[tuple[str, str]],
        batch_size: int = 512,
        validation_data: Sequence[tuple[str, str]] | None = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains on pairs; `compile` replaces the optimizer before.

        Args:
            x: list of pairs (text, translation). Several may have a text in common.
            batch_size: int, how many translations there are to choose from; more are
                harder.
            validation_data: pairs that train nothing.
            **kwargs: of `keras.Model.fit`: `epochs`, `callbacks`, `verbose`, ….

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: something is no pair of texts; names the first such place.
        """
        feed = self._batches(x, batch_size, shuffle=True, drop_last=True)
        if validation_data is not None:
            validation_data = self._batches(validation_data, batch_size)
        return super().fit(
            feed, validation_data=validation_data, shuffle=False, **kwargs
        )

    def predict(
        self, x: Sequence[tuple[str, str]], batch_size: int = 512, **kwargs: Any
    ) -> np.ndarray:
        """Unit vectors of pairs: the inner product of two tells how near they are.

        Args:
            x: list of pairs (text, translation).
            batch_size: int.
            **kwargs: of `keras.Model.predict`.

        Returns:
            Float32 array (pairs, 2, embedding_dim).

        Raises:
            ValueError: something is no pair of texts; names the first such place.
        """
        features, _ = self._arrays(x)
        return super().predict(features, batch_size=batch_size, **kwargs)

    def _batches(self, pairs: Any, batch_size: int, **kwargs: Any) -> LengthBuckets:
        return LengthBuckets(self._arrays(pairs), batch_size, **kwargs)

    def _arrays(self, pairs: Any) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """The inputs, and for each text its number among the different ones."""
        features, numbers = {}, []
        both = zip(*read_pairs(pairs), strict=True)
        for side, texts in zip(SIDES, both, strict=True):
            padded = self.preprocessor.pad(self.preprocessor.encode_pieces(texts))
            features |= {side + part: padded[part] for part in PARTS}
            # NumPy would make all texts as long as the longest.
            numbers.append(pd.factorize(np.array(texts, dtype=object))[0])
        return features, np.stack(numbers, axis=1).astype("int32")
