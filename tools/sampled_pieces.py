"""Words cut into other pieces than the most probable ones, to learn from."""

from __future__ import annotations

import random

import sentencepiece

import keras_docs

# The power of a cut's probability that it is drawn with: 0 takes all cuts alike, 1
# hardly ever another than the best.
SHARPNESS = 0.3


class SampledPieces(keras_docs.MultilingualNLUTokenizer):
    """A tokenizer that draws how to cut some words.

    What a model learns of a word, it then knows of the words that share pieces with it,
    as inflected forms do.

    Args:
        vocabulary: path of a SentencePiece model (unigram).
        share: float from 0 to 1, the words that are cut by chance.

    Reference: Kudo 2018, "Subword Regularization", https://arxiv.org/abs/1804.10959.
    """

    def __init__(self, vocabulary: str, share: float):
        super().__init__(vocabulary)
        self.share = share
        self.sampler = sentencepiece.SentencePieceProcessor(model_file=vocabulary)

    def tokenize(self, words: list[str]) -> list[list[int]]:
        return [
            self.sampler.encode(
                word,
                enable_sampling=random.random() < self.share,
                alpha=SHARPNESS,
                nbest_size=-1,
            )
            for word in words
        ]
