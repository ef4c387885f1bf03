"""In which part of the page a token is: DocFormerv2's Token-to-Grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_docs.documents.page_boxes import GRID


def token_to_grid(boxes: Any, rows: int = 4, columns: int = 4) -> np.ndarray:
    """The cell of a virtual grid that a box's top left corner is in.

    Args:
        boxes: int array (..., 4) of x0, y0, x1, y1 from 0 to 1000.
        rows: int.
        columns: int.

    Returns:
        int32 array (...), from 0 to `rows * columns - 1`, row by row.

    Raises:
        ValueError: the grid has no cells.

    Example:
    ```python
    token_to_grid([[0, 0, 9, 9], [600, 300, 700, 310]])  # [0, 6]
    ```

    Reference: Appalaraju et al., "DocFormerv2", 2024, https://arxiv.org/abs/2306.01733.
    The size of the grid and the corner are choices of ours.
    """
    if rows < 1 or columns < 1:
        raise ValueError(
            "`rows` and `columns` must be 1 or more. Received: "
            f"rows={rows!r}, columns={columns!r}."
        )
    corners = np.asarray(boxes, "int64")[..., :2].clip(0, GRID)
    # The grid's far edge belongs to its last cells.
    column = np.minimum(corners[..., 0] * columns // GRID, columns - 1)
    row = np.minimum(corners[..., 1] * rows // GRID, rows - 1)
    return (row * columns + column).astype("int32")
