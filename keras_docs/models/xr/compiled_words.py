"""Words <-> numbers, by a compiled hash table."""

from __future__ import annotations

import functools
import importlib.util
import re
import sys
from collections.abc import Sequence

import numpy as np

from keras_docs.models.xr.tfidf_settings import TfidfSettings

_CODE_POINTS = f"utf-32-{'le' if sys.byteorder == 'little' else 'be'}"

# Regular expressions that say no more than: a longest run of at least so many of these
# characters.
_LETTERS, _NO_WHITE_SPACE, _NO_SPACE = "letters", "no white space", "no space"
PATTERNS = {
    r"\w\w+": (_LETTERS, 2),
    r"\b\w\w+\b": (_LETTERS, 2),
    r"(?u)\b\w\w+\b": (_LETTERS, 2),
    r"\w+": (_LETTERS, 1),
    r"\S+": (_NO_WHITE_SPACE, 1),
    r"[^ ]+": (_NO_SPACE, 1),
}


def can_compile(settings: TfidfSettings) -> bool:
    """Whether `CompiledWords` gives the terms that these settings ask for."""
    return (
        settings.analyzer == "word"
        and settings.ngram_range == (1, 1)
        and settings.token_pattern in PATTERNS
        and settings.stop_words is None
        and settings.strip_accents is None
        and importlib.util.find_spec("numba") is not None
    )


class CompiledWords:
    """Numbers the words of texts: `TermDictionary`, several times as fast.

    Args:
        settings: for which `can_compile` is true.
        terms: what `find` looks for, in the order of their numbers.
    """

    def __init__(self, settings: TfidfSettings, terms: Sequence[str] = ()):
        kind, self._shortest = PATTERNS[settings.token_pattern]
        self._is_word = _character_table(kind)
        self._lowercase = settings.lowercase
        self._count = 0
        self._slots = np.full(16, -1, np.int32)
        self._hashes = np.empty(0, np.uint64)
        self._starts = np.zeros(1, np.int64)
        self._chars = np.empty(0, np.uint32)
        # A term that is no word can't be found in a text.
        is_word = re.compile(settings.token_pattern).fullmatch
        known = [number for number, term in enumerate(terms) if is_word(term)]
        self._number_of = np.array(known, np.int64)
        if known:
            self._number([terms[number] for number in known], learn=True)

    def learn(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of all words; new ones get the next. See `TermDictionary.learn`."""
        ids, lengths = self._number(self._cleaned(texts), learn=True)
        return ids.astype(np.int64), lengths

    def find(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of all words that are terms. See `TermDictionary.find`."""
        ids, lengths = self._number(self._cleaned(texts), learn=False)
        return self._number_of[ids], lengths

    @property
    def terms(self) -> list[str]:
        """The words that were learned, in the order of their numbers."""
        chars = self._chars[: self._starts[self._count]]
        text = chars.tobytes().decode(_CODE_POINTS, "surrogatepass")
        starts = self._starts[: self._count + 1].tolist()
        return [text[a:b] for a, b in zip(starts, starts[1:], strict=False)]

    def _cleaned(self, texts: Sequence[str]) -> Sequence[str]:
        return list(map(str.lower, texts)) if self._lowercase else texts

    def _number(
        self, texts: Sequence[str], learn: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        from keras_docs.kernels.number_words import number_words

        joined = "".join(texts).encode(_CODE_POINTS, "surrogatepass")
        codes = np.frombuffer(joined, np.uint32)
        ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
        # At least one character is between two words of a text.
        most = (len(codes) + len(texts)) // (self._shortest + 1)
        ids = np.empty(most, np.int32)
        if learn:
            self._make_room(len(ids), len(codes))
        lengths, self._count = number_words(
            codes,
            ends,
            self._is_word,
            self._shortest,
            learn,
            self._slots,
            self._hashes,
            self._starts,
            self._chars,
            self._count,
            ids,
        )
        return ids[: lengths.sum()], lengths

    def _make_room(self, words: int, chars: int) -> None:
        from keras_docs.kernels.number_words import place_words

        words += self._count
        chars += int(self._starts[self._count])
        self._hashes = _enlarged(self._hashes, words)
        self._starts = _enlarged(self._starts, words + 1)
        self._chars = _enlarged(self._chars, chars)
        if 2 * words > len(self._slots):
            self._slots = np.full(1 << (2 * words).bit_length(), -1, np.int32)
            place_words(self._hashes[: self._count], self._slots)


def _enlarged(array: np.ndarray, size: int) -> np.ndarray:
    if size <= len(array):
        return array
    larger = np.empty(max(size, len(array) * 3 // 2), array.dtype)
    larger[: len(array)] = array
    return larger


@functools.cache
def _character_table(kind: str) -> np.ndarray:
    characters = map(chr, range(sys.maxunicode + 1))
    if kind == _NO_SPACE:
        return np.arange(sys.maxunicode + 1) != ord(" ")
    if kind == _NO_WHITE_SPACE:
        return ~np.fromiter(map(str.isspace, characters), bool, sys.maxunicode + 1)
    table = np.fromiter(map(str.isalnum, characters), bool, sys.maxunicode + 1)
    table[ord("_")] = True
    return table
