"""Tensors of a Transformers checkpoint by name, in one file or in shards."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path

import ml_dtypes
import numpy as np
from safetensors import SafetensorError, safe_open

from keras_docs.hub.errors import PresetCorruptError, PresetIncompleteError
from keras_docs.hub.preset_paths import locate_preset_file
from keras_docs.hub.strict_json import read_json_object
from keras_docs.models.base.weight_arrays import data_offsets

WEIGHTS_FILE = "model.safetensors"
INDEX_FILE = "model.safetensors.index.json"
DTYPES = {
    "BF16": np.dtype(ml_dtypes.bfloat16),
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
}
# Checkpoints from TensorFlow name the weights of layer norms so; Transformers reads
# both.
FORMER_NAMES = {
    "LayerNorm.gamma": "LayerNorm.weight",
    "LayerNorm.beta": "LayerNorm.bias",
}


class CheckpointTensors:
    """Names and shapes from the files' headers; values when they are asked for.

    Args:
        folder: a checkpoint's folder, verified.

    Raises:
        PresetIncompleteError: it has no weights as safetensors.
        PresetCorruptError: a file of them can't be read.
    """

    def __init__(self, folder: Path):
        self._places: dict[str, tuple[Path, int, str, tuple[int, ...]]] = {}
        for path in _weight_files(folder):
            try:
                with safe_open(str(path), framework="numpy") as file:
                    entries = {
                        name: file.get_slice(name) for name in file.offset_keys()
                    }
                    found = {
                        name: (entry.get_dtype(), tuple(entry.get_shape()))
                        for name, entry in entries.items()
                    }
            except SafetensorError as error:
                raise PresetCorruptError(
                    f"{path.name} is not a readable safetensors file ({error}). "
                    "Download the checkpoint again."
                ) from error
            offsets = data_offsets(path)
            for name, (dtype, shape) in found.items():
                self._places[_current(name)] = (path, offsets[name], dtype, shape)

    @property
    def names(self) -> Collection[str]:
        """Names of the tensors."""
        return self._places.keys()

    def check(self, name: str, shape: tuple[int, ...]) -> None:
        """Makes sure that a tensor is there.

        Args:
            name: string.
            shape: the shape that it must have.

        Raises:
            PresetCorruptError: it is missing, or of another shape or kind.
        """
        if name not in self._places:
            raise PresetCorruptError(
                f"The checkpoint's weights lack {name!r}, which the model that its "
                "config.json describes has. The files come from different models, or "
                "the download was not complete."
            )
        path, _, dtype, found = self._places[name]
        if found != shape:
            raise PresetCorruptError(
                f"{name!r} has the shape {found} in {path.name}; by config.json it is "
                f"{shape}. The files come from different models."
            )
        if dtype not in DTYPES:
            raise PresetCorruptError(
                f"{name!r} is stored as {dtype} in {path.name}; weights are read as "
                f"one of {', '.join(DTYPES)}. Quantized checkpoints are not read: take "
                "the one that it was made from."
            )

    def read(self, name: str) -> np.ndarray:
        """A tensor as a float32 array; `check` it before."""
        path, offset, dtype, shape = self._places[name]
        with open(path, "rb") as file:
            file.seek(offset)
            array = np.fromfile(file, DTYPES[dtype], math.prod(shape))
        return array.reshape(shape).astype("float32", copy=False)


def _weight_files(folder: Path) -> list[Path]:
    if (folder / WEIGHTS_FILE).is_file():
        return [folder / WEIGHTS_FILE]
    if not (folder / INDEX_FILE).is_file():
        raise PresetIncompleteError(
            f"The checkpoint has neither {WEIGHTS_FILE} nor {INDEX_FILE}. Adapters and "
            "other parts are not read alone: merge them into their model and save it."
        )
    shards = set(read_json_object(folder / INDEX_FILE)["weight_map"].values())
    return [locate_preset_file(folder, shard) for shard in sorted(shards)]


def _current(name: str) -> str:
    for former, current in FORMER_NAMES.items():
        if name.endswith(former):
            return name.removesuffix(former) + current
    return name
