"""Sparse rows -> short dense rows of nearly the same angles.

Source: [Achlioptas 2003, database-friendly random projections](
https://doi.org/10.1016/S0022-0000(03)00025-4), with the density of [Li et al. 2006](
https://doi.org/10.1145/1150402.1150436).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_docs.models.xr.feature_rows import with_unit_rows

if TYPE_CHECKING:
    from scipy.sparse import csr_array

PARTS = {"starts": "int64", "columns": "int32", "values": "float32"}


def random_projection(num_features: int, dim: int, seed: int) -> csr_array:
    """A matrix to project with.

    Args:
        num_features: int.
        dim: int, columns of the projected rows at most. No more features than that need
            no projection: they are taken as they are.
        seed: int.

    Returns:
        CSR array float32 (num_features, columns).
    """
    from scipy.sparse import csr_array, eye_array
    from sklearn.random_projection import SparseRandomProjection

    if num_features <= dim:
        return eye_array(num_features, dtype="float32", format="csr")
    projection = SparseRandomProjection(dim, random_state=seed)
    projection.fit(csr_array((1, num_features), dtype="float32"))
    return csr_array(projection.components_.T, dtype="float32")


def projected(rows: Any, projection: csr_array) -> np.ndarray:
    """Projects rows.

    Args:
        rows: CSR (rows, num_features).
        projection: CSR (num_features, dim).

    Returns:
        float32 array (rows, dim), rows of length 1; rows of zeros stay.
    """
    return with_unit_rows((rows @ projection).toarray())


def projection_of_arrays(arrays: Mapping[str, Any], num_features: int) -> csr_array:
    """A projection from its stored parts, each checked.

    Args:
        arrays: `starts`, `columns` and `values` of a CSR matrix, and `dim`.
        num_features: int.

    Raises:
        ValueError: a part is missing, or makes no matrix of finite numbers.
    """
    from scipy.sparse import csr_array

    for name, dtype in PARTS.items():
        array = arrays.get(name)
        if array is None or array.ndim != 1 or array.dtype != dtype:
            raise ValueError(
                f"The stored projection must have 1-D {dtype} {name}. Save the preset "
                "again."
            )
    parts = (arrays["values"], arrays["columns"], arrays["starts"])
    try:
        projection = csr_array(parts, shape=(num_features, arrays["dim"]))
        projection.check_format(full_check=True)
    except ValueError as error:
        raise ValueError(
            f"The stored projection is damaged: {error}. Save the preset again."
        ) from None
    if not np.isfinite(projection.data).all():
        raise ValueError(
            "The stored projection has values that are not finite. Save the preset "
            "again."
        )
    return projection
