"""Batches of labelled and unlabelled rows together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np


class SemiSupervisedBatches(keras.utils.PyDataset):
    """Batches whose first rows have labels and whose others have the label -1.

    An epoch is one pass over the unlabelled rows; the labelled ones come round as
    often as needed. Sample weights make the batch's mean loss the sum of two means:
    of its labelled rows, and `unlabelled_weight(epoch)` times of its unlabelled ones.

    Args:
        labelled: arrays or dict of arrays, the model's inputs.
        labels: integers (rows,), class indices of `labelled`.
        unlabelled: as `labelled`, of other rows.
        batch_size: int from 2, rows per batch, half of them labelled (fewer if there
            are fewer).
        unlabelled_weight: function of the epoch, from 0. Whoever trains sets `epoch`.

    Raises:
        ValueError: `batch_size` is below 2.
    """

    def __init__(
        self,
        labelled: Any,
        labels: np.ndarray,
        unlabelled: Any,
        batch_size: int,
        unlabelled_weight: Callable[[int], float] = lambda epoch: 1.0,
    ):
        super().__init__()
        if batch_size < 2:
            raise ValueError(
                "`batch_size` must be at least 2: a row with a label and one without. "
                f"Received: {batch_size!r}."
            )
        self.labelled = labelled
        self.labels = np.asarray(labels, dtype="int32")
        self.unlabelled = unlabelled
        rows = len(keras.tree.flatten(unlabelled)[0])
        self.num_labelled = min(batch_size // 2, len(self.labels))
        self.num_unlabelled = min(batch_size - self.num_labelled, rows)
        self.unlabelled_weight = unlabelled_weight
        self.epoch = 0
        self._random = np.random.default_rng(np.random.randint(2**31))
        self._unlabelled_order = self._random.permutation(rows)
        self._labelled_order = self._random.permutation(len(self.labels))

    def __len__(self) -> int:
        # A last smaller batch would be compiled anew; its rows come another time.
        return len(self._unlabelled_order) // self.num_unlabelled

    def __getitem__(self, index: int) -> tuple[Any, np.ndarray, np.ndarray]:
        first = index * self.num_unlabelled
        others = self._unlabelled_order[first : first + self.num_unlabelled]
        start = index * self.num_labelled + self.epoch * len(self) * self.num_labelled
        chosen = np.arange(start, start + self.num_labelled) % len(self.labels)
        known = self._labelled_order[chosen]
        x = keras.tree.map_structure(
            lambda a, b: np.concatenate([a[known], b[others]]),
            self.labelled,
            self.unlabelled,
        )
        y = np.concatenate([self.labels[known], np.full(len(others), -1, "int32")])
        return x, y, self._weights()

    def on_epoch_end(self) -> None:
        self._random.shuffle(self._unlabelled_order)

    def _weights(self) -> np.ndarray:
        rows = self.num_labelled + self.num_unlabelled
        share = self.unlabelled_weight(self.epoch)
        return np.repeat(
            np.array([1.0, share]) * rows / [self.num_labelled, self.num_unlabelled],
            [self.num_labelled, self.num_unlabelled],
        ).astype("float32")
