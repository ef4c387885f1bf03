"""A vector for each label, from the rows it was given to or from its own features.

Labels with like vectors end up in the same leaf of the tree that `hierarchical_kmeans`
makes of them. A label that no row has gets the zero vector, unless it has features of
its own: `pifa_with_label_features` and `label_features` place it by those.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from keras_docs.models.xr.feature_matrix import check_rows, read_matrix
from keras_docs.models.xr.feature_rows import feature_rows, with_unit_rows

DEFAULT_DIM = 64
# Of the search for singular vectors: columns beyond those asked for, and rounds.
OVERSAMPLING = 10
POWER_ITERATIONS = 10


def pii(y: Any) -> Any:
    """Positive instance indices: a label is the set of rows that have it.

    Needs no features. Row `l` of the result is `y[:, l]`, scaled to length 1.

    Args:
        y: SciPy sparse matrix of shape `(rows, labels)`, non-zero where a row has a
            label.

    Returns:
        float32 SciPy CSR array of shape `(labels, rows)`.

    Raises:
        ValueError: `y` is no 2D matrix of finite numbers.

    Example:

    >>> y = scipy.sparse.csr_matrix([[1, 0], [1, 1]])
    >>> pii(y).toarray().round(2)
    array([[0.71, 0.71],
           [0.  , 1.  ]], dtype=float32)

    Reference:
    - [Yu et al. 2020, PECOS](https://arxiv.org/abs/2010.05878)
    """
    return with_unit_rows(read_matrix(y, "y").T.tocsr())


def pifa(x: Any, y: Any) -> Any:
    """Positive instance feature aggregation: a label is the mean of its rows' features.

    With every row of `y` scaled to length 1 (a row that has many labels says less about
    each), the result is `y.T @ x`, its rows scaled to length 1.

    Args:
        x: SciPy sparse matrix or array of shape `(rows, features)`.
        y: SciPy sparse matrix of shape `(rows, labels)`, non-zero where a row has a
            label.

    Returns:
        float32 SciPy CSR array (of sparse `x`; its indices are in no order, as sorting
        would double the time) or NumPy array (of dense `x`) of shape `(labels,
        features)`.

    Raises:
        ValueError: `x` and `y` differ in rows, or one is no 2D matrix of finite
            numbers.

    Example:

    >>> x = np.array([[1.0, 0.0], [0.0, 2.0]])
    >>> pifa(x, scipy.sparse.csr_matrix([[1, 0], [1, 1]])).round(2)
    array([[0.58, 0.82],
           [0.  , 1.  ]], dtype=float32)

    Reference:
    - [Yu et al. 2020, PECOS](https://arxiv.org/abs/2010.05878)
    """
    x, y = feature_rows("x", x), read_matrix(y, "y")
    check_rows(x.shape[0], "x", y.shape[0], "y")
    return with_unit_rows(with_unit_rows(y.copy()).T.tocsr() @ x)


def pifa_with_label_features(
    x: Any, y: Any, z: Any, *, combine: str = "concatenate", alpha: Any = 0.5
) -> Any:
    """PIFA together with features of the labels themselves, such as their names'.

    Both parts are scaled to length 1, weighted, put together, and scaled again.

    Args:
        x: SciPy sparse matrix or array of shape `(rows, features)`.
        y: SciPy sparse matrix of shape `(rows, labels)`.
        z: SciPy sparse matrix or array of shape `(labels, label_features)`.
        combine: `"concatenate"` puts the parts side by side; `"add"` adds them, for `z`
            with the same features as `x`.
        alpha: float or array of shape `(labels,)`, each in [0, 1]: the weight of PIFA;
            `z` has `1 - alpha`. Small values suit labels that few rows have.

    Returns:
        float32 NumPy array if `x` and `z` are dense, or one is when adding; else SciPy
        CSR array; of shape `(labels, features)`, wider by `label_features` if
        concatenated.

    Raises:
        ValueError: shapes do not match, or `alpha` or `combine` is out of range.

    Example:

    >>> names = vectorizer.transform(label_names)
    >>> vectors = pifa_with_label_features(x, y, names, combine="add", alpha=0.7)

    Reference:
    - [Yu et al. 2020, PECOS](https://arxiv.org/abs/2010.05878)
    """
    if combine not in ("concatenate", "add"):
        raise ValueError(
            f'`combine` must be "concatenate" or "add". Received: {combine!r}.'
        )
    by_rows, by_names = pifa(x, y), label_features(z)
    labels = by_rows.shape[0]
    if by_names.shape[0] != labels:
        raise ValueError(
            f"`z` must have one row per label, which are the {labels} columns of `y`. "
            f"Received shape: {by_names.shape}."
        )
    if combine == "add" and by_names.shape[1] != by_rows.shape[1]:
        raise ValueError(
            f"`z` has {by_names.shape[1]} features but `x` has {by_rows.shape[1]}, so "
            'they cannot be added. Vectorize both alike, or pass combine="concatenate".'
        )
    alpha = _check_alpha(alpha, labels)
    parts = [_scale_rows(by_rows, alpha), _scale_rows(by_names, 1 - alpha)]
    return with_unit_rows(
        _concatenate(parts) if combine == "concatenate" else _add(parts)
    )


def label_features(z: Any) -> Any:
    """Features of the labels themselves, with rows of length 1.

    For example the TF-IDF rows of the labels' names, or their embeddings by a text
    encoder. Needs no training rows, so labels that no row has are placed like others.

    Args:
        z: SciPy sparse matrix or array of shape `(labels, features)`.

    Returns:
        float32 SciPy CSR array or array of shape `(labels, features)`.

    Raises:
        ValueError: `z` is no 2D matrix of finite numbers.

    Example:

    >>> vectors = label_features(vectorizer.transform(label_names))

    Reference:
    - [Chang et al. 2020, X-Transformer](https://arxiv.org/abs/1905.02331)
    """
    return with_unit_rows(feature_rows("z", z).copy())


def graph_spectrum(y: Any, dim: int | None = None, *, seed: int = 0) -> np.ndarray:
    """Spectral embedding of the graph that joins rows and labels.

    With the degrees `R` of the rows and `C` of the labels, these are the right singular
    vectors of `R**-0.5 @ y @ C**-0.5` with the largest singular values, without the
    first, which holds the degrees alone; each label's coordinates are scaled to length
    1. Labels that share rows, or whose rows share labels, come close. Needs no
    features.

    They are found by randomized subspace iteration: exact enough to group by, not to
    the last digit.

    Args:
        y: SciPy sparse matrix of shape `(rows, labels)`, not negative, non-zero where a
            row has a label.
        dim: int, the number of coordinates; `None` for 64, or as many as there are.
        seed: int, where the search for singular vectors starts.

    Returns:
        float32 array of shape `(labels, dim)`.

    Raises:
        ValueError: `y` is negative somewhere or has too few rows or labels for `dim`.

    Example:

    >>> vectors = graph_spectrum(y, dim=100)

    Reference:
    - [Dhillon 2001, co-clustering by bipartite spectral graph partitioning](
      https://doi.org/10.1145/502512.502550)
    - [Halko et al. 2011, Algorithm 4.4](https://arxiv.org/abs/0909.4061)
    - [Yu et al. 2020, PECOS](https://arxiv.org/abs/2010.05878)
    """
    y = read_matrix(y, "y")
    if y.nnz and y.data.min() < 0:
        raise ValueError(
            "`y` must not be negative, as it counts the ways between rows and labels. "
            f"Received: {y.data.min()}."
        )
    most = min(y.shape) - 1
    dim = min(DEFAULT_DIM, most) if dim is None else dim
    if not isinstance(dim, int | np.integer) or not 1 <= dim <= most:
        raise ValueError(
            f"`dim` must be an integer from 1 to {most}, less than each side of `y` "
            f"{y.shape}. Received: {dim!r}."
        )
    random = np.random.default_rng(seed)
    columns = min(dim + OVERSAMPLING, y.shape[1])
    vectors = random.normal(size=(y.shape[1], columns)).astype("float32")
    multiply, multiply_transposed = _without_degrees(y)
    for _ in range(POWER_ITERATIONS):
        vectors, _ = np.linalg.qr(multiply_transposed(multiply(vectors)))
    _, _, rotation = np.linalg.svd(multiply(vectors), full_matrices=False)
    return with_unit_rows(np.ascontiguousarray(vectors @ rotation[:dim].T))


def _without_degrees(y: Any) -> tuple[Callable, Callable]:
    """Products with `y` scaled by the degrees, less its first singular vectors."""
    from scipy.sparse import diags

    rows, labels = (np.asarray(y.sum(axis), "float32").ravel() for axis in (1, 0))
    scaled = diags(_inverse_root(rows)) @ y @ diags(_inverse_root(labels))
    transposed = scaled.T.tocsr()
    # Known beforehand: found, they would mix with others of the same singular value.
    left, right = (np.sqrt(d / max(d.sum(), 1)) for d in (rows, labels))
    return (
        lambda v: scaled @ v - np.outer(left, right @ v),
        lambda v: transposed @ v - np.outer(right, left @ v),
    )


def _inverse_root(degrees: np.ndarray) -> np.ndarray:
    return 1 / np.sqrt(np.where(degrees > 0, degrees, 1))


def _check_alpha(alpha: Any, labels: int) -> np.ndarray:
    values = np.asarray(alpha)
    is_number = values.dtype.kind in "biuf" and values.shape in ((), (labels,))
    if not is_number or not ((values >= 0) & (values <= 1)).all():
        raise ValueError(
            f"`alpha` must be a number from 0 to 1, or {labels} of them, one per "
            f"label. Received: {alpha!r}."
        )
    return np.broadcast_to(values.astype("float32"), (labels,))


def _scale_rows(rows: Any, factors: np.ndarray) -> Any:
    from scipy.sparse import diags, issparse

    return diags(factors) @ rows if issparse(rows) else factors[:, None] * rows


def _concatenate(parts: list[Any]) -> Any:
    from scipy.sparse import hstack, issparse

    if any(issparse(part) for part in parts):
        return hstack(parts, format="csr", dtype="float32")
    return np.hstack(parts)


def _add(parts: list[Any]) -> Any:
    from scipy.sparse import issparse

    total = parts[0] + parts[1]
    return total.tocsr() if issparse(total) else np.asarray(total)
