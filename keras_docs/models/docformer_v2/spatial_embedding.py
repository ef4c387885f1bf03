"""Where on the page a token stands, as a vector."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_docs.models.docformer_v2.smooth_rows import smooth_table

# Boxes are on a grid of 0..1000; the paper's group and LayoutLM have 1024 rows.
GRID = 1000
ROWS = 1024


@keras.saving.register_keras_serializable(package="keras_docs")
class SpatialEmbedding(keras.layers.Layer):
    """The sum of six lookups: both corners of a box, its width and its height.

    Four tables: one of x for both corners, one of y, one of widths, one of heights.
    They begin smooth, see `SmoothRows`.

    Args:
        hidden_dim: int, size of the vectors.
        **kwargs: `name`, `dtype`, `trainable`.

    Call arguments:
        boxes: int tensor (batch, length, 4) of x0, y0, x1, y1 from 0 to 1000; other
            values are moved to the nearest of these.

    Returns:
        Tensor (batch, length, hidden_dim).

    Example:
    ```python
    SpatialEmbedding(16)(np.array([[[0, 0, 90, 20]]])).shape  # (1, 1, 16)
    ```

    Reference:
    - [Appalaraju et al. 2024, DocFormerv2](https://arxiv.org/abs/2306.01733). How many
      tables there are is a reconstruction from the parameter counts; how they begin is
      ours.
    """

    def __init__(self, hidden_dim: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim

    def build(self, boxes_shape) -> None:
        for name in ("x", "y", "width", "height"):
            table = smooth_table(ROWS, self.hidden_dim, self.dtype_policy, name)
            setattr(self, f"{name}_table", table)

    def call(self, boxes):
        boxes = ops.clip(ops.cast(boxes, "int32"), 0, GRID)
        x0, y0, x1, y1 = (boxes[..., side] for side in range(4))
        return (
            self.x_table(x0)
            + self.x_table(x1)
            + self.y_table(y0)
            + self.y_table(y1)
            + self.width_table(ops.maximum(x1 - x0, 0))
            + self.height_table(ops.maximum(y1 - y0, 0))
        )

    def compute_output_shape(self, boxes_shape):
        return (*boxes_shape[:-1], self.hidden_dim)

    def get_config(self) -> dict:
        return {**super().get_config(), "hidden_dim": self.hidden_dim}
