"""Finished blocks of a training on disk, so that a killed one goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from keras_docs.hub.atomic_file import write_file_atomically
from keras_docs.models.xr.npz_arrays import NpzArrays, write_npz

_PARTS = ("features", "lengths", "columns", "values", "biases")


class BlockStore:
    """A folder with one file per finished block.

    Args:
        folder: the folder, made if it is not there.
        data: arrays that the training depends on.
        settings: plain JSON that the training depends on.

    Raises:
        ValueError: the folder holds blocks of other data or settings.
    """

    def __init__(
        self,
        folder: str | Path,
        data: Iterable[np.ndarray],
        settings: dict[str, Any],
    ) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
        for array in data:
            digest.update(np.ascontiguousarray(array).view(np.uint8).data)
        mark, path = digest.hexdigest(), self.folder / "training.txt"
        if not path.is_file():
            write_file_atomically(path, mark.encode())
        elif path.read_text() != mark:
            raise ValueError(
                f"`checkpoint_dir` {str(folder)!r} holds blocks of a training on other "
                "data or with other settings. Remove the folder, or name another one."
            )

    def get(self, level: int, first_cluster: int) -> list[tuple] | None:
        """The clusters of a finished block, or `None`."""
        path = self._path(level, first_cluster)
        if not path.is_file():
            return None
        arrays = NpzArrays(path)
        sizes = arrays.read("sizes")
        parts = [
            np.split(arrays.read(name), np.cumsum(sizes[:-1, i]))
            for i, name in enumerate(_PARTS)
        ]
        return list(zip(*parts, strict=True))

    def put(self, level: int, first_cluster: int, clusters: list[tuple]) -> None:
        """Writes a finished block, whole or not at all."""
        arrays = {
            name: np.concatenate([cluster[i] for cluster in clusters])
            for i, name in enumerate(_PARTS)
        }
        sizes = [[len(part) for part in cluster] for cluster in clusters]
        arrays["sizes"] = np.array(sizes, "int64")
        write_npz(self._path(level, first_cluster), arrays)

    def _path(self, level: int, first_cluster: int) -> Path:
        return self.folder / f"level_{level}_cluster_{first_cluster}.npz"
