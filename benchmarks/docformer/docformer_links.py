"""Links between entities by `DocFormerV2EntityLinker`, pretrained or not."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import networks
import numpy as np
from page_arrays import PageArrays

import keras_docs

# Whole pages: a link has both ends in one window.
LENGTH = 1152
BATCH, PREDICT_BATCH = 8, 8
HIDDEN = 0.1
LABELS = ("other", "header", "question", "answer")


class DocFormerLinks:
    """Fits the same compiled model again and again, from new weights.

    Args:
        source: see `networks.backbone`.
        tokenizer: the path of a SentencePiece model.
        dtype: string, of Keras' policies.
        epochs: int.
    """

    settings = ({"learning_rate": 1e-4}, {"learning_rate": 3e-4})

    def __init__(self, source: str, tokenizer: str, dtype: str, epochs: int):
        self.source, self.tokenizer, self.dtype = source, tokenizer, dtype
        self.epochs = epochs
        self.model = networks.compiled(self._new())
        self.preprocessor = keras_docs.DocFormerV2Preprocessor(
            keras_docs.DocFormerV2Tokenizer(tokenizer),
            task="link",
            labels=LABELS,
            sequence_length=LENGTH,
            image_shape=None,
            padding_multiple=LENGTH,
        )
        self._arrays: dict[int, tuple] = {}

    def fit(self, pages: Sequence[dict], setting: dict, seed: int) -> None:
        networks.restart(self.model, self._new, seed)
        # Pages are tokenised once.
        if id(pages) not in self._arrays:
            arrays = PageArrays(self.preprocessor, pages, learn=True)
            self._arrays[id(pages)] = (pages, arrays)
        arrays = self._arrays[id(pages)][1]
        feed = networks.Feed(arrays, self.model.input, BATCH, HIDDEN, seed)
        networks.fit_epochs(self.model, feed, self.epochs, setting["learning_rate"])

    def links(self, pages: Sequence[dict]) -> list[list[tuple[int, int]]]:
        arrays = PageArrays(self.preprocessor, pages, learn=False)
        found = []
        for batch, count in arrays.in_order(self.model.input, PREDICT_BATCH):
            logits = keras.Model.predict_on_batch(self.model, batch)[:count]
            for scores in logits:
                pairs = np.argwhere(scores > 0)
                found.append([(int(i), int(j)) for i, j in pairs])
        return found

    def _new(self) -> keras_docs.DocFormerV2EntityLinker:
        backbone = networks.backbone(self.source, self.tokenizer, self.dtype, False)
        return keras_docs.DocFormerV2EntityLinker(backbone, num_labels=len(LABELS))
