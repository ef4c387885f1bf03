"""Vectors of features, sparse or dense, as clustering needs them."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_docs.models.xr.feature_matrix import check_indices


def feature_rows(name: str, matrix: Any) -> Any:
    """A matrix as float32 CSR or C-ordered array, without a copy where it is one.

    Args:
        name: string, the argument's name for messages.
        matrix: SciPy sparse matrix or array, or anything `np.asarray` takes, of shape
            `(rows, features)`.

    Returns:
        A SciPy CSR array (from sparse input; its indices may be in any order) or a
        NumPy array, float32.

    Raises:
        ValueError: it is not 2D, has no row or no column, holds no numbers, holds NaN
            or infinity, or has indices outside of it.
    """
    from scipy.sparse import csr_array, issparse

    is_sparse = issparse(matrix)
    rows = matrix if is_sparse else np.asarray(matrix)
    if rows.ndim != 2 or 0 in rows.shape or rows.dtype.kind not in "biuf":
        raise ValueError(
            f"`{name}` must be a 2D SciPy sparse matrix or array of numbers with at "
            f"least one row and column. Received: {type(matrix).__name__} of shape "
            f"{rows.shape}, dtype {rows.dtype}."
        )
    if is_sparse:
        check_indices(rows, name)
    with np.errstate(over="ignore"):
        if is_sparse:
            rows = csr_array(rows, dtype="float32")
        else:
            rows = np.ascontiguousarray(rows, dtype="float32")
    if not np.isfinite(rows.data if is_sparse else rows).all():
        raise ValueError(
            f"`{name}` holds NaN, infinity or numbers beyond float32 (3.4e38). Replace "
            "them, by 0 where nothing is known."
        )
    return rows


def with_unit_rows(rows: Any) -> Any:
    """Rows scaled to length 1, in place where possible; rows of zeros stay."""
    from sklearn.preprocessing import normalize

    return normalize(rows, copy=False)
