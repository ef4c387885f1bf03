"""A sparse matrix as compiled code takes it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Csr(NamedTuple):
    """A sparse matrix by rows.

    Args:
        starts: int32 or int64 (rows + 1,).
        features: int32 (entries,).
        values: float32 (entries,).
    """

    starts: np.ndarray
    features: np.ndarray
    values: np.ndarray
