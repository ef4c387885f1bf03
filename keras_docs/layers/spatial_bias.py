"""A bias on attention scores by how far two words stand apart on the page."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_docs.layers.relative_position_bias import bucket_of, distance_buckets

# Boxes are on a grid of 1000; the buckets are of a hundredth of the page.
CELL = 10


@keras.saving.register_keras_serializable(package="keras_docs")
class SpatialBias(keras.layers.Layer):
    """Learned biases by the horizontal and the vertical distance of boxes' centres.

    Both distances are taken in hundredths of the page and put into buckets as T5's
    distances of tokens are.

    Args:
        num_heads: int.
        num_buckets: int, in both directions together.
        max_distance: int, hundredths of the page.
        **kwargs: `name`, `dtype`, `trainable`.

    Call arguments:
        boxes: int tensor (batch, length, 4) of x0, y0, x1, y1 from 0 to 1000.

    Returns:
        Float32 tensor (batch, num_heads, length, length) to add to the scores.

    Example:
    ```python
    bias = SpatialBias(num_heads=2)
    bias(np.array([[[0, 0, 90, 20], [500, 0, 590, 20]]])).shape  # (1, 2, 2, 2)
    ```

    Reference:
    - [Tang et al. 2023, UDOP](https://arxiv.org/abs/2212.02623), section 3.1
    """

    def __init__(
        self,
        num_heads: int,
        num_buckets: int = 32,
        max_distance: int = 100,
        **kwargs: Any,
    ):
        super().__init__(autocast=False, **kwargs)
        self.num_heads = num_heads
        self.num_buckets = num_buckets
        self.max_distance = max_distance
        self._buckets = distance_buckets(num_buckets // 2, max_distance)

    def build(self, boxes_shape) -> None:
        for name in ("horizontal", "vertical"):
            table = self.add_weight(
                shape=(self.num_buckets, self.num_heads),
                initializer=keras.initializers.RandomNormal(stddev=0.05),
                name=name,
            )
            setattr(self, name, table)

    def call(self, boxes):
        boxes = ops.cast(boxes, "int32")
        bias = self._along(self.horizontal, boxes[..., 0] + boxes[..., 2])
        bias = bias + self._along(self.vertical, boxes[..., 1] + boxes[..., 3])
        return ops.transpose(bias, (0, 3, 1, 2))

    def _along(self, table, twice_centre):
        cell = twice_centre // (2 * CELL)
        distances = cell[:, None, :] - cell[:, :, None]
        near = bucket_of(self._buckets, ops.abs(distances))
        after = ops.cast(distances > 0, "int32") * (self.num_buckets // 2)
        rows = ops.cast(table, "float32")
        return ops.take(rows, near + after, axis=0)

    def compute_output_spec(self, boxes):
        batch, length = boxes.shape[:2]
        shape = (batch, self.num_heads, length, length)
        return keras.KerasTensor(shape, dtype="float32")

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "num_buckets": self.num_buckets,
            "max_distance": self.max_distance,
        }
