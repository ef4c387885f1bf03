"""Words -> positions in a vocabulary."""

from dataclasses import dataclass

import numpy as np

from keras_docs.models.tab_transformer.columns import (
    LabelColumn,
    number_word,
    parse_number,
)

_TRUTH_WORDS = (("1", "True", "true", "TRUE"), ("0", "False", "false", "FALSE"))


class WordIndex:
    """Looks up words by spelling, then by the number or truth value they mean.

    A column often changes its dtype between training and prediction (integers
    become floats because of one gap, booleans become text in a CSV file). So
    "1", "1.0", 1, 1.0 and True find one another, unless the vocabulary itself
    tells them apart.
    """

    def __init__(self, words: list[str], first: int):
        self._index = {word: i for i, word in enumerate(words, start=first)}
        for word, i in list(self._index.items()):
            self._index.setdefault(_plain_number(word), i)
        self._index.pop(None, None)
        for spellings in _TRUTH_WORDS:
            known = {self._index[word] for word in spellings if word in self._index}
            if len(known) == 1:
                for word in spellings:
                    self._index[word] = min(known)

    def find(self, word: str, default: int) -> int:
        """The position of a word, or `default`."""
        position = self._index.get(word)
        if position is None:
            position = self._index.get(_plain_number(word), default)
        return position


@dataclass(eq=False)
class CategoryEncoder:
    """One categorical input: its vocabulary and how often each entry occurred.

    `counts[0]` counts missing and rare cells, `counts[i]` the word
    `vocabulary[i - 1]`.
    """

    name: str
    vocabulary: list[str]
    counts: list[int]

    def __post_init__(self):
        self._index = WordIndex(self.vocabulary, first=1)

    @classmethod
    def learn(
        cls, name: str, part: LabelColumn, min_frequency: int, max_categories: int
    ) -> "CategoryEncoder":
        """Keeps words seen `min_frequency` times, at most the commonest ones."""
        totals = np.bincount(part.codes + 1, minlength=len(part.words) + 1)[1:]
        seen = zip(part.words, totals.tolist(), strict=True)
        kept = [(word, n) for word, n in seen if n >= max(min_frequency, 1)]
        kept.sort(key=lambda item: (-item[1], _order(item[0])))
        kept = sorted(kept[:max_categories], key=lambda item: _order(item[0]))
        counts = [n for _, n in kept]
        others = len(part.codes) - sum(counts)
        return cls(name, [word for word, _ in kept], [others, *counts])

    def is_constant(self) -> bool:
        return sum(count > 0 for count in self.counts) < 2

    def encode(self, part: LabelColumn) -> np.ndarray:
        """Returns int32 `(rows,)`; 0 where missing or not in the vocabulary."""
        positions = [self._index.find(word, 0) for word in part.words]
        # Code -1 reads the last entry, which stands for "missing".
        return np.array([*positions, 0], dtype="int32")[part.codes]


def _plain_number(word: str) -> str | None:
    number = parse_number(word)
    return None if number is None else number_word(number)


def _order(word: str) -> tuple:
    number = parse_number(word)
    return (1, 0.0, word) if number is None else (0, number, word)
