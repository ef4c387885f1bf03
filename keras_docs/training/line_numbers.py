"""Which line of a page each box is on."""

from __future__ import annotations

from typing import Any

import numpy as np


def line_numbers(boxes: Any) -> np.ndarray:
    """Puts boxes into lines by the heights of their middles.

    Boxes are taken from top to bottom by their middle; one whose middle is within half
    the line's usual height of the line's middle belongs to it, else it begins the next
    line. Columns side by side share lines.

    Args:
        boxes: int array (words, 4) of x0, y0, x1, y1.

    Returns:
        int32 array (words,), from 0 at the top.

    Example:
    ```python
    line_numbers([[0, 10, 5, 20], [9, 11, 20, 21], [0, 30, 9, 40]])  # [0, 0, 1]
    ```
    """
    boxes = np.asarray(boxes, "float64").reshape(-1, 4)
    middles = (boxes[:, 1] + boxes[:, 3]) / 2
    heights = boxes[:, 3] - boxes[:, 1]
    lines = np.zeros(len(boxes), "int32")
    line, total, height, count = -1, 0.0, 0.0, 0
    for i in np.argsort(middles, kind="stable"):
        is_new = count == 0 or middles[i] - total / count > max(height / count, 1) / 2
        if is_new:
            line, total, height, count = line + 1, 0.0, 0.0, 0
        lines[i] = line
        total, height, count = total + middles[i], height + heights[i], count + 1
    return lines
