"""Answers by `DocFormerV2Seq2SeqLM`, pretrained or not."""

from __future__ import annotations

from collections.abc import Sequence

import networks
import numpy as np
from page_arrays import PageArrays

import keras_docs

LENGTH = 512
ANSWER = {"tabfact": 4, "wtq": 24}
DEFAULT_ANSWER = 48
# Batches between two looks at the clock.
STEPS = 25
RATES = (3e-4, 1e-3)


class DocFormerAnswers:
    """Fits the same compiled model again and again, from new weights.

    Args:
        source: see `networks.backbone`.
        tokenizer: the path of a SentencePiece model.
        dtype: string, of Keras' policies.
        batch: int, rows of a training batch; twice as many are answered at once.
        name: string, the set of questions.
    """

    settings = tuple({"learning_rate": rate} for rate in RATES)

    def __init__(self, source: str, tokenizer: str, dtype: str, batch: int, name: str):
        self.source, self.tokenizer, self.dtype = source, tokenizer, dtype
        self.batch = batch
        self.model = networks.compiled(self._new())
        self.answer_length = ANSWER.get(name, DEFAULT_ANSWER)
        self.preprocessor = keras_docs.DocFormerV2Preprocessor(
            keras_docs.DocFormerV2Tokenizer(tokenizer),
            sequence_length=LENGTH,
            answer_length=self.answer_length,
            image_shape=None,
            padding_multiple=LENGTH,
        )
        self._arrays: dict[int, tuple] = {}

    def fit(
        self, pages: Sequence[dict], setting: dict, seed: int, seconds: float
    ) -> int:
        """Trains for some seconds, and tells for how many steps."""
        networks.restart(self.model, self._new, seed)
        # Pages are tokenised once.
        if id(pages) not in self._arrays:
            arrays = PageArrays(self.preprocessor, pages, learn=True)
            self._arrays[id(pages)] = (pages, arrays)
        arrays = self._arrays[id(pages)][1]
        feed = networks.Feed(
            arrays, self.model.input, self.batch, hidden=0.0, seed=seed, steps=STEPS
        )
        return networks.fit_seconds(self.model, feed, seconds, setting["learning_rate"])

    def answer(self, pages: Sequence[dict]) -> tuple[list[str], np.ndarray]:
        """An answer to each question of each page, and how sure the model is of it."""
        arrays = PageArrays(self.preprocessor, pages, learn=False)
        names = [n for n in self.model.input if not n.startswith("decoder")]
        answers, sure = [], []
        for batch, count in arrays.in_order(names, 2 * self.batch):
            written, scores = self.model.generate(
                batch,
                max_length=self.answer_length,
                return_scores=True,
                batch_size=2 * self.batch,
            )
            answers += self.preprocessor.generate_postprocess(written)[:count]
            sure.append(scores["mean_probability"][:count])
        return answers, np.concatenate(sure)

    def _new(self) -> keras_docs.DocFormerV2Seq2SeqLM:
        return keras_docs.DocFormerV2Seq2SeqLM(
            networks.backbone(self.source, self.tokenizer, self.dtype, True)
        )
