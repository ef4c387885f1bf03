"""Chance, and what is printed, for receipts that are made up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np


class Part(NamedTuple):
    """What is printed together on a line.

    Args:
        text: string.
        place: `"left"`, `"centre"`, `"right"`, or how far right it begins, 0 to 1.
        size: float, times that of the rest.
    """

    text: str
    place: str | float = "left"
    size: float = 1.0


Line = list[Part]


class ReceiptDraws:
    """Draws shares, choices and numbers.

    Args:
        seed: int.
    """

    def __init__(self, seed: int):
        self.random = np.random.default_rng(seed)

    def chance(self, share: float) -> bool:
        return bool(self.random.random() < share)

    def one_of(self, choices: Sequence[Any]) -> Any:
        return choices[int(self.random.integers(0, len(choices)))]

    def shuffled(self, items: list) -> list:
        return [items[i] for i in self.random.permutation(len(items))]

    def number(self, digits: int) -> str:
        return "".join(map(str, self.random.integers(0, 10, digits)))

    def letter(self) -> str:
        return self.one_of("ADHKMPTUVWX")

    def keyed(self, key: str, value: str) -> str:
        """A key and its value, parted as one of many do."""
        return f"{key}{self.one_of((':', ' :', ': ', ' : ', ' '))}{value}"
