"""Words to token ids, each word once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from keras_docs.models.multilingual_nlu.words import find_words, is_unspaced, normalized

# Ids stay far below this bit, which marks the piece that stands for a unit.
UNIT = 1 << 30
CACHED_WORDS = 500_000


class Pieces(NamedTuple):
    """Pieces of many texts, one after the other.

    Args:
        ids: int32 (pieces,).
        is_unit: bool (pieces,), the pieces that bear a tag: the first of each word, and
            in unspaced scripts each.
        lengths: int64 (texts,), pieces of each text.
    """

    ids: np.ndarray
    is_unit: np.ndarray
    lengths: np.ndarray


class WordPieces:
    """Cuts texts into words and looks the pieces of each word up.

    People use few words: a dictionary is faster than a tokenizer, and it tells where
    words begin. Words it has not met go through the tokenizer all at once.

    Args:
        tokenize: function of a list of words that returns their ids.
        unknown_id: int, stands for a word that has no piece, such as control
            characters alone.
        first_piece: None or int, the id of a word boundary that stands alone; left out
            before further pieces, but for unspaced scripts, where it bears no tag.
        lowercase: bool.
    """

    def __init__(
        self,
        tokenize: Callable[[list[str]], Sequence[Sequence[int]]],
        unknown_id: int,
        first_piece: int | None,
        lowercase: bool,
    ):
        self.tokenize = tokenize
        self.unknown_id = unknown_id
        self.first_piece = first_piece
        self.lowercase = lowercase
        self._known: dict[str, list[int]] = {}

    def encode(self, texts: Sequence[str], longest: int) -> Pieces:
        """Pieces of texts.

        Args:
            texts: list of strings.
            longest: int, pieces that are kept of each.
        """
        words = list(map(find_words, texts))
        self._learn(set(chain.from_iterable(words)))
        look_up = self._known.__getitem__
        rows = [list(chain.from_iterable(map(look_up, row))) for row in words]
        lengths = np.fromiter(map(len, rows), "int64", len(rows))
        if lengths.size and lengths.max() > longest:
            rows = [row[:longest] for row in rows]
            lengths = np.minimum(lengths, longest)
        marked = np.fromiter(chain.from_iterable(rows), "int32", int(lengths.sum()))
        return Pieces(marked & (UNIT - 1), marked >= UNIT, lengths)

    def of_word(self, word: str) -> list[int]:
        """Ids of one word, those of units with the bit `UNIT`."""
        self._learn({word})
        return self._known[word]

    def _learn(self, words: set[str]) -> None:
        new = [word for word in words if word not in self._known]
        if not new:
            return
        if len(self._known) + len(new) > CACHED_WORDS:
            self._known = {}
            new = list(words)
        cleaned = [normalized(word, self.lowercase) for word in new]
        for word, ids in zip(new, self.tokenize(cleaned), strict=True):
            self._known[word] = self._marked(word, [int(id_) for id_ in ids])

    def _marked(self, word: str, ids: list[int]) -> list[int]:
        boundary = ids[:1] if len(ids) > 1 and ids[0] == self.first_piece else []
        ids = ids[len(boundary) :] or [self.unknown_id]
        if is_unspaced(word):
            # Nothing else tells where there was a space.
            return boundary + [id_ | UNIT for id_ in ids]
        return [ids[0] | UNIT, *ids[1:]]
