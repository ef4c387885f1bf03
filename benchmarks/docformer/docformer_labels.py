"""Labels of words by `DocFormerV2TokenClassifier`, pretrained or not."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import network_labels
import networks
import numpy as np
from keras import ops
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
        size: string, one of `networks.SIZES`.
        soften_capitals: bool, see `DocFormerV2Preprocessor`.
    """

    def __init__(
        self,
        source: str,
        tokenizer: str,
        dtype: str,
        labels: Sequence[str],
        epochs: int,
        size: str,
        soften_capitals: bool,
    ):
        self.source, self.tokenizer, self.dtype = source, tokenizer, dtype
        self.labels, self.epochs, self.size = list(labels), epochs, size
        self.model = networks.compiled(self._new())
        self.preprocessor = network_labels.label_preprocessor(
            tokenizer, labels, size, soften_capitals
        )
        self._arrays: dict[int, tuple] = {}

    def fit(self, pages: Sequence[dict], setting: dict, seed: int) -> None:
        """Takes the mean of the weights of so many trainings as the setting says."""
        variables = self.model.trainable_variables
        sums: list = [0.0] * len(variables)
        count = setting["average"]
        for number in range(count * seed, count * (seed + 1)):
            networks.restart(self.model, self._new, number)
            self._fit_once(pages, setting, number)
            sums = [
                total + ops.convert_to_numpy(variable)
                for total, variable in zip(sums, variables, strict=True)
            ]
        for total, variable in zip(sums, variables, strict=True):
            variable.assign(total / count)

    def _fit_once(self, pages: Sequence[dict], setting: dict, seed: int) -> None:
        # Pages are tokenised once.
        if id(pages) not in self._arrays:
            arrays = PageArrays(self.preprocessor, pages, learn=True)
            self._arrays[id(pages)] = (pages, arrays)
        feed = networks.Feed(
            self._arrays[id(pages)][1],
            self.model.input,
            setting["batch_size"],
            setting["hidden"],
            seed,
            stretch=setting["stretch"],
        )
        networks.fit_epochs(self.model, feed, self.epochs, setting["learning_rate"])

    def tag(self, pages: Sequence[dict], whole_boxes: bool) -> list[Tagged]:
        arrays = PageArrays(self.preprocessor, pages, learn=False)
        batches = arrays.in_order(self.model.input, network_labels.PREDICT_BATCH)
        logits = [
            keras.Model.predict_on_batch(self.model, batch)[:count]
            for batch, count in batches
        ]
        return network_labels.tagged(
            self.preprocessor,
            arrays.windows,
            np.concatenate(logits),
            pages,
            whole_boxes,
        )

    def _new(self) -> keras_docs.DocFormerV2TokenClassifier:
        backbone = networks.backbone(
            self.source, self.tokenizer, self.dtype, False, self.size
        )
        return keras_docs.DocFormerV2TokenClassifier(
            backbone, num_labels=len(self.labels)
        )
