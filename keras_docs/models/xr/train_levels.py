"""Trains all clusters of a tree, block by block, side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
from scipy import sparse

from keras_docs.kernels.csr import Csr
from keras_docs.kernels.dual_coordinate_descent import (
    HINGE,
    LOGISTIC,
    SQUARED_HINGE,
    Solver,
)
from keras_docs.kernels.train_cluster import Labels, WorkSpace, train_cluster
from keras_docs.models.xr.block_store import BlockStore
from keras_docs.models.xr.chunk_layout import LevelRows, level_of_clusters
from keras_docs.models.xr.label_tree import LabelTree
from keras_docs.models.xr.level_settings import negatives_of, per_level
from keras_docs.models.xr.level_tasks import (
    LevelTask,
    entries_of,
    level_targets,
    make_task,
    normalize_relevance,
    split_task,
)

LOSSES = {"squared_hinge": SQUARED_HINGE, "hinge": HINGE, "logistic": LOGISTIC}
# Gradients below this share of the tolerance are left alone: the same weights to two
# digits, in a fifth less time.
IDLE_SHARE = 0.2
# What a block is made of at most: some tenths of a second.
BLOCK_WORK = 3e7


class LearningSettings(NamedTuple):
    """How the classifiers of one level are learned; see `XRLinear`."""

    loss: str
    cost_positive: float
    cost_negative: float
    tolerance: float
    max_passes: int
    bias: float
    threshold: float
    max_weights_per_label: int | None
    seed: int


class TrainingData(NamedTuple):
    """What to learn from.

    Args:
        x: CSR float32 (rows, num_features), canonical.
        y: CSR (rows, num_labels) of ones.
        relevance: CSR (rows, num_labels), the weight of each positive, or `None`.
        user_negatives: level -> CSR (rows, nodes of the level above).
    """

    x: sparse.csr_matrix
    y: sparse.csr_matrix
    relevance: sparse.csr_matrix | None
    user_negatives: dict[int, Any]


def train_levels(
    data: TrainingData,
    tree: LabelTree,
    config: dict[str, Any],
    match: Callable[[list[LevelRows]], sparse.csr_matrix],
    n_jobs: int = 1,
    store: BlockStore | None = None,
    verbose: int = 1,
) -> list[LevelRows]:
    """Trains a classifier for each node of a tree.

    Levels whose negatives do not depend on the levels above are trained together, the
    largest blocks first. `joblib` runs the blocks: `joblib.parallel_config("dask")` or
    another of its backends takes them elsewhere.

    Args:
        data: what to learn from.
        tree: the tree.
        config: `XRLinear.get_config()`.
        match: function of the levels trained so far that returns the nodes that beam
            search reaches for each training row, CSR (rows, nodes).
        n_jobs: int, as in joblib.
        store: where finished blocks are kept, or `None`.
        verbose: int, 1 shows a progress bar.

    Returns:
        One `LevelRows` per level.
    """
    levels: list[LevelRows] = []
    tasks = _Tasks(data, tree, config)
    for stage in _stages(tasks.negatives):
        # The top's only cluster has all rows as it is.
        matches = stage[0] > 0 and "man" in tasks.negatives[stage[0]]
        matched = match(levels) if matches else None
        blocks = [
            block
            for level in stage
            for block in split_task(tasks.of_level(level, matched), tasks.x, BLOCK_WORK)
        ]
        trained = _train_blocks(blocks, tasks, n_jobs, store, verbose)
        for level in stage:
            clusters = [
                cluster
                for block, result in zip(blocks, trained, strict=True)
                if block.level == level
                for cluster in result
            ]
            levels.append(level_of_clusters(tree, level, clusters))
    return levels


def train_block(
    task: LevelTask, x: Csr, num_features: int, settings: LearningSettings
) -> list[tuple[np.ndarray, ...]]:
    """Trains the clusters of a block.

    Args:
        task: the block.
        x: all rows.
        num_features: int.
        settings: how.

    Returns:
        Per cluster `(features, lengths, columns, values, biases)`, see `train_cluster`.
    """
    solver = Solver(
        LOSSES[settings.loss],
        np.float32(settings.tolerance),
        np.float32(settings.tolerance * IDLE_SHARE),
        settings.max_passes,
    )
    work_space = WorkSpace(
        np.full(num_features, -1, "int32"), np.full(len(x.starts) - 1, -1, "int32")
    )
    trained = []
    for cluster in range(len(task.child_starts) - 1):
        one = task.part(cluster, cluster + 1)
        labels = Labels(
            one.labels.starts,
            one.labels.rows,
            one.labels.costs * np.float32(settings.cost_positive),
        )
        result = train_cluster(
            one.rows,
            x,
            labels,
            np.float32(settings.bias),
            np.float32(settings.cost_negative),
            solver,
            np.float32(settings.threshold),
            settings.seed + one.first_cluster,
            work_space,
        )
        if settings.max_weights_per_label is not None:
            result = _keep_largest(result, settings.max_weights_per_label)
        if not len(one.rows):
            # Nothing was ever positive here, and nothing should be.
            result = (*result[:4], np.full_like(result[4], -1))
        trained.append(result)
    return trained


class _Tasks:
    """Makes the tasks of each level from the data and the settings."""

    def __init__(self, data: TrainingData, tree: LabelTree, config: dict[str, Any]):
        self.tree, self.user_negatives = tree, data.user_negatives
        self.x = Csr(data.x.indptr, data.x.indices, data.x.data)
        self.num_features = data.x.shape[1]
        self.targets = [entries_of(y) for y in level_targets(data.y, tree)]
        self.negatives = [
            negatives_of(text) for text in per_level(config["negatives"], tree.depth)
        ]
        self.costs = self._costs(data.relevance, config)
        names = [name for name in LearningSettings._fields if name in config]
        by_level = {name: per_level(config[name], tree.depth) for name in names}
        self.settings = [
            LearningSettings(**{name: by_level[name][level] for name in names})
            for level in range(tree.depth)
        ]

    def of_level(self, level: int, matched: sparse.csr_matrix | None) -> LevelTask:
        above = self.targets[level - 1] if level else None
        if level and matched is not None:
            above = above + matched
        if level and "usn" in self.negatives[level]:
            above = above + entries_of(self.user_negatives[level])
        return make_task(
            level, self.tree, above, self.targets[level], self.costs[level]
        )

    def _costs(self, relevance: Any, config: dict[str, Any]) -> list:
        if relevance is None:
            return self.targets
        if config["relevance_mode"] == "labels":
            return [
                *self.targets[:-1],
                normalize_relevance(relevance, config["relevance_norm"]),
            ]
        return [
            normalize_relevance(each, config["relevance_norm"])
            for each in level_targets(relevance, self.tree)
        ]


def _stages(negatives: list[frozenset[str]]) -> list[list[int]]:
    """Levels that can be trained together; `man` needs all levels above."""
    stages: list[list[int]] = [[0]]
    for level in range(1, len(negatives)):
        if "man" in negatives[level]:
            stages.append([level])
        else:
            stages[-1].append(level)
    return stages


def _train_blocks(
    blocks: list[LevelTask],
    tasks: _Tasks,
    n_jobs: int,
    store: BlockStore | None,
    verbose: int,
) -> list[list[tuple]]:
    from joblib import Parallel, delayed

    results: list[Any] = [
        store and store.get(block.level, block.first_cluster) for block in blocks
    ]
    missing = [i for i, result in enumerate(results) if result is None]
    # The largest first, so that no thread is left alone with one at the end.
    missing.sort(key=lambda i: -_work(blocks[i]))
    progress = keras.utils.Progbar(len(blocks), verbose=verbose, unit_name="block")
    progress.update(len(blocks) - len(missing))
    parallel = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")
    calls = (
        delayed(train_block)(
            blocks[i], tasks.x, tasks.num_features, tasks.settings[blocks[i].level]
        )
        for i in missing
    )
    for i, result in zip(missing, parallel(calls), strict=True):
        results[i] = result
        if store is not None:
            store.put(blocks[i].level, blocks[i].first_cluster, result)
        progress.add(1)
    return results


def _work(block: LevelTask) -> int:
    return len(block.rows) * (len(block.labels.starts) - 1)


def _keep_largest(cluster: tuple, count: int) -> tuple:
    """Keeps the `count` largest weights of each label."""
    features, lengths, columns, values, biases = cluster
    order = np.lexsort((-np.abs(values), columns))
    firsts = np.searchsorted(columns[order], np.arange(len(biases)))
    ranks = np.arange(len(order)) - firsts[columns[order]]
    keeps = np.zeros(len(order), bool)
    keeps[order[ranks < count]] = True
    rows = np.repeat(np.arange(len(features)), lengths)
    lengths = np.bincount(rows[keeps], minlength=len(features)).astype("int32")
    used = lengths > 0
    return features[used], lengths[used], columns[keeps], values[keeps], biases
