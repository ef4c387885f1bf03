"""Boxes of words in any usual form, as integers on a grid of 1000 by 1000."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

GRID = 1000
BOX_FORMATS = ("xyxy", "pixel", "fraction")
# OCR often reaches a little over the edge of a page. What is further out is of another
# scale, and cutting it off would only hide that.
TOLERANCE = 0.05


def page_boxes(
    boxes: Any,
    words: Sequence[str] | None = None,
    box_format: str = "xyxy",
    size: tuple[float, float] | None = None,
    where: str = "The page",
) -> np.ndarray:
    """Checks the boxes of a page's words and puts them on the grid.

    Args:
        boxes: array-like (words, 4) of x0, y0, x1, y1 with the origin at the top left;
            or quadrilaterals (words, 8) or (words, 4, 2), such as of rotated text, of
            which the bounding boxes are taken. A list may hold both kinds.
        words: list of strings, to count the boxes and to name one in errors; or `None`.
        box_format: `"xyxy"`: from 0 to 1000, as the models take them; `"pixel"`: of an
            image of `size`; `"fraction"`: from 0 to 1.
        size: `(width, height)` in pixels, for `"pixel"`.
        where: string, begins the errors.

    Returns:
        int32 array (words, 4), from 0 to 1000. What reaches over an edge by at most 5 %
        of the page is cut there.

    Raises:
        ValueError: a box is missing, no box, not finite, inverted or off the page;
            names its word.

    Example:
    ```python
    page_boxes([[10, 20, 60, 40]], ["Total"], "pixel", size=(100, 200))
    # [[100, 100, 600, 200]]
    ```
    """
    if box_format not in BOX_FORMATS:
        raise ValueError(
            f"`box_format` must be one of {', '.join(map(repr, BOX_FORMATS))}. "
            f"Received: {box_format!r}."
        )
    found = _corners(boxes, words, where)
    if words is not None and len(found) != len(words):
        raise ValueError(
            f"{where} has {len(words)} words and {len(found)} boxes. Each word needs "
            f"one; the first without its counterpart is {min(len(words), len(found))}."
        )
    if box_format == "pixel":
        scale = GRID / _checked_size(size, where)
    else:
        scale = np.full(2, 1.0 if box_format == "xyxy" else float(GRID))
    found = found * np.tile(scale, 2)
    _check(found, boxes, words, box_format, where)
    # A box on the grid already stays; others go as other libraries take them: down.
    return np.clip(np.floor(found + 1e-6), 0, GRID).astype("int32")


def _corners(boxes: Any, words: Any, where: str) -> np.ndarray:
    if boxes is None:
        raise ValueError(
            f"{where} has words without `boxes`. Give x0, y0, x1, y1 from 0 to 1000 "
            "for each, or use OCR, which finds both: "
            "`keras_docs.read_pages(path, ocr=keras_docs.RapidOCR())`."
        )
    try:
        found = np.asarray(boxes, "float64")
    except (TypeError, ValueError):
        found = None
    if found is not None and found.size == 0:
        return np.zeros((0, 4))
    if found is not None and (
        (found.ndim == 2 and found.shape[1] in (4, 8))
        or (found.ndim == 3 and found.shape[1:] == (4, 2))
    ):
        flat = found.reshape(len(found), -1)
        return flat if flat.shape[1] == 4 else _bounds(flat)
    # Mixed or malformed: one by one, to name the first that is no box.
    rows = []
    for i, box in enumerate(boxes):
        try:
            row = np.asarray(box, "float64").reshape(-1)
        except (TypeError, ValueError):
            row = np.zeros(0)
        if row.size not in (4, 8):
            raise ValueError(
                f"{where}: {_word(words, i)} has no box. Received: {box!r:.80}. A box "
                "is x0, y0, x1, y1, or four corners as 8 numbers."
            )
        rows.append(row if row.size == 4 else _bounds(row[None])[0])
    return np.stack(rows)


def _bounds(quads: np.ndarray) -> np.ndarray:
    x, y = quads[:, 0::2], quads[:, 1::2]
    return np.stack([x.min(1), y.min(1), x.max(1), y.max(1)], axis=1)


def _checked_size(size: Any, where: str) -> np.ndarray:
    try:
        found = np.asarray(size, "float64").reshape(2)
    except (TypeError, ValueError):
        found = np.zeros(2)
    if not (np.isfinite(found).all() and (found > 0).all()):
        raise ValueError(
            f"{where} has boxes in pixels; that needs its `size`, (width, height), or "
            f"its image. Received: size={size!r:.80}."
        )
    return found


def _check(
    found: np.ndarray, boxes: Any, words: Any, box_format: str, where: str
) -> None:
    with np.errstate(invalid="ignore"):
        finite = np.isfinite(found).all(axis=1)
        inverted = (found[:, 2:] < found[:, :2]).any(axis=1)
        low, high = -TOLERANCE * GRID, (1 + TOLERANCE) * GRID
        outside = ((found < low) | (found > high)).any(axis=1)
    problems = (
        (~finite, "which is not finite", "Leave the word out, or give it a box"),
        (inverted, "which is inverted: x1 < x0 or y1 < y0", "Sort its corners"),
        (outside, _off_the_page(box_format), _way_back(box_format)),
    )
    for bad, what, way_out in problems:
        if bad.any():
            i = int(np.argmax(bad))
            raise ValueError(
                f"{where}: {_word(words, i)} has the box {_plain(boxes[i])}, {what}. "
                f"{way_out}. {int(bad.sum())} of {len(bad)} words are so."
            )
    is_whole = (found == np.floor(found)).all()
    if box_format == "xyxy" and len(found) and found.max() <= 1 and not is_whole:
        raise ValueError(
            f"{where} has boxes from 0 to 1, such as {_plain(boxes[0])} of "
            f'{_word(words, 0)}. Give `box_format="fraction"` for such.'
        )


def _off_the_page(box_format: str) -> str:
    edge = {"xyxy": "0 to 1000", "pixel": "its image's size", "fraction": "0 to 1"}
    return f"which is off the page ({edge[box_format]})"


def _way_back(box_format: str) -> str:
    if box_format == "xyxy":
        return (
            'If the boxes are in pixels, give `box_format="pixel"` and the page\'s '
            "`size` or image"
        )
    if box_format == "pixel":
        return "Give the `size` of the image that the boxes were measured on"
    return 'Give `box_format="pixel"` or `"xyxy"`, as the boxes are'


def _plain(box: Any) -> str:
    return f"{np.asarray(box).reshape(-1).tolist()}"


def _word(words: Any, i: int) -> str:
    if words is None or i >= len(words):
        return f"word {i}"
    return f"word {i} ({words[i]!r:.40})"
