"""What n-grams of tokens alone say of a text's intent and slots."""

from __future__ import annotations

from typing import Any

import keras

from keras_docs.models.multilingual_nlu.ngram_embedding import NGramEmbedding
from keras_docs.models.multilingual_nlu.token_pooling import TokenPooling

# Tokens around one that its tag is told from, itself included.
WINDOW = 7


def ngram_logits(
    inputs: dict[str, Any],
    num_buckets: int,
    dim: int,
    num_intents: int,
    num_tags: int,
    dtype: Any,
) -> dict[str, Any]:
    """The wide part of the model: linear in its n-grams, beside the encoder.

    Args:
        inputs: dict of Keras tensors `token_ids` and `padding_mask`, (batch, length).
        num_buckets: int, rows of the table of n-grams.
        dim: int, size of a row.
        num_intents: int, 0 for none.
        num_tags: int, 0 for none.
        dtype: dtype policy.

    Returns:
        Dict of Keras tensors: `"intent"` (batch, num_intents) and `"slots"` (batch,
        length, num_tags), those that there are.

    References:
    - [Cheng et al. 2016, Wide & Deep Learning for Recommender
      Systems](https://arxiv.org/abs/1606.07792)
    - [Joulin et al. 2017, Bag of Tricks for Efficient Text
      Classification](https://arxiv.org/abs/1607.01759)
    """
    mask = inputs["padding_mask"]
    ngrams = NGramEmbedding(num_buckets, dim, dtype=dtype, name="ngram_embedding")(
        inputs["token_ids"], mask
    )
    settings = {"use_bias": False, "dtype": dtype}
    logits = {}
    if num_intents:
        pooled = TokenPooling("sqrtn", dtype=dtype, name="ngram_pooling")(ngrams, mask)
        logits["intent"] = keras.layers.Dense(
            num_intents, name="ngram_intent_logits", **settings
        )(pooled)
    if num_tags:
        logits["slots"] = keras.layers.Conv1D(
            num_tags, WINDOW, padding="same", name="ngram_slots_logits", **settings
        )(ngrams)
    return logits
