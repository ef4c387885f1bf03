"""Texts as unit vectors, by any encoder of tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

POOLINGS = ("mean", "cls")
BATCH_SIZE = 64
# Batches are cut to one of so many lengths: each is compiled once, and short texts do
# not pay for long ones.
WIDTHS = 2


class TextEmbedder:
    """An encoder with pooling and scaling to length 1 on top.

    Args:
        encoder: Keras model from a dict of `token_ids` and `padding_mask`, and perhaps
            `segment_ids`, to a sequence of vectors, alone or as `sequence_output`.
        pooling: string, `"mean"` over the tokens, or `"cls"`, the first token's vector.

    Attributes:
        model: Keras model from the encoder's inputs to float32 (rows, dim).
    """

    def __init__(self, encoder: keras.Model, pooling: str):
        _check_encoder(encoder)
        self.encoder, self.pooling = encoder, pooling
        self.model = keras.Model(encoder.input, _pooled(encoder, pooling))

    @property
    def dim(self) -> int:
        """Entries of a vector."""
        return int(self.model.output.shape[-1])

    def inputs(
        self, tokens: Mapping[str, np.ndarray], rows: Any, width: int
    ) -> dict[str, np.ndarray]:
        """What the encoder takes for some rows, cut to `width` tokens."""
        batch = {
            name: tokens[name][rows, :width] for name in ("token_ids", "padding_mask")
        }
        if "segment_ids" in self.encoder.input:
            batch["segment_ids"] = np.zeros_like(batch["token_ids"])
        return batch

    def embed(self, tokens: Mapping[str, np.ndarray], verbose: int = 0) -> np.ndarray:
        """Embeds texts.

        Args:
            tokens: dict of `token_ids` and `padding_mask`, int32 (rows, length).
            verbose: int, 1 shows a progress bar.

        Returns:
            float32 (rows, dim), each row of length 1.
        """
        rows = len(tokens["token_ids"])
        widths = text_widths(tokens["padding_mask"])
        order = np.argsort(widths, kind="stable")
        size = min(BATCH_SIZE, 1 << (rows - 1).bit_length())
        vectors = np.empty((rows, self.dim), "float32")
        progress = keras.utils.Progbar(rows, verbose=verbose, unit_name="text")
        for first in range(0, rows, size):
            chosen = order[first : first + size]
            # The last batch is as large as the others: no other shape to compile.
            padded = np.resize(chosen, size)
            batch = self.inputs(tokens, padded, widths[chosen].max())
            found = ops.convert_to_numpy(self.model.predict_on_batch(batch))
            vectors[chosen] = found[: len(chosen)]
            progress.add(len(chosen))
        return vectors


def text_widths(padding_mask: np.ndarray) -> np.ndarray:
    """The length of each text, int (rows,), rounded up to one of `WIDTHS`."""
    length = padding_mask.shape[1]
    step = -(-length // WIDTHS)
    # Where the mask ends, wherever the padding is.
    positions = np.arange(1, length + 1) * (padding_mask != 0)
    lengths = np.maximum(positions.max(1), 1)
    return np.minimum(-(-lengths // step) * step, length)


def _pooled(encoder: keras.Model, pooling: str) -> Any:
    hidden = encoder.output
    if isinstance(hidden, Mapping):
        hidden = hidden["sequence_output"]
    hidden = ops.cast(hidden, "float32")
    if pooling == "cls":
        return ops.normalize(hidden[:, 0])
    mask = ops.cast(encoder.input["padding_mask"], "float32")[:, :, None]
    # The length of a mean is its sum's, scaled: no need to divide.
    return ops.normalize(ops.sum(hidden * mask, axis=1))


def _check_encoder(encoder: Any) -> None:
    takes = (
        getattr(encoder, "input", None) if isinstance(encoder, keras.Model) else None
    )
    if not isinstance(takes, Mapping) or not {"token_ids", "padding_mask"} <= set(
        takes
    ):
        raise ValueError(
            "`encoder` must be a Keras model with the inputs `token_ids` and "
            "`padding_mask`, such as keras_hub.models.BertBackbone. Received: "
            f"{type(encoder).__name__}."
        )
    gives = encoder.output
    if isinstance(gives, Mapping):
        gives = gives.get("sequence_output")
    if len(getattr(gives, "shape", ())) != 3:
        raise ValueError(
            "`encoder` must give a vector for each token, (rows, tokens, dim), alone "
            f'or as "sequence_output". Received a {type(encoder).__name__} with output '
            f"{encoder.output!r}."
        )
