"""How many lines two tokens are apart: DocFormerv2's Token-to-Line."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

CLASSES = 3


class LinePairs(NamedTuple):
    """Pairs of tokens.

    Args:
        pairs: int32 array (pairs, 2), places of tokens.
        labels: int32 array (pairs,): 0 on the same line, 1 a line apart, 2 more.
        weights: float32 array (pairs,), 0 for padding.
    """

    pairs: np.ndarray
    labels: np.ndarray
    weights: np.ndarray


def token_to_line(
    lines: Any,
    places: Any,
    count: int = 128,
    random: np.random.Generator | None = None,
) -> LinePairs:
    """Draws pairs of tokens with the number of lines between them.

    Each class is drawn as often, as far as the page has it; otherwise almost all pairs
    would be far apart. Three classes, and the balance, are choices of ours.

    Args:
        lines: int array (tokens,), the line of each token, as by `line_numbers`.
        places: int array, tokens that may be drawn: those of the document's words.
        count: int, pairs to return.
        random: NumPy generator, or `None` for a new one.

    Returns:
        `LinePairs`, as many as `count`. Where a page has less than two tokens, weights
        are 0.

    Raises:
        ValueError: `count` is not positive.

    Example:
    ```python
    lines = line_numbers(boxes)
    found = token_to_line(lines, np.arange(len(lines)))
    ```

    Reference: Appalaraju et al., "DocFormerv2", 2024, https://arxiv.org/abs/2306.01733.
    """
    if count < 1:
        raise ValueError(f"`count` must be 1 or more. Received: {count!r}.")
    random = np.random.default_rng() if random is None else random
    places = np.asarray(places, "int64").reshape(-1)
    found = LinePairs(
        np.zeros((count, 2), "int32"),
        np.zeros(count, "int32"),
        np.zeros(count, "float32"),
    )
    if len(places) < 2:
        return found
    own = np.asarray(lines, "int64").reshape(-1)[places]
    order = np.argsort(own, kind="stable")
    places, own = places[order], own[order]
    at = 0
    kinds = [kind for kind in range(CLASSES) if _choices(own, kind).any()]
    for turn, kind in enumerate(kinds):
        # What is left is shared by the classes to come.
        amount = (count - at) // (len(kinds) - turn)
        part = slice(at, at + amount)
        found.pairs[part] = places[_draw(own, kind, amount, random)]
        found.labels[part] = kind
        found.weights[part] = 1
        at += amount
    return found


def _bounds(lines: np.ndarray, kind: int) -> tuple[np.ndarray, np.ndarray]:
    """For each token, where its partners below begin and end; `lines` are sorted."""
    if kind == 0:
        return np.arange(len(lines)) + 1, np.searchsorted(lines, lines, side="right")
    low = np.searchsorted(lines, lines + kind, side="left")
    if kind == CLASSES - 1:
        return low, np.full(len(lines), len(lines))
    return low, np.searchsorted(lines, lines + kind, side="right")


def _choices(lines: np.ndarray, kind: int) -> np.ndarray:
    low, high = _bounds(lines, kind)
    return np.maximum(high - low, 0)


def _draw(
    lines: np.ndarray, kind: int, amount: int, random: np.random.Generator
) -> np.ndarray:
    """Pairs of a class, every one as likely, in random order: (amount, 2)."""
    low, _ = _bounds(lines, kind)
    ends = np.cumsum(_choices(lines, kind))
    number = random.integers(0, ends[-1], amount)
    first = np.searchsorted(ends, number, side="right")
    second = low[first] + number - np.where(first > 0, ends[first - 1], 0)
    pairs = np.stack([first, second], axis=1)
    return np.where(random.random((amount, 1)) < 0.5, pairs, pairs[:, ::-1])
