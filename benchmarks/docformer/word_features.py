"""What a CRF and gradient boosting know about a word and its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

NEIGHBOURS = (-2, -1, 1, 2)
AFFIXES = (1, 2, 3)
# The page's grid is from 0 to 1000.
POSITION_BIN, SIZE_BIN, GAP_BIN = 50, 10, 10
MOST_GAP = 200
GEOMETRY = (
    "x0", "y0", "x1", "y1", "width", "height", "per_letter", "gap_before", "gap_after",
    "drop_before", "drop_after", "same_before", "same_after", "line_begins",
    "line_ends", "gap_above", "gap_below",
)  # fmt: skip


class WordFeatures(NamedTuple):
    """A page's words as features.

    Args:
        words: list of strings, in lower case.
        shapes: list of strings such as `"Xx"` or `"d.d"`.
        above: list of the nearest word above each, or `""`.
        geometry: float array (words, geometry features), see `GEOMETRY`.
    """

    words: list[str]
    shapes: list[str]
    above: list[str]
    geometry: np.ndarray


def word_features(page: Mapping) -> WordFeatures:
    """Word, shape, position, size, gaps to neighbours, and the word above.

    Args:
        page: dict with `words` and `boxes`.
    """
    words = [word.lower() for word in page["words"]]
    boxes = np.asarray(page["boxes"], float).reshape(-1, 4)
    x0, y0, x1, y1 = boxes.T
    width, height = x1 - x0, y1 - y0
    lengths = np.maximum([len(word) for word in words], 1)
    middle = (y0 + y1) / 2
    gap, drop = x0[1:] - x1[:-1], np.diff(middle)
    same = (boxes[1:] == boxes[:-1]).all(1)
    breaks = (np.abs(drop) > np.minimum(height[1:], height[:-1]) / 2) & ~same
    above, gap_above, gap_below = _neighbours_in_column(boxes)
    columns = [
        x0, y0, x1, y1, width, height, width / lengths,
        _after_first(gap), _before_last(gap), _after_first(drop), _before_last(drop),
        _after_first(same), _before_last(same),
        _after_first(breaks, 1), _before_last(breaks, 1), gap_above, gap_below,
    ]  # fmt: skip
    return WordFeatures(
        words,
        [_shape(word) for word in page["words"]],
        [words[i] if i >= 0 else "" for i in above],
        np.stack([np.clip(c, -1000, 1000) for c in columns], 1).astype("float32"),
    )


def crf_features(features: WordFeatures) -> list[list[str]]:
    """Names of the features of each word."""
    words, shapes, geometry = features.words, features.shapes, features.geometry
    binned = [_binned(row) for row in geometry]
    rows = []
    for i, word in enumerate(words):
        names = ["bias", f"w={word}", f"s={shapes[i]}", f"above={features.above[i]}"]
        for k in NEIGHBOURS:
            near = words[i + k] if 0 <= i + k < len(words) else "<>"
            names.append(f"w{k}={near}")
            if 0 <= i + k < len(words):
                names.append(f"s{k}={shapes[i + k]}")
        for length in AFFIXES:
            names += [f"pre={word[:length]}", f"suf={word[-length:]}"]
        names += binned[i]
        rows.append(names)
    return rows


def _binned(row: np.ndarray) -> list[str]:
    names = []
    for name, value in zip(GEOMETRY, row, strict=True):
        if name in ("x0", "y0", "x1", "y1"):
            names.append(f"{name}={int(value // POSITION_BIN)}")
        elif name.startswith(("gap", "drop")):
            size = np.clip(value, -MOST_GAP, MOST_GAP)
            names.append(f"{name}={int(size // GAP_BIN)}")
        elif name.startswith(("same", "line")):
            if value:
                names.append(name)
        else:
            names.append(f"{name}={int(min(value, 300) // SIZE_BIN)}")
    return names


def _shape(word: str) -> str:
    kinds = []
    for c in word:
        kind = "d" if c.isdigit() else "X" if c.isupper() else "x"
        kind = kind if c.isalnum() else c
        # Runs are one sign.
        if not kinds or kinds[-1] != kind:
            kinds.append(kind)
    return "".join(kinds[:8])


def _neighbours_in_column(boxes: np.ndarray) -> tuple[np.ndarray, ...]:
    """Index of the nearest word above, and the gaps above and below."""
    count = len(boxes)
    if not count:
        return np.zeros(0, int), np.zeros(0), np.zeros(0)
    x0, y0, x1, y1 = boxes.T
    overlaps = (x0[:, None] < x1[None]) & (x0[None] < x1[:, None])
    # Of word j below word i.
    gap = y0[None] - y1[:, None]
    half = (y1 - y0).min(initial=1000) / 2
    gap = np.where(overlaps & (gap > -half), gap, np.inf)
    np.fill_diagonal(gap, np.inf)
    above, gap_above, gap_below = gap.argmin(0), gap.min(0), gap.min(1)
    above = np.where(np.isfinite(gap_above), above, -1)
    return above, np.minimum(gap_above, 1000), np.minimum(gap_below, 1000)


def _after_first(values: np.ndarray, first: float = -1000) -> np.ndarray:
    return np.concatenate([[first], values])


def _before_last(values: np.ndarray, last: float = 1000) -> np.ndarray:
    return np.concatenate([values, [last]])
