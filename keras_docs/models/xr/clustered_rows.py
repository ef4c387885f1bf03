"""Vectors that are halved again and again: the sparse and the dense kind."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_docs.models.xr.two_means import two_means


class SparseRows:
    """Sparse vectors, halved by the compiled kernel.

    A part keeps only the columns that two or more of its rows share, numbered anew, so
    that centroids become small enough for the processor's caches.

    Args:
        matrix: float32 SciPy CSR matrix, which is not copied.
    """

    def __init__(self, matrix: Any) -> None:
        starts = matrix.indptr.astype("int64", copy=False)
        # uint32 arrays and int32 arrays of ids have the same bytes.
        ids = matrix.indices.astype("int32", copy=False).view("uint32")
        own = np.zeros(matrix.shape[0], "float32")
        self._arrays = (starts, ids, matrix.data, own, matrix.shape[1])

    def halve(
        self, first: int, second: int, iterations: int, spherical: bool
    ) -> np.ndarray:
        """See `two_means`."""
        from keras_docs.kernels.balanced_kmeans import sparse_two_means

        return sparse_two_means(*self._arrays, first, second, iterations, spherical)

    def take(self, rows: np.ndarray) -> SparseRows:
        """The chosen rows."""
        from keras_docs.kernels.balanced_kmeans import take_sparse_rows

        part = SparseRows.__new__(SparseRows)
        part._arrays = take_sparse_rows(*self._arrays, rows)
        return part


class DenseRows:
    """Dense vectors, halved by matrix products.

    Args:
        matrix: float32 array of shape `(rows, features)`.
    """

    def __init__(self, matrix: np.ndarray) -> None:
        self._matrix = matrix

    def halve(
        self, first: int, second: int, iterations: int, spherical: bool
    ) -> np.ndarray:
        """See `two_means`."""
        return two_means(self._matrix, first, second, iterations, spherical)

    def take(self, rows: np.ndarray) -> DenseRows:
        """The chosen rows."""
        return DenseRows(self._matrix[rows])
