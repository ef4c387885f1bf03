"""Vectors of features, sparse or dense, as clustering needs them."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_docs.models.xr.feature_matrix import check_numbers, read_matrix


def feature_rows(name: str, matrix: Any) -> Any:
    """A matrix as float32 CSR or C-ordered array, without a copy where it is one.

    Args:
        name: string, the argument's name for messages.
        matrix: SciPy sparse matrix or array, or anything `np.asarray` takes, of shape
            `(rows, features)`.

    Returns:
        A SciPy CSR array (from sparse input, see `read_matrix`) or a NumPy array,
        float32.

    Raises:
        ValueError: it is not 2D, has no row or no column, holds no numbers, holds NaN
            or infinity, or has indices outside of it.
    """
    from scipy.sparse import issparse

    if issparse(matrix):
        return read_matrix(matrix, name)
    rows = np.asarray(matrix)
    check_numbers(rows, name)
    with np.errstate(over="ignore"):
        rows = np.ascontiguousarray(rows, dtype="float32")
    if not np.isfinite(rows).all():
        raise ValueError(
            f"`{name}` holds NaN, infinity or numbers beyond float32 (3.4e38). Replace "
            "them, by 0 where nothing is known."
        )
    return rows


def with_unit_rows(rows: Any) -> Any:
    """Rows scaled to length 1, in place where possible; rows of zeros stay."""
    from sklearn.preprocessing import normalize

    return normalize(rows, copy=False)
