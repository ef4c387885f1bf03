"""Rows of features as the trees need them: float32, finite, CSR or dense."""

from __future__ import annotations

from typing import Any

import numpy as np


def feature_rows(name: str, matrix: Any) -> Any:
    """A matrix as float32 CSR or C-ordered array, without a copy where it is one.

    Args:
        name: string, the argument's name for messages.
        matrix: SciPy sparse matrix or array, or anything `np.asarray` takes, of shape
            `(rows, features)`.

    Returns:
        A SciPy CSR matrix (from sparse input) or a NumPy array, float32.

    Raises:
        ValueError: it is not 2D, has no row or no column, holds no numbers, or holds
            NaN or infinity.
    """
    from scipy.sparse import csr_matrix, issparse

    is_sparse = issparse(matrix)
    if not is_sparse:
        matrix = np.asarray(matrix)
    if matrix.ndim != 2 or 0 in matrix.shape or matrix.dtype.kind not in "biuf":
        raise ValueError(
            f"`{name}` must be a 2D SciPy sparse matrix or array of numbers with at "
            f"least one row and column. Received: {type(matrix).__name__} of shape "
            f"{matrix.shape}, dtype {matrix.dtype}."
        )
    if is_sparse:
        rows = csr_matrix(matrix, dtype="float32")
        _check_indices(name, rows)
        numbers = rows.data
    else:
        rows = numbers = np.ascontiguousarray(matrix, dtype="float32")
    if not np.isfinite(numbers).all():
        raise ValueError(
            f"`{name}` holds NaN, infinity or numbers beyond float32 (3.4e38). Replace "
            "them, by 0 where nothing is known."
        )
    return rows


def _check_indices(name: str, rows: Any) -> None:
    """Compiled kernels read where the indices point."""
    try:
        rows.check_format(full_check=True)
    except ValueError as error:
        raise ValueError(
            f"`{name}` is a damaged sparse matrix of shape {rows.shape}: {error}. "
            "Build it anew, for example by `scipy.sparse.csr_matrix((data, (i, j)))`."
        ) from None


def check_same_rows(name: str, rows: int, other_name: str, other_rows: int) -> None:
    """Raises a `ValueError` unless two matrices have as many rows."""
    if rows != other_rows:
        raise ValueError(
            f"`{name}` has {rows} rows but `{other_name}` has {other_rows}. They must "
            "describe the same things in the same order."
        )


def with_unit_rows(rows: Any) -> Any:
    """Rows scaled to length 1, in place where possible; rows of zeros stay."""
    from sklearn.preprocessing import normalize

    return normalize(rows, copy=False)
