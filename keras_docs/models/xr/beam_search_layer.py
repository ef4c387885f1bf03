"""Beam search through a tree of sparse linear models with `keras.ops`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_docs.kernels.beam_search import NOOP, SIGMOID
from keras_docs.kernels.chunked_layers import DENSE_WIDTH, ChunkedLayers
from keras_docs.models.xr.block_table import BlockTable, block_tables
from keras_docs.models.xr.post_processors import PostProcessor

# Less than any sum of logs, and finite, so that no difference of two is NaN.
NOTHING = -1e30


class BeamSearchLayer(keras.layers.Layer):
    """The best labels of each query, on any device that the backend computes on.

    The same ranking as `keras_docs.kernels.beam_search`, with tensors of static shape:
    a query's features are looked up in the blocks of the beam's nodes by binary search,
    their rows of weights gathered, and multiplied.

    Args:
        layers: the weights.
        beam_sizes: ints, the nodes to keep on each level, the last for the labels.
        processor: how margins are combined.

    Call arguments:
        inputs: dict of `feature_ids`, int32 (batch, length), and `feature_values`,
            float32 (batch, length). Padding has the value 0.

    Returns:
        Nodes, int32 (batch, k), -1 where there are fewer than k, and log values,
        float32 (batch, k), falling.
    """

    def __init__(
        self,
        layers: ChunkedLayers,
        beam_sizes: Sequence[int],
        processor: PostProcessor,
        **kwargs: Any,
    ):
        super().__init__(trainable=False, **kwargs)
        self.beam_sizes, self.processor = tuple(beam_sizes), tuple(processor)
        tables = block_tables(layers)
        # Sizes that a compiler has to know.
        self._sizes = tuple((table.most_blocks, table.most_rows) for table in tables)
        self._tables = [
            BlockTable(
                *(
                    self._constant(f"level_{level}_{name}", array)
                    for name, array in table._asdict().items()
                )
            )
            for level, table in enumerate(tables)
        ]
        self.built = True

    def _constant(self, name: str, array: np.ndarray) -> keras.Variable:
        variable = self.add_weight(
            shape=array.shape,
            dtype=array.dtype.name,
            initializer="zeros",
            trainable=False,
            autocast=False,
            name=name,
        )
        variable.assign(array)
        return variable

    def call(self, inputs: dict[str, Any]) -> tuple[Any, Any]:
        ids, values = inputs["feature_ids"], inputs["feature_values"]
        batch = ops.shape(ids)[0]
        nodes = ops.zeros((batch, 1), "int32")
        logs = ops.zeros((batch, 1), "float32")
        for level, size in enumerate(self.beam_sizes):
            nodes, logs = self._descend(level, size, nodes, logs, ids, values)
        return nodes, ops.where(nodes >= 0, logs, float("-inf"))

    def _descend(self, level, size, nodes, logs, ids, values):
        """From the beam on one level to the beam among its children."""
        table, (most_blocks, _) = self._tables[level], self._sizes[level]
        places = nodes.shape[1]
        known = ops.maximum(nodes, 0)
        first = ops.take(table.chunk_blocks, known)
        last = ops.take(table.chunk_blocks, known + 1)
        blocks = first[:, :, None] + ops.arange(most_blocks, dtype="int32")
        exists = ops.logical_and(blocks < last[:, :, None], nodes[:, :, None] >= 0)
        blocks = ops.where(exists, blocks, 0)
        rows = self._find_rows(level, blocks, ids)
        weights = ops.take(table.rows, rows, axis=0)
        margins = ops.einsum("bpntc,bt->bpnc", weights, values)
        margins = margins + ops.take(table.bias, blocks, axis=0)
        scores = self._activate(margins, logs[:, :, None, None])
        children = ops.take(table.nodes, blocks, axis=0)
        exists = ops.logical_and(exists[..., None], children >= 0)
        width = places * most_blocks * DENSE_WIDTH
        scores = ops.reshape(ops.where(exists, scores, NOTHING), (-1, width))
        children = ops.reshape(children, (-1, width))
        # Sorted, since not every backend's `top_k` keeps the order of equal scores.
        order = ops.cast(ops.argsort(-scores, axis=1), "int32")[:, :size]
        best = ops.take_along_axis(scores, order, axis=1)
        found = ops.take_along_axis(children, order, axis=1)
        found = ops.where(best > NOTHING, found, -1)
        missing = size - min(size, width)
        if missing:
            found = ops.pad(found, [[0, 0], [0, missing]], constant_values=-1)
            best = ops.pad(best, [[0, 0], [0, missing]], constant_values=NOTHING)
        return found, best

    def _find_rows(self, level, blocks, ids):
        """Rows of the features in each block, int32 (batch, places, blocks, length)."""
        table, (_, most_rows) = self._tables[level], self._sizes[level]
        wanted = ids[:, None, None, :]
        low = ops.take(table.block_rows, blocks)[..., None] + ops.zeros_like(wanted)
        end = ops.take(table.block_rows, blocks + 1)[..., None]
        high = end + ops.zeros_like(wanted)

        def halve(_, bounds):
            low, high = bounds
            middle = (low + high) // 2
            goes_right = ops.take(table.row_features, middle) < wanted
            goes_right = ops.logical_and(goes_right, low < high)
            low_again = ops.where(goes_right, middle + 1, low)
            return low_again, ops.where(goes_right, high, middle)

        low, _ = ops.fori_loop(0, most_rows.bit_length(), halve, (low, high))
        is_found = ops.take(table.row_features, low) == wanted
        is_found = ops.logical_and(is_found, low < end)
        return ops.where(is_found, low, table.rows.shape[0] - 1)

    def _activate(self, margins, parent):
        kind, power, _ = self.processor
        if kind == NOOP:
            return margins
        if kind == SIGMOID:
            return parent + ops.log_sigmoid(margins)
        return parent - ops.power(ops.maximum(0.0, 1.0 - margins), power)


def search_model(
    layers: ChunkedLayers, beam_sizes: Sequence[int], processor: PostProcessor
) -> keras.Model:
    """A Keras model from `feature_ids` and `feature_values` to nodes and log values.

    Args:
        layers: the weights.
        beam_sizes: ints, per level.
        processor: how margins are combined.
    """
    inputs = {
        "feature_ids": keras.Input((None,), dtype="int32", name="feature_ids"),
        "feature_values": keras.Input((None,), dtype="float32", name="feature_values"),
    }
    layer = BeamSearchLayer(layers, beam_sizes, processor, name="beam_search")
    return keras.Model(inputs, layer(inputs))


def padded_queries(x: Any) -> dict[str, np.ndarray]:
    """A CSR matrix as rectangles, as wide as a power of two.

    Args:
        x: CSR float32 (rows, features).

    Returns:
        `feature_ids`, int32, and `feature_values`, float32, both (rows, length).
    """
    lengths = np.diff(x.indptr)
    length = 1 << max(int(lengths.max(initial=1)) - 1, 0).bit_length()
    is_used = np.arange(length) < lengths[:, None]
    ids = np.zeros(is_used.shape, "int32")
    values = np.zeros(is_used.shape, "float32")
    ids[is_used], values[is_used] = x.indices, x.data
    return {"feature_ids": ids, "feature_values": values}
