"""Any matrix of numbers -> a checked CSR array of float32."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from keras_docs.kernels.is_canonical_csr import is_canonical_csr
from keras_docs.models.xr.text_column import describe

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def is_matrix(x: Any) -> bool:
    """Whether `x` is a sparse matrix, or a 2-D array of anything but text."""
    from scipy.sparse import issparse

    if issparse(x):
        return True
    kind = getattr(getattr(x, "dtype", None), "kind", None)
    return len(getattr(x, "shape", ())) == 2 and kind not in ("O", "U", "S", "T")


def read_matrix(x: Any, name: str) -> csr_array:
    """Checks a matrix of numbers, and sorts it if need be.

    The caller's matrix is never changed. Unsorted columns are sorted, and values that
    are given for the same place are added, which is how SciPy reads them.

    Args:
        x: SciPy sparse matrix or array of any format, or 2-D array.
        name: what to call it in messages.

    Returns:
        SciPy CSR array, float32, with sorted columns and each place once. It shares
        memory with `x` where nothing had to change.

    Raises:
        ValueError: it is no matrix of real numbers, it has no rows or no columns, its
            indices lie outside it, or a value is NaN, infinite or beyond float32.
    """
    from scipy.sparse import csr_array, issparse

    if _is_ready(x):
        return csr_array(x)
    x = x if issparse(x) else np.asarray(x)
    check_numbers(x, name)
    matrix = _as_csr(x, name)
    if not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()
    _check_finite(matrix, name)
    return matrix


def check_numbers(x: Any, name: str) -> None:
    """Raises a `ValueError` unless `x` has numbers, two dimensions and an entry."""
    if x.ndim != 2 or x.dtype.kind not in "biuf":
        raise ValueError(
            f"`{name}` must be a matrix of numbers (rows, columns): SciPy sparse or "
            f"2-D array. Received {describe(x)} and dtype {x.dtype}. For texts, pass "
            "one column: a list, 1-D array or Series."
        )
    if 0 in x.shape:
        raise ValueError(
            f"`{name}` has {x.shape[0]} rows and {x.shape[1]} columns; at least one of "
            "each is needed."
        )


def check_rows(rows: int, name: str, expected: int, other: str) -> None:
    """Raises a `ValueError` unless two inputs have as many rows."""
    if rows != expected:
        raise ValueError(
            f"`{name}` has {rows} rows, but `{other}` has {expected}. Pass one row of "
            "each per document, in the same order."
        )


def _is_ready(x: Any) -> bool:
    """Whether `x` is a matrix as `read_matrix` returns them, down to every index."""
    from scipy.sparse import csr_array, csr_matrix

    if type(x) not in (csr_array, csr_matrix) or x.ndim != 2 or 0 in x.shape:
        return False
    arrays = x.indptr, x.indices, x.data
    dtypes = np.int32, np.int32, np.float32
    for array, dtype in zip(arrays, dtypes, strict=True):
        if type(array) is not np.ndarray or array.ndim != 1 or array.dtype != dtype:
            return False
        if not array.flags.carray:
            return False
    rows, columns = x.shape
    return x.indptr.size == rows + 1 and is_canonical_csr(*arrays, columns)


def _check_indices(matrix: Any, name: str) -> None:
    """Raises a `ValueError` if an index of a sparse matrix lies outside of it."""
    if matrix.format not in ("csr", "csc", "bsr"):
        # The constructors of the others have looked.
        return
    try:
        matrix.check_format(full_check=True)
    except ValueError as error:
        raise ValueError(
            f"`{name}` is a damaged {matrix.format.upper()} matrix: {error}. Build it "
            "again from its entries, for example by way of COO."
        ) from error


def _as_csr(x: Any, name: str) -> csr_array:
    from scipy.sparse import csr_array, issparse

    if not issparse(x):
        with np.errstate(over="ignore"):
            return csr_array(x.astype(np.float32, copy=False))
    if x.format not in ("csr", "csc"):
        # Their constructors have checked the indices.
        x = x.tocsr()
    _check_indices(x, name)
    x = x.tocsr()
    with np.errstate(over="ignore"):
        data = _as_plain(x.data, np.float32)
    kept = np.int32 if max(x.nnz, *x.shape) <= np.iinfo(np.int32).max else np.int64
    indices, starts = _as_plain(x.indices, kept), _as_plain(x.indptr, kept)
    # A new object looks at the indices itself: flags of the old one may be outdated.
    return csr_array((data, indices, starts), shape=x.shape)


def _as_plain(array: np.ndarray, dtype: Any) -> np.ndarray:
    """A copy if need be: Numba compiles anew for read-only and for strided arrays."""
    return np.require(array, dtype, ["C", "A", "W", "E"])


def _check_finite(matrix: csr_array, name: str) -> None:
    if np.isfinite(matrix.data).all():
        return
    first = int(np.argmin(np.isfinite(matrix.data)))
    row = int(np.searchsorted(matrix.indptr, first, side="right")) - 1
    raise ValueError(
        f"`{name}` holds {matrix.data[first]} in row {row}, column "
        f"{matrix.indices[first]}; every value must be a finite float32 number. "
        "Replace missing values, for example by np.nan_to_num."
    )
