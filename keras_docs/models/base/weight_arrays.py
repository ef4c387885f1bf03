"""NumPy arrays that a model has beside its Keras variables.

Sparse weights fit no Keras variable. A model that has some offers `arrays`, a dict by
name, and `set_arrays`, which checks and takes them. They lie in the weights file under
`arrays/<name>` and are mapped into memory, not read: a model of gigabytes is there at
once, and processes that load it share one copy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

PREFIX = "arrays/"


def arrays_of(model: keras.Model) -> Mapping[str, np.ndarray]:
    """The arrays of a model; none for a model of Keras variables alone."""
    return getattr(model, "arrays", {})


def named_for_file(model: keras.Model) -> dict[str, np.ndarray]:
    """The arrays of a model under their names in a weights file."""
    return {PREFIX + name: array for name, array in arrays_of(model).items()}


def data_offsets(path: Path) -> dict[str, int]:
    """Where the data of each tensor of a safetensors file begins, in bytes.

    Args:
        path: a file whose header the library has checked.
    """
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    header.pop("__metadata__", None)
    return {name: 8 + size + entry["data_offsets"][0] for name, entry in header.items()}


def map_arrays(
    path: Path, stored: Mapping[str, tuple[np.dtype, tuple[int, ...]]]
) -> dict[str, np.ndarray]:
    """Maps the arrays of a weights file.

    Args:
        path: a safetensors file whose header the library has checked.
        stored: name in the file -> dtype and shape.

    Returns:
        Name without prefix -> array. Writing to one changes memory, never the file.
    """
    offsets = data_offsets(path)
    data = np.memmap(path, np.uint8, mode="c")
    arrays = {}
    for name, (dtype, shape) in stored.items():
        size = int(np.prod(shape)) * dtype.itemsize
        array = np.asarray(data[offsets[name] : offsets[name] + size])
        arrays[name.removeprefix(PREFIX)] = array.view(dtype).reshape(shape)
    return arrays
