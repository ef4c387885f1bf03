"""A page whose words were checked and cut into tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np


class CheckedPage(NamedTuple):
    """A page, checked: arrays by word and by token.

    Args:
        parts: dict of the page's parts, as they were given.
        words: list of strings.
        boxes: int32 array (words, 4), from 0 to 1000.
        token_ids: int32 array (tokens,).
        token_counts: int64 array (words,), tokens of each.
        image: float32 array (height, width, channels), or `None`.
    """

    parts: Mapping[str, Any]
    words: list[str]
    boxes: np.ndarray
    token_ids: np.ndarray
    token_counts: np.ndarray
    image: np.ndarray | None


def checked_words(words: Any, where: str) -> list[str]:
    """The words of a page as a list.

    Args:
        words: what was given as such.
        where: string, begins the errors.

    Raises:
        ValueError: they are no strings.
    """
    if isinstance(words, str):
        raise ValueError(
            f"{where}: `words` must be a list of strings, not one string. Received: "
            f"{words!r:.80}. Split it, with a box for each word."
        )
    words = list(words)
    for i, word in enumerate(words):
        if not isinstance(word, str):
            raise ValueError(
                f"{where}: word {i} must be a string. Received: {word!r:.60}. Leave it "
                "out with its box, or write it as text."
            )
    return words
