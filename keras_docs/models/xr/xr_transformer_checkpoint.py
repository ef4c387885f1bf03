"""An encoder on disk after each level of its fine-tuning, and its embeddings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_docs.hub.atomic_folder import atomic_folder
from keras_docs.models.base import weights
from keras_docs.models.xr.block_store import BlockStore
from keras_docs.models.xr.npz_arrays import NpzArrays, write_npz

FILE = "model.safetensors"
EMBEDDINGS = "embeddings.npz"


class EncoderCheckpoint:
    """A folder with one file per finished level, and one of embeddings.

    Args:
        encoder: the Keras model to keep.
        folder: the folder, or `None` to keep nothing.
        data: arrays that the training depends on.
        settings: plain JSON that the training depends on.

    Raises:
        ValueError: the folder holds a training on other data or settings.
    """

    def __init__(
        self,
        encoder: keras.Model,
        folder: str | Path | None,
        data: Iterable[np.ndarray],
        settings: dict[str, Any],
    ):
        self.encoder = encoder
        self.folder = None if folder is None else Path(folder)
        if folder is not None:
            # For its check that data and settings are those of the folder.
            BlockStore(folder, data, settings)

    def restore(self, level: int) -> bool:
        """Takes up the weights after a level; `False` if it was not finished."""
        path = self._path(level)
        if path is None or not path.is_file():
            return False
        weights.load_weights(path, self.encoder.weights)
        return True

    def save(self, level: int) -> None:
        """Keeps the weights after a level, whole or not at all."""
        path = self._path(level)
        if path is not None:
            with atomic_folder(path.parent) as folder:
                weights.save_weights(folder / FILE, self.encoder.weights)

    def embeddings(self, compute: Callable[[], np.ndarray]) -> np.ndarray:
        """The embeddings that are kept, or else computes and keeps them.

        Computed again, their last bits might differ, and the ranker's blocks would
        belong to other data.
        """
        if self.folder is None:
            return compute()
        path = self.folder / EMBEDDINGS
        if not path.is_file():
            write_npz(path, {"embeddings": compute()})
        return NpzArrays(path).read("embeddings")

    def _path(self, level: int) -> Path | None:
        if self.folder is None:
            return None
        return self.folder / f"level_{level}" / FILE
