"""Sparse matrices in SciPy's `.npz` format, checked before anything trusts them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_docs.models.xr.npz_arrays import NpzArrays

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

_DTYPES = {"indices": "iu", "indptr": "iu", "data": "fiu", "shape": "iu"}


def read_csc(path: str | Path) -> csc_matrix:
    """Reads what `scipy.sparse.save_npz` wrote of a CSC or CSR matrix.

    Args:
        path: the file.

    Returns:
        float32 SciPy CSC matrix with sorted indices, each place once.

    Raises:
        ValueError: the file is missing or damaged, holds Python objects or no sparse
            matrix, an index points outside of it, or a value is not finite.
    """
    from scipy.sparse import csc_matrix, csr_matrix

    arrays = NpzArrays(path)
    _check_names(arrays)
    layout = str(np.char.decode(arrays.read("format"), "ascii"))
    shape = tuple(int(n) for n in arrays.read("shape"))
    if layout not in ("csc", "csr") or len(shape) != 2 or min(shape) < 1:
        raise arrays.error(
            f"holds a matrix of format {layout!r} and shape {shape}; expected csc or "
            "csr and two positive numbers"
        )
    slices = shape[1] if layout == "csc" else shape[0]
    sizes = [arrays.shapes[name] for name in ("indices", "data", "indptr")]
    if sizes[0] != sizes[1] or len(sizes[0]) != 1 or sizes[2] != (slices + 1,):
        raise arrays.error(
            f"is damaged: indices, data and indptr of shapes {sizes} do not describe "
            f"a {layout} matrix of shape {shape}"
        )
    parts = [arrays.read(name) for name in ("data", "indices", "indptr")]
    try:
        kind = csc_matrix if layout == "csc" else csr_matrix
        # Unsigned indices would wrap around in SciPy.
        parts[1:] = (part.astype("int64") for part in parts[1:])
        matrix = kind(tuple(parts), shape=shape, dtype="float32")
        matrix.check_format(full_check=True)
    except (ValueError, OverflowError) as error:
        raise arrays.error(f"is damaged: {error}") from None
    if not np.isfinite(matrix.data).all():
        raise arrays.error("holds NaN, infinity or numbers beyond float32")
    matrix = matrix.tocsc()
    matrix.sum_duplicates()
    return matrix


def write_csc(path: str | Path, matrix: Any) -> None:
    """Writes a sparse matrix as `scipy.sparse.save_npz` does.

    Args:
        path: the file, in a folder that is moved into place as a whole.
        matrix: SciPy sparse matrix.
    """
    from scipy.sparse import csc_matrix, save_npz

    matrix = csc_matrix(matrix, dtype="float32")
    matrix.sort_indices()
    save_npz(path, matrix, compressed=False)


def _check_names(arrays: NpzArrays) -> None:
    # SciPy also writes whether it was a sparse array or a sparse matrix.
    if set(arrays.dtypes) - {"_is_array"} != {*_DTYPES, "format"}:
        raise arrays.error(
            f"is no SciPy CSC or CSR matrix: it holds {sorted(arrays.dtypes)[:8]}, "
            f"expected {sorted((*_DTYPES, 'format'))}"
        )
    for name, kinds in _DTYPES.items():
        if arrays.dtypes[name].kind not in kinds:
            raise arrays.error(f"is damaged: {name} is of dtype {arrays.dtypes[name]}")
    if arrays.dtypes["format"].kind not in "SU" or arrays.shapes["format"] != ():
        raise arrays.error("is damaged: its format is no word")
    if len(arrays.shapes["shape"]) != 1:
        raise arrays.error("is damaged: its shape is no list of numbers")
