"""T5's bias on attention scores by the distance of two tokens."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_docs.layers.attend import MASKED


@keras.saving.register_keras_serializable(package="keras_docs")
class RelativePositionBias(keras.layers.Layer):
    """A learned bias per head for each bucket of distances, with the masks in it.

    Half of the buckets hold one distance each; the others widen logarithmically up to
    `max_distance`, and all that is farther shares the last one. A stack of layers
    computes the bias once.

    Args:
        num_heads: int.
        num_buckets: int, in both directions together when there are two; at least 4.
        max_distance: int, above half of the buckets of one direction.
        bidirectional: bool. `False` is the decoder's: no token looks ahead.
        **kwargs: `name`, `dtype`, `trainable`.

    Call arguments:
        padding_mask: tensor (batch, length), 0 where nothing may look.

    Returns:
        Float32 tensor (batch, num_heads, length, length) to add to the scores: finite,
        and about -1e9 where a token may not look.

    Raises:
        ValueError: the buckets do not fit `max_distance`.

    Example:
    ```python
    bias = RelativePositionBias(num_heads=2)
    bias(np.array([[1, 1, 0]])).shape  # (1, 2, 3, 3)
    ```

    Reference:
    - [Raffel et al. 2020, T5](https://arxiv.org/abs/1910.10683), section 2.1
    """

    def __init__(
        self,
        num_heads: int,
        num_buckets: int = 32,
        max_distance: int = 128,
        bidirectional: bool = True,
        **kwargs: Any,
    ):
        super().__init__(autocast=False, **kwargs)
        self.num_heads = num_heads
        self.num_buckets = num_buckets
        self.max_distance = max_distance
        self.bidirectional = bidirectional
        self._buckets = distance_buckets(
            num_buckets // 2 if bidirectional else num_buckets, max_distance
        )

    def build(self, padding_mask_shape) -> None:
        self.embeddings = self.add_weight(
            shape=(self.num_buckets, self.num_heads),
            initializer=keras.initializers.RandomNormal(stddev=0.05),
            name="embeddings",
        )

    def call(self, padding_mask):
        bias = self.of_length(ops.shape(padding_mask)[1])
        visible = ops.cast(padding_mask, "bool")[:, None, None, :]
        return ops.where(visible, bias, MASKED)

    def of_length(self, length: Any) -> Any:
        """The bias without padding.

        Args:
            length: int or int tensor.

        Returns:
            Float32 tensor (1, num_heads, length, length).
        """
        # Key minus query, from -(length - 1) to length - 1. Here and elsewhere the
        # ranges begin with a 0 that is written down: jax2onnx needs it.
        distances = ops.arange(0, 2 * length - 1, dtype="int32") - (length - 1)
        table = ops.cast(self.embeddings, "float32")
        values = ops.transpose(ops.take(table, self.buckets(distances), axis=0))
        if not self.bidirectional:
            values = ops.where(distances > 0, MASKED, values)
        return _toeplitz(values, length, self.num_heads)[None]

    def buckets(self, distances: Any) -> Any:
        """The bucket of each distance, key minus query: an int32 tensor."""
        if not self.bidirectional:
            return bucket_of(self._buckets, -distances)
        bucket = bucket_of(self._buckets, ops.abs(distances))
        return bucket + ops.cast(distances > 0, "int32") * (self.num_buckets // 2)

    def compute_output_spec(self, padding_mask):
        batch, length = padding_mask.shape
        shape = (batch, self.num_heads, length, length)
        return keras.KerasTensor(shape, dtype="float32")

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "num_buckets": self.num_buckets,
            "max_distance": self.max_distance,
            "bidirectional": self.bidirectional,
        }


def distance_buckets(num_buckets: int, max_distance: int) -> np.ndarray:
    """The buckets of the distances 0 to `max_distance` in one direction.

    Args:
        num_buckets: int.
        max_distance: int.

    Returns:
        Int32 array (max_distance + 1,).

    Raises:
        ValueError: there is no room for buckets that widen.
    """
    exact = num_buckets // 2
    if exact < 1 or max_distance <= exact:
        raise ValueError(
            "`num_buckets` must be at least 2 in each direction, and `max_distance` "
            f"above half of them. Received: {num_buckets} buckets in one direction, "
            f"max_distance={max_distance}. T5 has num_buckets=32, max_distance=128."
        )
    distances = np.arange(max_distance + 1)
    # In float32, as the checkpoints were trained; on the host, so that no backend
    # rounds otherwise.
    share = np.log(np.maximum(distances, 1).astype("float32") / np.float32(exact))
    wide = share / np.float32(math.log(max_distance / exact)) * (num_buckets - exact)
    wide = np.minimum(exact + wide.astype("int32"), num_buckets - 1)
    return np.where(distances < exact, distances, wide).astype("int32")


def bucket_of(buckets: np.ndarray, distances: Any) -> Any:
    """The buckets of distances in one direction.

    Args:
        buckets: int32 array, from `distance_buckets`.
        distances: int tensor; below 0 they are taken as 0, above the largest known one
            as that.

    Returns:
        Int32 tensor like `distances`.
    """
    near = ops.clip(distances, 0, len(buckets) - 1)
    # A table of one column: torch looks up rows by an operation that ONNX has.
    return ops.take(ops.convert_to_tensor(buckets[:, None]), near, axis=0)[..., 0]


def _toeplitz(values: Any, length: Any, num_heads: int) -> Any:
    """(heads, 2 · length - 1) values by distance as (heads, length, length).

    Rows of one width read with another move by one place each. It is a copy, and its
    gradient a sum: a gather's gradient would be added up element by element.
    """
    rows = ops.pad(values, ((0, 0), (0, 1)))[:, None, :]
    rows = ops.broadcast_to(rows, (num_heads, length, 2 * length))
    flat = ops.reshape(rows, (num_heads, length * 2 * length))
    flat = flat[:, length - 1 : length - 1 + length * (2 * length - 1)]
    return ops.reshape(flat, (num_heads, length, 2 * length - 1))[:, :, :length]
