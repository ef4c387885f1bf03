"""Linear scores of a few nodes for each text."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops


class LevelHead(keras.layers.Layer):
    """Scores those nodes of a level that each text is learned with.

    Args:
        weights: float32 (nodes, dim), for unit vectors.
        biases: float32 (nodes,).

    Call arguments:
        vectors: float32 (rows, dim), of length 1.
        nodes: int32 (rows, candidates).

    Returns:
        float32 (rows, candidates).
    """

    def __init__(self, weights: np.ndarray, biases: np.ndarray, **kwargs: Any):
        super().__init__(dtype="float32", **kwargs)
        num_nodes, dim = weights.shape
        # An optimizer like Adam moves every weight by about its learning rate. With
        # vectors whose entries are about 1, as layer-normalised ones are, that is as
        # fast as the encoder's own weights move.
        self.scale = float(np.sqrt(dim))
        constant = keras.initializers.Constant
        self.kernel = self.add_weight(
            (num_nodes, dim), constant(weights / self.scale), name="kernel"
        )
        self.bias = self.add_weight((num_nodes,), constant(biases), name="bias")

    def call(self, vectors: Any, nodes: Any) -> Any:
        kernels = ops.take(self.kernel, nodes, axis=0)
        products = ops.matmul(kernels, vectors[:, :, None])[:, :, 0]
        return self.scale * products + ops.take(self.bias, nodes, axis=0)


def squared_hinge(signed_weights: Any, margins: Any) -> Any:
    """The mean of `weight * max(0, 1 - sign * margin)^2` over all candidates.

    Args:
        signed_weights: float (rows, candidates): the weight of each, positive for nodes
            that fit, negative for those that do not, 0 for padding.
        margins: float (rows, candidates).

    Returns:
        A scalar.
    """
    weights = ops.abs(signed_weights)
    gaps = ops.relu(1.0 - ops.sign(signed_weights) * margins)
    return ops.sum(weights * ops.square(gaps)) / ops.maximum(ops.sum(weights), 1.0)
