"""Vectors of the tokens and of the n-grams around them, from one hashed table."""

from __future__ import annotations

import keras
from keras import ops

# Uni-, bi- and trigrams.
LONGEST = 3
# Odd, one for each place of an n-gram; products wrap around at 32 bits.
MULTIPLIERS = (0x2C1B3C6D, 0x297A2D39, 0x165667B1)
# Keeps n-grams of different lengths apart.
OFFSET = 0x1E3779B1


@keras.saving.register_keras_serializable(package="keras_docs")
class NGramEmbedding(keras.layers.Layer):
    """The sum of the embeddings of a token, its bigram and its trigram.

    The bigram is of the token and the next one, the trigram of both its neighbours and
    itself. Each is hashed to a row of one table, so that there is no list of them; some
    share a row.

    Args:
        num_buckets: int, rows of the table.
        dim: int, size of a row.
        **kwargs: `name`, `dtype`.

    Call arguments:
        token_ids: int tensor (batch, length).
        padding_mask: tensor (batch, length), 0 for padding, which is no part of an
            n-gram.

    Returns:
        Tensor (batch, length, dim) in the compute dtype, 0 for padding.

    Example:
    ```python
    layer = NGramEmbedding(num_buckets=1000, dim=16)
    layer(np.array([[7, 4, 9, 0]]), np.array([[1, 1, 1, 0]])).shape  # (1, 4, 16)
    ```

    Reference:
    - [Joulin et al. 2017, Bag of Tricks for Efficient Text
      Classification](https://arxiv.org/abs/1607.01759), section 2.2: hashed n-grams
    """

    def __init__(self, num_buckets: int, dim: int, **kwargs):
        super().__init__(**kwargs)
        if num_buckets < 1 or dim < 1:
            raise ValueError(
                "The rows of the table of n-grams and their size must be at least 1 "
                "(`ngram_buckets` and `ngram_dim` of `MultilingualNLU`; "
                "`ngram_buckets=0` leaves the n-grams out). Received: "
                f"num_buckets={num_buckets!r}, dim={dim!r}."
            )
        self.num_buckets = num_buckets
        self.dim = dim
        self.table = keras.layers.Embedding(
            num_buckets,
            dim,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=0.1),
            dtype=self.dtype_policy,
            name="table",
        )

    def build(self, token_ids_shape, padding_mask_shape):
        self.table.build((*token_ids_shape, LONGEST))

    def call(self, token_ids, padding_mask):
        rows = ngram_buckets(token_ids, padding_mask, self.num_buckets)
        x = ops.sum(self.table(rows), axis=2)
        return x * ops.cast(padding_mask, x.dtype)[:, :, None]

    def compute_output_shape(self, token_ids_shape, padding_mask_shape):
        return (*token_ids_shape, self.dim)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_buckets": self.num_buckets,
            "dim": self.dim,
        }


def ngram_buckets(token_ids, padding_mask, num_buckets: int):
    """The buckets of each token's uni-, bi- and trigram.

    Keras' `Hashing` runs in TensorFlow alone.

    Args:
        token_ids: int tensor (batch, length).
        padding_mask: tensor (batch, length), 0 for padding.
        num_buckets: int.

    Returns:
        int32 tensor (batch, length, 3).
    """
    # 0 is for what lies outside of the text.
    ids = (ops.cast(token_ids, "int32") + 1) * ops.cast(padding_mask, "int32")
    hashed = []
    for size in range(1, LONGEST + 1):
        before = (size - 1) // 2
        padded = ops.pad(ids, ((0, 0), (before, size - 1 - before)))
        total = size * OFFSET
        for place in range(size):
            end = place - size + 1
            total += MULTIPLIERS[place] * padded[:, place : end or None]
        hashed.append(ops.mod(total, num_buckets))
    return ops.stack(hashed, axis=-1)
