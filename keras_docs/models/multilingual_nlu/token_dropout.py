"""Masks tokens at random while training."""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_docs")
class TokenDropout(keras.layers.Layer):
    """Replaces a share of the tokens by the mask token, while training only.

    Args:
        rate: float, the share.
        mask_token_id: int.
        seed: int.

    Call arguments:
        token_ids: int tensor (batch, length).
        padding_mask: tensor (batch, length), 0 for padding, which stays.

    Returns:
        int32 tensor (batch, length).

    Reference:
    - [Gal and Ghahramani 2016](https://arxiv.org/abs/1512.05287), section 4.3: dropout
      of word types
    """

    def __init__(
        self, rate: float, mask_token_id: int, seed: int | None = None, **kwargs
    ):
        super().__init__(**kwargs)
        self.rate = rate
        self.mask_token_id = mask_token_id
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, token_ids, padding_mask, training=None):
        token_ids = ops.cast(token_ids, "int32")
        if not training or not self.rate:
            return token_ids
        drawn = keras.random.uniform(
            ops.shape(token_ids), dtype="float32", seed=self.seed_generator
        )
        is_masked = (drawn < self.rate) & (ops.cast(padding_mask, "int32") > 0)
        return ops.where(is_masked, self.mask_token_id, token_ids)

    def compute_output_spec(self, token_ids, padding_mask, training=None):
        return keras.KerasTensor(token_ids.shape, "int32")

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "rate": self.rate,
            "mask_token_id": self.mask_token_id,
            "seed": self.seed,
        }
