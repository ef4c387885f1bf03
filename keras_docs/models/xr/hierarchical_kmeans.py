"""From label vectors to a label tree."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_docs.models.xr.clustered_rows import DenseRows, SparseRows
from keras_docs.models.xr.feature_rows import feature_rows
from keras_docs.models.xr.label_tree import LabelTree

MAX_BRANCHING = 256
MAX_MAGNITUDE = 1e12
# Tasks per worker: enough that the last one does not keep the others waiting.
TASKS_PER_JOB = 4


def hierarchical_kmeans(
    representation: Any,
    *,
    branching: int = 16,
    max_leaf_size: int = 100,
    spherical: bool = True,
    iterations: int = 20,
    seed: int = 0,
    n_jobs: int = 1,
) -> LabelTree:
    """Groups similar labels into the leaves of a balanced tree.

    Halves the labels by balanced 2-means, then each half, and so on until no part has
    more than `max_leaf_size` labels. All parts have the same size (± 1 label). Then
    every `log2(branching)` halvings become one level; the root has fewer children if
    that does not come out even. Memory grows with the non-zeros of `representation`.

    Args:
        representation: SciPy sparse matrix or array of shape `(labels, features)`, one
            vector per label, as `pifa` and its neighbours in
            `keras_docs.models.xr.label_representation` make them. Labels whose vectors
            are 0 lean nowhere and fill up parts in the order of their ids.
        branching: int, children per cluster: a power of two from 2 to 256.
        max_leaf_size: int, at least 2: the most labels per leaf.
        spherical: bool, compare by the angle to the clusters' mean directions, for
            vectors of length 1; otherwise by Euclidean distance to their means.
        iterations: int, at least 1: the most rounds of one 2-means. Most end earlier,
            when no label changes sides.
        seed: int, at least 0. The same seed gives the same tree, whatever `n_jobs`.
        n_jobs: int, threads (-1: one per core). `joblib.parallel_config` chooses
            another backend, such as Dask.

    Returns:
        A `LabelTree` of as many labels. With at most `max_leaf_size` labels it has one
        level: all labels are the root's children.

    Raises:
        ValueError: an argument is out of range or `representation` holds no vectors.

    Example:

    >>> vectors = np.random.default_rng(0).normal(size=(1000, 20))
    >>> keras_docs.hierarchical_kmeans(vectors, branching=4)
    LabelTree(4-16-1000: 1,000 labels, 62 to 63 in each of 16 leaves)

    Reference:
    - [Yu et al. 2020, PECOS, Algorithm 1](https://arxiv.org/abs/2010.05878)
    """
    _check(branching, max_leaf_size, iterations, seed)
    vectors = feature_rows("representation", representation)
    _check_magnitude(vectors)
    labels = vectors.shape[0]
    if labels <= max_leaf_size:
        return LabelTree([np.zeros(labels, "int32")])
    depth = math.ceil(math.log2(labels / max_leaf_size))
    plan = _Plan(depth, bool(spherical), iterations, seed)
    rows = (
        DenseRows(vectors) if isinstance(vectors, np.ndarray) else SparseRows(vectors)
    )
    leaves = _all_leaves(_Part(rows, np.arange(labels, dtype="int32")), plan, n_jobs)
    return LabelTree(_levels(leaves, branching))


@dataclass(frozen=True)
class _Plan:
    depth: int
    spherical: bool
    iterations: int
    seed: int


@dataclass(frozen=True)
class _Part:
    """Some labels and their vectors; leaves have no vectors any more."""

    rows: SparseRows | DenseRows | None
    labels: np.ndarray
    level: int = 0
    number: int = 0

    def halves(self, plan: _Plan) -> list[_Part]:
        # A stream of its own for each part: the order of the work does not matter.
        random = np.random.default_rng([plan.seed, self.level, self.number])
        first, second = random.choice(len(self.labels), 2, replace=False)
        right = self.rows.halve(first, second, plan.iterations, plan.spherical)
        parts = []
        for side, members in enumerate((~right, right)):
            chosen = np.flatnonzero(members)
            is_leaf = self.level + 1 == plan.depth
            rows = None if is_leaf else self.rows.take(chosen)
            number = 2 * self.number + side
            parts.append(_Part(rows, self.labels[chosen], self.level + 1, number))
        return parts

    def leaves(self, plan: _Plan) -> list[np.ndarray]:
        if self.level == plan.depth:
            return [self.labels]
        return [leaf for half in self.halves(plan) for leaf in half.leaves(plan)]


def _all_leaves(whole: _Part, plan: _Plan, n_jobs: int) -> list[np.ndarray]:
    """The labels of each leaf; whole subtrees are the tasks, once there are enough."""
    from joblib import Parallel, delayed, effective_n_jobs

    jobs = effective_n_jobs(n_jobs)
    tasks = 1 if jobs == 1 else TASKS_PER_JOB * jobs
    parallel = Parallel(n_jobs=n_jobs, prefer="threads")
    parts = [whole]
    while len(parts) < tasks and parts[0].level < plan.depth:
        halves = parallel(delayed(_Part.halves)(part, plan) for part in parts)
        parts = [half for pair in halves for half in pair]
    leaves = parallel(delayed(_Part.leaves)(part, plan) for part in parts)
    return [leaf for some in leaves for leaf in some]


def _levels(leaves: list[np.ndarray], branching: int) -> list[np.ndarray]:
    """The tree's levels, from the root's children to the labels."""
    codes = np.empty(sum(map(len, leaves)), "int32")
    for number, labels in enumerate(leaves):
        codes[labels] = number
    levels, size = [codes], len(leaves)
    while size > branching:
        levels.append(np.arange(size, dtype="int32") // branching)
        size //= branching
    levels.append(np.zeros(size, "int32"))
    return levels[::-1]


def _check_magnitude(vectors: Any) -> None:
    """Squares of larger numbers, summed, might not fit into float32."""
    numbers = vectors if isinstance(vectors, np.ndarray) else vectors.data
    largest = max(numbers.max(initial=0), -numbers.min(initial=0))
    if largest > MAX_MAGNITUDE:
        raise ValueError(
            f"`representation` holds numbers as large as {largest:.3g}; at most "
            f"{MAX_MAGNITUDE:.0e} can be compared. Scale it; its scale does not matter."
        )


def _check(branching: int, max_leaf_size: int, iterations: int, seed: int) -> None:
    for name, value, least in (
        ("max_leaf_size", max_leaf_size, 2),
        ("iterations", iterations, 1),
        ("seed", seed, 0),
        ("branching", branching, 2),
    ):
        if not isinstance(value, int | np.integer) or value < least:
            raise ValueError(
                f"`{name}` must be an integer of at least {least}. Received: {value!r}."
            )
    if branching > MAX_BRANCHING or branching & (branching - 1):
        nearest = min(2 ** round(math.log2(branching)), MAX_BRANCHING)
        raise ValueError(
            "`branching` must be a power of two from 2 to 256, as clusters come from "
            f"repeated halving. Received: {branching}. Take {nearest}, or pass a tree "
            "of your own, `LabelTree(parents)`."
        )
