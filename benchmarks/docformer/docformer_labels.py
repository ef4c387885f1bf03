"""Labels of words by `DocFormerV2TokenClassifier`, pretrained or not."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import network_labels
import networks
import numpy as np
from label_scores import Tagged
from page_arrays import PageArrays

import keras_docs


class DocFormerLabels:
    """Fits the same compiled model again and again, from new weights.

    Args:
        source: see `networks.backbone`.
        tokenizer: the path of a SentencePiece model.
        dtype: string, of Keras' policies.
        labels: list of tags.
        epochs: int.
        size: string, one of `networks.SHAPES`.
    """

    def __init__(
        self,
        source: str,
        tokenizer: str,
        dtype: str,
        labels: Sequence[str],
        epochs: int,
        size: str,
    ):
        self.source, self.tokenizer, self.dtype = source, tokenizer, dtype
        self.labels, self.epochs, self.size = list(labels), epochs, size
        self.model = networks.compiled(self._new())
        self.preprocessor = network_labels.label_preprocessor(tokenizer, labels, size)
        self._arrays: dict[int, tuple] = {}

    def fit(self, pages: Sequence[dict], setting: dict, seed: int) -> None:
        networks.restart(self.model, self._new, seed)
        # Pages are tokenised once.
        if id(pages) not in self._arrays:
            arrays = PageArrays(self.preprocessor, pages, learn=True)
            self._arrays[id(pages)] = (pages, arrays)
        feed = networks.Feed(
            self._arrays[id(pages)][1],
            self.model.input,
            setting["batch_size"],
            network_labels.HIDDEN,
            seed,
        )
        networks.fit_epochs(self.model, feed, self.epochs, setting["learning_rate"])

    def tag(self, pages: Sequence[dict]) -> list[Tagged]:
        arrays = PageArrays(self.preprocessor, pages, learn=False)
        batches = arrays.in_order(self.model.input, network_labels.PREDICT_BATCH)
        logits = [
            keras.Model.predict_on_batch(self.model, batch)[:count]
            for batch, count in batches
        ]
        return network_labels.tagged(
            self.preprocessor, arrays.windows, np.concatenate(logits)
        )

    def _new(self) -> keras_docs.DocFormerV2TokenClassifier:
        backbone = networks.backbone(
            self.source, self.tokenizer, self.dtype, False, self.size
        )
        return keras_docs.DocFormerV2TokenClassifier(
            backbone, num_labels=len(self.labels)
        )
