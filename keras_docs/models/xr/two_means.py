"""Balanced 2-means in plain NumPy and SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np


def two_means(
    rows: Any, first: int, second: int, iterations: int, spherical: bool
) -> np.ndarray:
    """Halves rows into two clusters of equal size.

    Starts from two rows as the centroids. Then, in turn, the half of the rows that
    leans most to the right centroid becomes the right cluster, and the centroids become
    the clusters' means, until no row changes sides. Given the centroids, this is the
    best assignment to clusters of equal size, as squared distances and inner products
    differ between the two centroids by `rows @ (right - left)` and a constant.

    Args:
        rows: float32 array or SciPy CSR matrix of shape `(rows, features)`.
        first: int, the row that starts the left cluster.
        second: int, the row that starts the right cluster.
        iterations: int, at least 1.
        spherical: bool, whether centroids are scaled to length 1.

    Returns:
        bool array, True for the rows of the right half, which is larger by one if the
        number of rows is odd. Rows of equal score go left in their order.

    Example:

    >>> two_means(np.float32([[0, 1], [1, 0], [0, 2], [2, 0]]), 0, 1, 20, True)
    array([False,  True, False,  True])

    Reference:
    - [Prabhu et al. 2018, Parabel](https://doi.org/10.1145/3178876.3185998)
    """
    sides = np.zeros((rows.shape[0], 2), "float32")
    sides[[first, second], [0, 1]] = 1
    right = None
    for _ in range(iterations):
        left_center, right_center = (_center(rows, s, spherical) for s in sides.T)
        order = np.argsort(rows @ (right_center - left_center), kind="stable")
        before, right = right, np.zeros(len(order), bool)
        right[order[len(order) // 2 :]] = True
        if before is not None and np.array_equal(before, right):
            break
        sides = np.stack([~right, right], axis=1).astype("float32")
    return right


def _center(rows: Any, members: np.ndarray, spherical: bool) -> np.ndarray:
    total = members @ rows
    size = np.linalg.norm(total) if spherical else members.sum()
    return total / size if size > 0 else total
