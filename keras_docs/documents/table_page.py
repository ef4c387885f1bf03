"""A table drawn as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_docs.documents.page_boxes import page_boxes
from keras_docs.documents.page_font import PageFont, matplotlib_font, page_font
from keras_docs.documents.page_image import pillow

# In pixels.
MARGIN, PADDING = 20, 5
SMALLEST_FONT = 8
RULE = 170


def table_page(
    table: Sequence[Sequence[str]],
    width: int = 1000,
    font_size: int = 15,
    font: str | Path | None = None,
) -> dict[str, Any]:
    """Draws a table with rules between its cells, and tells where its words are.

    Columns are as wide as their text; where they don't fit, the widest wrap. Where not
    even the longest words fit side by side, the letters get smaller, and at last the
    page wider. It is as high as the table.

    Args:
        table: list of rows, lists of strings; the first is the header. Short rows have
            empty cells at the end.
        width: int, of the page in pixels.
        font_size: int, in pixels.
        font: path of a TrueType or OpenType font. `None`: DejaVu Sans, which has most
            scripts' letters and comes with matplotlib (`keras-docs[plots]`); without
            matplotlib Pillow's own, which has those of English alone.

    Returns:
        Dict of `image` (a grey Pillow image), `size` (its width and height), `words`,
        `boxes` (int32 array (words, 4) from 0 to 1000), and `cells`, the (row, column)
        of each word. `DocFormerV2Preprocessor` takes it as it is.

    Raises:
        ImportError: Pillow is missing.
        ValueError: the table has no cells, `width` or `font_size` is too small, or
            there is no such font.

    Example:
    ```python
    record = read_wtq("data/training.tsv")[0]
    page = {**record, **keras_docs.table_page(record["table"])}
    ```

    The benchmark DUE draws such pages of WikiTableQuestions and TabFact, in another
    layout: https://duebenchmark.com.
    """
    columns = max((len(row) for row in table), default=0)
    if not columns:
        raise ValueError(f"`table` must have cells. Received: {table!r:.80}.")
    if width < 4 * MARGIN or font_size < SMALLEST_FONT:
        raise ValueError(
            f"`width` must be {4 * MARGIN} or more and `font_size` {SMALLEST_FONT} or "
            f"more. Received: width={width!r}, font_size={font_size!r}."
        )
    cells = [
        [str(cell).split() for cell in [*row, *[""] * (columns - len(row))]]
        for row in table
    ]
    room = width - 2 * MARGIN
    path = matplotlib_font() if font is None else str(font)
    for size in range(font_size, SMALLEST_FONT - 1, -1):
        letters = page_font(size, path)
        least, wanted = _column_widths(cells, letters)
        if least.sum() <= room:
            break
    widths = _fitted(least, wanted, room)
    width = max(width, int(widths.sum()) + 2 * MARGIN)
    return _drawn(cells, widths, width, letters)


def _column_widths(
    cells: list[list[list[str]]], font: PageFont
) -> tuple[np.ndarray, np.ndarray]:
    """What columns need at least, for their longest words, and without wrapping."""
    space = font.width(" ")
    least = np.zeros(len(cells[0]))
    wanted = np.zeros(len(cells[0]))
    for row in cells:
        for column, words in enumerate(row):
            if words:
                lengths = [font.width(word) for word in words]
                least[column] = max(least[column], *lengths)
                whole = sum(lengths) + space * (len(words) - 1)
                wanted[column] = max(wanted[column], whole)
    return np.ceil(least) + 2 * PADDING, np.ceil(wanted) + 2 * PADDING


def _fitted(least: np.ndarray, wanted: np.ndarray, room: float) -> np.ndarray:
    if wanted.sum() <= room:
        return wanted
    if least.sum() >= room:
        return least
    # The limit that all columns share, narrow ones staying below it.
    low, high = 0.0, float(wanted.max())
    for _ in range(30):
        limit = (low + high) / 2
        fits = np.maximum(least, np.minimum(wanted, limit)).sum() <= room
        low, high = (limit, high) if fits else (low, limit)
    return np.floor(np.maximum(least, np.minimum(wanted, low)))


def _drawn(
    cells: list[list[list[str]]], widths: np.ndarray, width: int, font: PageFont
) -> dict[str, Any]:
    lefts = MARGIN + np.concatenate([[0], np.cumsum(widths)])
    space = font.width(" ")
    words, places, owners, tops, top = [], [], [], [MARGIN], MARGIN
    for i, row in enumerate(cells):
        lines = 1
        for j, cell in enumerate(row):
            x, line = 0.0, 0
            for word in cell:
                length = font.width(word)
                if x and x + length > widths[j] - 2 * PADDING:
                    x, line = 0.0, line + 1
                left = lefts[j] + PADDING + x
                above = top + PADDING + line * font.line
                words.append(word)
                places.append([left, above, left + length, above + font.line])
                owners.append((i, j))
                x += length + space
            lines = max(lines, line + 1)
        top += lines * font.line + 2 * PADDING
        tops.append(top)
    size = (width, top + MARGIN)
    image = pillow().Image.new("L", size, 255)
    from PIL import ImageDraw

    draw = ImageDraw.Draw(image)
    for y in tops:
        draw.line([lefts[0], y, lefts[-1], y], fill=RULE)
    for x in lefts:
        draw.line([x, tops[0], x, tops[-1]], fill=RULE)
    for word, (left, above, _, _) in zip(words, places, strict=True):
        draw.text((left, above), word, fill=0, font=font.drawn)
    boxes = page_boxes(np.array(places).reshape(-1, 4), words, "pixel", size)
    return {
        "image": image,
        "size": size,
        "words": words,
        "boxes": boxes,
        "cells": owners,
    }
