"""One array as an `.npy` file, without pickle."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from keras_docs.hub import PresetCorruptError, PresetIncompleteError
from keras_docs.hub.atomic_file import write_file_atomically


def write_npy(path: Path, array: np.ndarray) -> None:
    """Writes an array of numbers.

    Args:
        path: the file.
        array: the numbers.
    """
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    write_file_atomically(path, buffer.getvalue(), durable=False)


def read_npy(path: Path, dtype: type, shape: tuple[int, ...]) -> np.ndarray:
    """Reads what `write_npy` wrote, if it is what is expected.

    Args:
        path: the file.
        dtype: the NumPy type that it must have.
        shape: the shape that it must have.

    Raises:
        ValueError: there is no such file, it is damaged, or it holds another array.
    """
    way_out = "Download or save the preset again."
    try:
        # Mapped first: a header that asks for a terabyte allocates nothing.
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        raise PresetIncompleteError(
            f"{path.name} is missing from {path.parent}. {way_out}"
        ) from error
    except Exception as error:  # of the tokenizer and the parser, among others
        raise PresetCorruptError(
            f"{path.name} is not a readable array ({error!s:.200}). {way_out}"
        ) from error
    if not isinstance(array, np.ndarray) or (array.dtype, array.shape) != (
        np.dtype(dtype),
        shape,
    ):
        raise PresetCorruptError(
            f"{path.name} must hold {np.dtype(dtype)} {shape}, but it holds "
            f"{getattr(array, 'dtype', type(array))} {getattr(array, 'shape', '')}. "
            f"{way_out}"
        )
    return np.array(array)
