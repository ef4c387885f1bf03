"""Terms <-> numbers, by a Python dict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, count, repeat

import numpy as np


class TermDictionary:
    """Numbers the terms of texts, whatever counts as a term.

    Args:
        analyze: function of a text, which gives the list of its terms.
        terms: terms that are known, in the order of their numbers.
    """

    def __init__(self, analyze: Callable[[str], list[str]], terms: Iterable[str] = ()):
        self._analyze = analyze
        self.number_of: defaultdict[str, int] = defaultdict(
            None, zip(terms, count(), strict=False)
        )
        self.number_of.default_factory = self.number_of.__len__

    def learn(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of all terms; new ones get the next.

        Args:
            texts: strings.

        Returns:
            int64 array (terms,), text after text; and int64 array (texts,), how many
            each text has.
        """
        return self._numbers(
            texts, lambda terms: map(self.number_of.__getitem__, terms)
        )

    def find(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of all terms, with -1 for those that are not known. See `learn`."""
        find = self.number_of.get
        return self._numbers(texts, lambda terms: map(find, terms, repeat(-1)))

    @property
    def terms(self) -> list[str]:
        """The terms in the order of their numbers."""
        return list(self.number_of)

    def _numbers(
        self, texts: Sequence[str], look_up: Callable[[Iterable[str]], Iterable[int]]
    ) -> tuple[np.ndarray, np.ndarray]:
        terms = list(map(self._analyze, texts))
        lengths = np.fromiter(map(len, terms), np.int64, len(terms))
        numbers = look_up(chain.from_iterable(terms))
        return np.fromiter(numbers, np.int64, int(lengths.sum())), lengths
