"""Batches of texts of about the same length."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from keras_docs.models.base.raw_data import ArrayBatches, Batch
from keras_docs.models.multilingual_nlu.multilingual_nlu_preprocessor import LENGTHS


class LengthBuckets(ArrayBatches):
    """As `ArrayBatches`, with rows of like length together, cut to their length.

    Each array of two dimensions has a text's tokens, or what is written for them, on
    its second axis.

    Args:
        arrays: tuple `(x,)`, `(x, y)` or `(x, y, sample_weight)`; `x` is a dict with
            `padding_mask`, or of an encoder and a decoder `…_padding_mask`.
        batch_size: int, rows per batch.
        widths: tuple of int, in rising order; the fewer, the fewer shapes to compile.
        **kwargs: of `ArrayBatches`.
    """

    def __init__(
        self,
        arrays: Batch,
        batch_size: int,
        widths: tuple[int, ...] = LENGTHS,
        **kwargs: Any,
    ):
        # An encoder and a decoder have one each.
        masks = [
            mask for name, mask in arrays[0].items() if name.endswith("padding_mask")
        ]
        lengths = np.max([(mask != 0).sum(axis=1) for mask in masks], axis=0)
        full = max(mask.shape[1] for mask in masks)
        # The last one is as wide as the widest text.
        steps = np.array([width for width in widths if width < full] + [full])
        widths = steps[np.searchsorted(steps, np.maximum(lengths, 1))]
        self._widths = {
            int(width): np.flatnonzero(widths == width) for width in np.unique(widths)
        }
        super().__init__(arrays, batch_size, **kwargs)

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> Batch:
        width, rows = self._batches[index]

        def chosen(array: np.ndarray) -> np.ndarray:
            part = array[rows]
            return part[:, :width] if part.ndim == 2 else part

        batch = keras.tree.map_structure(chosen, self.arrays)
        return self.transform(batch) if self.transform else batch

    def on_epoch_end(self) -> None:
        batches, rest = [], np.array([], "int64")
        for width, rows in self._widths.items():
            # What does not fill a batch goes with the longer texts.
            rows = np.concatenate([rest, rows])
            rows = self._random.permutation(rows) if self.shuffle else rows
            whole = len(rows) // self.batch_size
            for start in range(0, whole * self.batch_size, self.batch_size):
                batches.append((width, rows[start : start + self.batch_size]))
            rest = rows[whole * self.batch_size :]
        if len(rest) and not (self.drop_last and batches):
            batches.append((width, rest))
        if self.shuffle:
            self._random.shuffle(batches)
        self._batches = batches
