"""What beam search found, as a sparse matrix."""

from __future__ import annotations

from typing import Any

import numpy as np


def reached(nodes: np.ndarray, num_nodes: int, values: np.ndarray | None = None) -> Any:
    """Nodes that beam search found for each row, as CSR (rows, num_nodes).

    Args:
        nodes: int32 (rows, k), -1 for none.
        num_nodes: int.
        values: float32 (rows, k), the entries; default: ones.
    """
    from scipy.sparse import csr_matrix

    used = nodes >= 0
    starts = np.concatenate([[0], np.cumsum(used.sum(1))])
    entries = np.ones(nodes.shape, "float32") if values is None else values
    shape = (len(nodes), num_nodes)
    return csr_matrix((entries[used], nodes[used], starts), shape=shape)
