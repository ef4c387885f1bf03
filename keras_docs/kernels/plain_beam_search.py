"""Beam search through a tree of sparse linear models with SciPy: the plain twin.

It says what `beam_search.py` computes, slowly: tests compare the two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import sparse


def plain_beam_search(
    queries: sparse.csr_matrix,
    parents: Sequence[np.ndarray],
    weights: Sequence[sparse.csc_matrix],
    biases: Sequence[np.ndarray],
    beam_sizes: Sequence[int],
    log_activation: Callable[[np.ndarray], np.ndarray] | None,
) -> tuple[np.ndarray, np.ndarray]:
    """The best nodes of the last level for each query.

    Args:
        queries: CSR (queries, features).
        parents: per level an int array (nodes,), the parent in the level above.
        weights: per level CSC (features, nodes).
        biases: per level an array (nodes,), what each score starts from.
        beam_sizes: per level, how many nodes to keep.
        log_activation: from margins to logs of values, which are added along the path;
            `None` returns the last level's margins themselves.

    Returns:
        Nodes, int32 (queries, k), -1 where there are fewer than k, and their values,
        float32 (queries, k), falling; of equal values the one whose parent was better,
        then the smaller id, comes first.
    """
    count, k = queries.shape[0], beam_sizes[-1]
    best = np.full((count, k), -1, np.int32)
    best_values = np.full((count, k), -np.inf, np.float32)
    for query in range(count):
        beam, beam_values = np.zeros(1, int), np.zeros(1, np.float32)
        for level, parent in enumerate(parents):
            margins = (queries[query] @ weights[level]).toarray()[0] + biases[level]
            candidates, values = [], []
            for node, value in zip(beam, beam_values, strict=True):
                children = np.flatnonzero(parent == node)
                own = margins[children]
                candidates.append(children)
                values.append(own if log_activation is None else log_activation(own))
                values[-1] = values[-1] + (0 if log_activation is None else value)
            beam, beam_values = np.concatenate(candidates), np.concatenate(values)
            order = np.argsort(-beam_values, kind="stable")[: beam_sizes[level]]
            beam, beam_values = beam[order], beam_values[order]
        best[query, : len(beam)] = beam
        best_values[query, : len(beam)] = beam_values
    return best, best_values
