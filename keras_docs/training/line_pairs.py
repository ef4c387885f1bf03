"""Pairs of tokens of many pages, by the number of lines between them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

CLASSES = 3


class LinePairs(NamedTuple):
    """Pairs of tokens.

    Args:
        pairs: int32 array (..., pairs, 2), places of tokens.
        labels: int32 array (..., pairs): 0 on the same line, 1 a line apart, 2 more.
        weights: float32 array (..., pairs), 0 for padding.
    """

    pairs: np.ndarray
    labels: np.ndarray
    weights: np.ndarray


def line_pairs(lines: np.ndarray, count: int, random: np.random.Generator) -> LinePairs:
    """Draws pairs of tokens of each page: see `token_to_line`.

    Args:
        lines: int array (rows, tokens), the line of each token; -1 if it may not be
            drawn.
        count: int, pairs of each row.
        random: NumPy generator.

    Returns:
        `LinePairs` of (rows, count) pairs.
    """
    rows, length = lines.shape
    # Tokens by their lines; what may not be drawn comes last, on a line far away.
    last = int(lines.max(initial=0)) + CLASSES + 1
    own = np.where(lines < 0, last, lines).astype("int64")
    order = np.argsort(own, axis=1, kind="stable")
    own = np.take_along_axis(own, order, axis=1)
    bounds = _bounds(own, last)
    # Numbers of pairs by row, class and first token, and their sums up to there.
    choices = np.maximum(bounds[:, 1:] - bounds[:, :-1], 0)
    choices[np.broadcast_to((own == last)[:, None], choices.shape)] = 0
    ends = np.cumsum(choices.reshape(-1))
    totals = choices.sum(axis=2)
    labels, weights = _classes(totals > 0, count)
    row = np.arange(rows)[:, None]
    amounts = np.maximum(totals[row, labels], 1)
    number = random.integers(0, amounts)
    starts = (np.cumsum(totals.reshape(-1)) - totals.reshape(-1)).reshape(rows, -1)
    number += starts[row, labels]
    found = np.searchsorted(ends, number, side="right")
    found = np.minimum(found, len(ends) - 1)
    first = found % length
    within = number - (ends[found] - choices.reshape(-1)[found])
    second = np.minimum(bounds[row, labels, first] + within, length - 1)
    pairs = np.stack([order[row, first], order[row, second]], axis=-1)
    is_turned = random.random((rows, count, 1)) < 0.5
    pairs = np.where(is_turned, pairs[..., ::-1], pairs)
    pairs = np.where(weights[..., None], pairs, 0)
    return LinePairs(
        pairs.astype("int32"),
        np.where(weights, labels, 0).astype("int32"),
        weights.astype("float32"),
    )


def _bounds(lines: np.ndarray, last: int) -> np.ndarray:
    """Where the partners below begin, by class, and where those of the last end.

    Args:
        lines: int array (rows, tokens), sorted; `last` for what may not be drawn.

    Returns:
        Int array (rows, classes + 1, tokens).
    """
    rows, length = lines.shape
    # One search for all rows: each has its own range of numbers.
    offsets = np.arange(rows)[:, None] * (last + CLASSES)
    keys = (lines + offsets).reshape(-1)
    found = [np.broadcast_to(np.arange(length) + 1, lines.shape)]
    for apart in range(1, CLASSES):
        wanted = np.minimum(lines + apart, last) + offsets
        place = np.searchsorted(keys, wanted.reshape(-1), side="left")
        found.append(place.reshape(rows, length) - np.arange(rows)[:, None] * length)
    ends = (lines < last).sum(axis=1, keepdims=True)
    found.append(np.broadcast_to(ends, lines.shape))
    return np.stack(found, axis=1)


def _classes(is_there: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """A class for each pair, the row's classes as often, and whether there is one."""
    kinds = is_there.sum(axis=1, keepdims=True)
    # Classes that a row has come first, in order.
    order = np.argsort(~is_there, axis=1, kind="stable")
    # The row's pairs in as many equal parts, up to rounding.
    turn = np.maximum(-(-(np.arange(count) + 1) * kinds // count) - 1, 0)
    labels = np.take_along_axis(order, turn, axis=1)
    return labels, np.broadcast_to(kinds > 0, labels.shape)
