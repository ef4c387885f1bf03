"""Feeds raw data, in memory or streamed, to Keras' training loops."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

Batch = tuple[Any, ...]


class ArrayBatches(keras.utils.PyDataset):
    """Batches of arrays in memory.

    Args:
        arrays: tuple `(x,)`, `(x, y)` or `(x, y, sample_weight)` of arrays or dicts of
            arrays, all with the same number of rows.
        batch_size: int, rows per batch.
        shuffle: bool, reorders the rows before each epoch.
        drop_last: bool, leaves a last smaller batch out, unless it is the only one.
        transform: function of a batch, applied to each when it is drawn.
    """

    def __init__(
        self,
        arrays: Batch,
        batch_size: int,
        shuffle: bool = False,
        drop_last: bool = False,
        transform: Callable[[Batch], Batch] | None = None,
    ):
        super().__init__()
        self.arrays = arrays
        self.rows = row_count(arrays)
        self.batch_size = min(batch_size, self.rows)
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.transform = transform
        self._random = np.random.default_rng(np.random.randint(2**31))
        self._order = np.arange(self.rows)
        self.on_epoch_end()

    def __len__(self) -> int:
        if self.drop_last:
            return self.rows // self.batch_size
        return math.ceil(self.rows / self.batch_size)

    def __getitem__(self, index: int) -> Batch:
        start = index * self.batch_size
        rows = self._order[start : start + self.batch_size]
        batch = keras.tree.map_structure(lambda array: array[rows], self.arrays)
        return self.transform(batch) if self.transform else batch

    def on_epoch_end(self) -> None:
        if self.shuffle:
            self._random.shuffle(self._order)


class PreprocessedDataset(keras.utils.PyDataset):
    """A `PyDataset` of raw batches, preprocessed as they are drawn."""

    def __init__(self, source: keras.utils.PyDataset, preprocess: Callable):
        super().__init__(
            workers=source.workers,
            use_multiprocessing=source.use_multiprocessing,
            max_queue_size=source.max_queue_size,
        )
        self.source = source
        self.preprocess = preprocess

    @property
    def num_batches(self) -> int | None:
        return self.source.num_batches

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> Batch:
        return self.preprocess(*_as_batch(self.source[index]))

    def on_epoch_begin(self) -> None:
        self.source.on_epoch_begin()

    def on_epoch_end(self) -> None:
        self.source.on_epoch_end()


def is_dataset(x: Any) -> bool:
    """Whether `x` gives raw batches, rather than being one table, list or array."""
    if isinstance(x, keras.utils.PyDataset | Iterator):
        return True
    root = type(x).__module__.split(".")[0]
    return (root == "torch" and "DataLoader" in type(x).__name__) or (
        root == "tensorflow" and hasattr(x, "as_numpy_iterator")
    )


def preprocessed(source: Any, preprocess: Callable) -> tuple[Any, int | None]:
    """A dataset of raw batches as something that Keras' loops take.

    Args:
        source: a `PyDataset`, an iterator, a `tf.data.Dataset` or a torch
            `DataLoader` of raw `x`, `(x, y)` or `(x, y, sample_weight)`.
        preprocess: function of `(x, y, sample_weight)`.

    Returns:
        The dataset, and the number of batches of one pass if Keras must be told: a
        source that can be read again is repeated, since Keras reads one iterator
        through all epochs.
    """
    if isinstance(source, keras.utils.PyDataset):
        return PreprocessedDataset(source, preprocess), None
    if isinstance(source, Iterator):
        return (preprocess(*_as_batch(batch)) for batch in source), None
    return _repeated(source, preprocess), _pass_length(source)


def _repeated(source: Any, preprocess: Callable) -> Iterator[Batch]:
    while True:
        for batch in _numpy_batches(source):
            yield preprocess(*_as_batch(batch))


def _pass_length(source: Any) -> int:
    try:
        return len(source)
    except TypeError:
        # Without a length, one pass over the raw batches counts them.
        return sum(1 for _ in source)


def _numpy_batches(source: Any) -> Iterator[Any]:
    if hasattr(source, "as_numpy_iterator"):
        for batch in source.as_numpy_iterator():
            yield keras.tree.map_structure(_decode, batch)
    else:
        for batch in source:
            yield keras.tree.map_structure(_from_torch, batch)


def _decode(array: Any) -> Any:
    """TensorFlow gives strings as bytes."""
    array = np.asarray(array)
    if array.dtype != object:
        return array
    text = [v.decode("utf-8") if isinstance(v, bytes) else v for v in array.ravel()]
    return np.array(text, dtype=object).reshape(array.shape)


def _from_torch(value: Any) -> Any:
    return value.numpy() if hasattr(value, "numpy") else value


def _as_batch(batch: Any) -> Batch:
    # A DataLoader collates an (x, y) pair into a list.
    if isinstance(batch, tuple | list) and 1 <= len(batch) <= 3:
        return tuple(batch)
    return (batch,)


def row_count(arrays: Any) -> int:
    """Rows of a structure of arrays, which all have the same number."""
    return len(keras.tree.flatten(arrays)[0])


def split_rows(arrays: Batch, share: float) -> tuple[Batch, Batch]:
    """Splits off the last rows, as Keras' `validation_split` does.

    Args:
        arrays: structure of arrays.
        share: float between 0 and 1, the share of the second part.

    Returns:
        The first and the second part.

    Raises:
        ValueError: one of the parts would be empty.
    """
    rows = row_count(arrays)
    kept = int(math.floor(rows * (1.0 - share)))
    if not 0 < kept < rows:
        raise ValueError(
            f"`validation_split={share}` of {rows} rows leaves one part empty. Choose "
            "a share between 0 and 1 that leaves rows in both, or give more rows."
        )
    return (
        keras.tree.map_structure(lambda array: array[:kept], arrays),
        keras.tree.map_structure(lambda array: array[kept:], arrays),
    )


def pad_rows(arrays: Any, batch_size: int) -> tuple[Any, int]:
    """Repeats the last row until one compiled shape serves all batches.

    Args:
        arrays: structure of arrays with at least one row.
        batch_size: int, largest batch.

    Returns:
        The padded arrays, and the batch size to use: a power of two at most
        `batch_size`, which divides their rows.
    """
    rows = row_count(arrays)
    size = min(batch_size, 1 << (rows - 1).bit_length())
    missing = -rows % size
    if not missing:
        return arrays, size

    def pad(array: np.ndarray) -> np.ndarray:
        return np.concatenate([array, np.repeat(array[-1:], missing, axis=0)])

    return keras.tree.map_structure(pad, arrays), size
