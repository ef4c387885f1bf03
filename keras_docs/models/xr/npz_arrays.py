"""Arrays in `.npz` files from strangers: no pickle, sizes known before reading."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from keras_docs.hub.atomic_file import write_file_atomically

# Bytes of a member that are read to find its dtype and shape.
_HEADER_BYTES = 4096
# Damaged bytes raise what zip, zlib, Python's tokenizer and its codecs raise.
_ANY_DAMAGE = Exception
# Deflate cannot shrink more than this; a larger ratio is a lie in the zip's index.
_MAX_DEFLATE_RATIO = 1100


def write_npz(
    path: str | Path, arrays: Mapping[str, np.ndarray], *, compressed: bool = False
) -> None:
    """Writes named arrays to a `.npz` file, whole or not at all.

    Args:
        path: the file; its folder exists.
        arrays: dict of arrays, none of dtype object.
        compressed: bool, whether to deflate.
    """
    buffer = io.BytesIO()
    save = np.savez_compressed if compressed else np.savez
    save(buffer, allow_pickle=False, **arrays)
    write_file_atomically(Path(path), buffer.getvalue())


class NpzArrays:
    """The named arrays of a `.npz` file, their dtypes and shapes known at once.

    Args:
        path: the file.

    Raises:
        ValueError: it is missing, is no zip file, has a member that is no NumPy array
            or holds Python objects, or a member's size is not that of its shape.

    Example:

    >>> arrays = NpzArrays("tree.npz")  # doctest: +SKIP
    >>> arrays.shapes  # doctest: +SKIP
    {'parents_0': (2,), 'parents_1': (159,)}
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.dtypes: dict[str, np.dtype] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        with self._open() as archive:
            for info in archive.infolist():
                self._add(archive, info)

    def __contains__(self, name: str) -> bool:
        return name in self.dtypes

    def read(self, name: str) -> np.ndarray:
        """Returns one array.

        Raises:
            ValueError: the file holds no such array, or its bytes are damaged.
        """
        if name not in self.dtypes:
            raise self.error(f"holds no array {name!r}, only {sorted(self.dtypes)}")
        try:
            with self._open() as archive, archive.open(f"{name}.npy") as file:
                return np.lib.format.read_array(file, allow_pickle=False)
        except _ANY_DAMAGE as error:
            raise self.error(f"is damaged: {name!r} cannot be read ({error})") from None

    def error(self, what: str) -> ValueError:
        """A `ValueError` that says what is wrong with this file."""
        return ValueError(f"{self.path} {what}. Save or download it again.")

    def _open(self) -> zipfile.ZipFile:
        if not self.path.is_file():
            raise self.error("is missing" if not self.path.exists() else "is no file")
        try:
            return zipfile.ZipFile(self.path)
        except _ANY_DAMAGE as error:
            raise self.error(f"is not a .npz file ({error})") from None

    def _add(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        name = info.filename.removesuffix(".npy")
        if name == info.filename or name in self.dtypes:
            raise self.error(f"holds an unexpected member {info.filename[:80]!r}")
        try:
            with archive.open(info) as member:
                header = io.BytesIO(member.read(_HEADER_BYTES))
            shape, dtype, size = _read_header(header)
        except _ANY_DAMAGE as error:
            raise self.error(f"is damaged at {name!r} ({error})") from None
        if dtype.hasobject:
            raise self.error(
                f"holds Python objects in {name!r}, which would run code when loaded; "
                "only plain numbers are read"
            )
        if size != info.file_size:
            raise self.error(
                f"is damaged: {name!r} of shape {shape} and dtype {dtype} takes {size} "
                f"bytes, but {info.file_size} are stored"
            )
        if info.file_size > _MAX_DEFLATE_RATIO * max(info.compress_size, 1) + 4096:
            raise self.error(f"is damaged: {name!r} is larger than its bytes can hold")
        self.dtypes[name], self.shapes[name] = dtype, shape


def _read_header(file: Any) -> tuple[tuple[int, ...], np.dtype, int]:
    version = np.lib.format.read_magic(file)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise ValueError(f"its .npy format {version} is not one of 1.0 and 2.0")
    shape, _, dtype = read(file)
    if any(n < 0 for n in shape):
        raise ValueError(f"its shape {shape} is negative")
    count = 1
    for n in shape:
        count *= n
    return shape, dtype, file.tell() + count * dtype.itemsize
