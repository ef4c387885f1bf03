"""Adds labels to a trained tree without training the others again."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from keras_docs.kernels.csr import Csr
from keras_docs.models.xr.chunk_layout import (
    LevelRows,
    level_of_columns,
    unpack_columns,
)
from keras_docs.models.xr.label_tree import LabelTree
from keras_docs.models.xr.level_settings import per_level
from keras_docs.models.xr.level_tasks import make_task
from keras_docs.models.xr.post_processors import post_processor
from keras_docs.models.xr.reached_nodes import reached
from keras_docs.models.xr.train_levels import LearningSettings, train_block
from keras_docs.models.xr.tree_search import TreeSearch


def with_new_labels(
    search: TreeSearch,
    x: Any,
    y: Any,
    config: dict[str, Any],
    num_known: int,
) -> tuple[LabelTree, list[LevelRows]]:
    """The tree and the weights with more labels.

    Args:
        search: the trained tree.
        x: CSR (rows, num_features).
        y: CSR (rows, num_known + new labels) of ones.
        config: `XRLinear.get_config()`.
        num_known: int, the labels that the tree has.

    Returns:
        The larger tree, and one `LevelRows` per level.

    Raises:
        ValueError: there is no new label, one has no row, or `y` has other rows.
    """
    new = _new_columns(x, y, num_known)
    old = search.tree
    leaves = _leaf_values(search, x, config)
    # The leaf that holds most of what beam search gives the label's rows.
    home = np.asarray((new.T @ leaves).argmax(1)).ravel().astype("int32")
    tree = LabelTree([*old.parents[:-1], np.concatenate([old.parents[-1], home])])
    weights, biases = _train(x, new, leaves, home, config)
    layers = unpack_columns(search.layers, old, search.num_features)
    last_weights, last_biases = layers[-1]
    layers[-1] = (
        sparse.hstack([last_weights, weights], format="csc"),
        np.concatenate([last_biases, biases]),
    )
    return tree, [
        level_of_columns(tree, level, *layer) for level, layer in enumerate(layers)
    ]


def _new_columns(x: Any, y: Any, num_known: int) -> sparse.csr_matrix:
    if y.shape[0] != x.shape[0] or y.shape[1] <= num_known:
        raise ValueError(
            f"`y` must have {x.shape[0]} rows, like `x`, and more than {num_known} "
            f"columns, for new labels. Received: {y.shape}."
        )
    new = sparse.csr_matrix(y[:, num_known:])
    empty = np.flatnonzero(np.asarray(new.sum(0)).ravel() == 0)
    if len(empty):
        raise ValueError(
            f"`y` has no row for the new label {num_known + empty[0]}. Give at least "
            "one document with each new label."
        )
    return new


def _leaf_values(search: TreeSearch, x: Any, config: dict[str, Any]) -> Any:
    """What beam search gives each row's leaves: CSR (rows, leaves)."""
    tree = search.tree
    if tree.depth == 1:
        return sparse.csr_matrix(np.ones((x.shape[0], 1), "float32"))
    upper = search.upper_levels()
    beams = per_level(config["beam_size"], tree.depth)[:-1]
    nodes, logs = upper.run(x, beams, post_processor(config["post_processor"]))
    # Margins of `noop` may be above 0; nothing counts more than certainty.
    values = np.exp(np.minimum(logs, 0))
    return reached(nodes, tree.level_sizes[-2], values)


def _train(
    x: Any, new: Any, leaves: Any, home: np.ndarray, config: dict[str, Any]
) -> tuple[sparse.csc_matrix, np.ndarray]:
    """Weights CSC (features, new labels) and biases of the new labels."""
    used, cluster = np.unique(home, return_inverse=True)
    joined = LabelTree([np.zeros(len(used), "int32"), cluster.astype("int32")])
    above = sparse.csr_matrix(leaves[:, used] + new @ joined.to_chain()[1])
    task = make_task(1, joined, above, new, new)
    settings = LearningSettings(
        **{name: per_level(config[name], 1)[0] for name in LearningSettings._fields}
    )
    rows = Csr(x.indptr, x.indices, x.data)
    biases = np.zeros(len(home), "float32")
    features, labels, values = [], [], []
    clusters = train_block(task, rows, x.shape[1], settings)
    for number, (ids, lengths, columns, weights, bias) in enumerate(clusters):
        members = joined.children(0, number)
        biases[members] = bias
        features.append(np.repeat(ids, lengths))
        labels.append(members[columns])
        values.append(weights)
    places = (np.concatenate(features), np.concatenate(labels))
    shape = (x.shape[1], len(home))
    return sparse.csc_matrix((np.concatenate(values), places), shape=shape), biases
