"""Checks weights that a caller brings."""

from __future__ import annotations

import numpy as np

from keras_docs.models.xr.feature_matrix import read_matrix
from keras_docs.models.xr.label_tree import LabelTree


def check_layers(tree: LabelTree, layers: list) -> None:
    sizes = [np.shape(weights)[1] for weights, _ in layers]
    features = {np.shape(weights)[0] for weights, _ in layers}
    if tuple(sizes) != tree.level_sizes or len(features) != 1:
        raise ValueError(
            f"`layers` must hold one (features, nodes) matrix for each of the tree's "
            f"levels of {tree.level_sizes} nodes, all with the same number of "
            f"features. Received: {[np.shape(weights) for weights, _ in layers]}."
        )
    for level, (weights, biases) in enumerate(layers):
        read_matrix(weights, f"layers[{level}]")
        if np.shape(biases) != (sizes[level],) or not np.isfinite(biases).all():
            raise ValueError(
                f"The biases of `layers[{level}]` must be {sizes[level]} finite "
                f"numbers. Received: shape {np.shape(biases)}."
            )
