"""How far a token stands from the one before and the one after, as a vector."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_docs.models.docformer_v2.smooth_rows import smooth_table

# A table has rows for gaps from -512 to 511 of the page's 1000.
MOST_GAP = 512
TABLES = ("gap_before", "drop_before", "gap_after", "drop_after")


@keras.saving.register_keras_serializable(package="keras_docs")
class NeighbourEmbedding(keras.layers.Layer):
    """The sum of four lookups: the gaps to the boxes before and after.

    A gap is from the right side of a box to the left side of the next, a drop from the
    top of a box to the top of the next. They tell where lines, cells and phrases end,
    which attention has to work out from two places otherwise. Before the first token
    and after the last one is the box of zeros, the page's corner.

    Args:
        hidden_dim: int, size of the vectors.
        **kwargs: `name`, `dtype`, `trainable`.

    Call arguments:
        boxes: int tensor (batch, length, 4) of x0, y0, x1, y1 from 0 to 1000, in the
            order of reading.

    Returns:
        Tensor (batch, length, hidden_dim).

    Example:
    ```python
    boxes = np.array([[[0, 0, 90, 20], [100, 0, 150, 20]]])
    NeighbourEmbedding(16)(boxes).shape  # (1, 2, 16)
    ```

    Reference: after DocFormer's relative distances between successive words
    ([Appalaraju et al. 2021](https://arxiv.org/abs/2106.11539), section 3.1), reduced
    to two of its ten, and to both neighbours.
    """

    def __init__(self, hidden_dim: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim

    def build(self, boxes_shape) -> None:
        for name in TABLES:
            table = smooth_table(2 * MOST_GAP, self.hidden_dim, self.dtype_policy, name)
            setattr(self, f"{name}_table", table)

    def call(self, boxes):
        boxes = ops.cast(boxes, "int32")
        around = ops.pad(boxes, ((0, 0), (1, 1), (0, 0)))
        gaps = around[:, 1:, 0] - around[:, :-1, 2]
        drops = around[:, 1:, 1] - around[:, :-1, 1]
        sides = (gaps[:, :-1], drops[:, :-1], gaps[:, 1:], drops[:, 1:])
        found = 0
        for name, side in zip(TABLES, sides, strict=True):
            rows = ops.clip(side, -MOST_GAP, MOST_GAP - 1) + MOST_GAP
            found = found + getattr(self, f"{name}_table")(rows)
        return found

    def compute_output_shape(self, boxes_shape):
        return (*boxes_shape[:-1], self.hidden_dim)

    def get_config(self) -> dict:
        return {**super().get_config(), "hidden_dim": self.hidden_dim}
