"""A tokenizer that cuts words at random, for training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sentencepiece

import keras_docs


class SampledTokenizer(keras_docs.MultilingualNLUTokenizer):
    """`MultilingualNLUTokenizer` with subword regularization.

    A word of a share is cut as its unigram model may cut it, the likelier the oftener;
    the others are cut as always. A `MultilingualNLUPreprocessor` remembers the pieces
    of each word: make a new one to have them drawn anew.

    Args:
        proto: string, path of a SentencePiece model of the unigram kind.
        share: float, words that are cut at random.
        alpha: float, how much likelier a likely cut is: 0 for all alike.
        seed: int.

    Reference:
    - [Kudo 2018, Subword Regularization](https://arxiv.org/abs/1804.10959), section 3
    """

    def __init__(self, proto: str, share: float, alpha: float, seed: int = 0):
        super().__init__(proto)
        self.share = share
        self.alpha = alpha
        self._processor = sentencepiece.SentencePieceProcessor(model_file=proto)
        self.start_again(seed)

    def start_again(self, seed: int) -> None:
        """Draws from the beginning of a sequence."""
        sentencepiece.set_random_generator_seed(seed)
        self._random = np.random.default_rng(seed)

    def tokenize(self, inputs: Sequence[str], *args: Any, **kwargs: Any) -> list[Any]:
        words = list(inputs)
        is_drawn = self._random.random(len(words)) < self.share
        ids = self._processor.encode(words)
        # One by one: of a list, each call draws the same.
        for place in np.flatnonzero(is_drawn):
            ids[place] = self._processor.encode(
                words[place], enable_sampling=True, alpha=self.alpha, nbest_size=-1
            )
        return ids
