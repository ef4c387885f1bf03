"""The words of a page, written where they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_docs.documents.page_boxes import GRID
from keras_docs.plots.new_figure import INK


def write_words(axes: Any, words: list[str], boxes: np.ndarray, width: float) -> None:
    """Writes each word into its box.

    Args:
        axes: from `page_axes`.
        words: list of strings.
        boxes: int array (words, 4), from 0 to 1000.
        width: float, inches of the page.
    """
    for word, (x0, y0, x1, y1) in zip(words, boxes, strict=True):
        # As many points as fit the box, letters being half as wide as high.
        points = 72 * width / GRID
        fits = points * min((y1 - y0) * 1.1, 1.7 * (x1 - x0) / max(len(word), 1))
        axes.text(
            (x0 + x1) / 2,
            (y0 + y1) / 2,
            word.replace("$", r"\$"),
            ha="center",
            va="center",
            fontsize=float(np.clip(fits, 2, 11)),
            color=INK,
            clip_on=True,
        )
