"""Tokens of words, each cut but once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# So many words are kept; then it starts anew.
MOST = 200_000


class WordTokens:
    """Remembers the tokens of words.

    Pages repeat words, and a dict is several times as fast as SentencePiece.

    Args:
        tokenizer: a KerasHub tokenizer.
    """

    def __init__(self, tokenizer: Any):
        self._tokenizer = tokenizer
        self._known: dict[str, list[int]] = {}

    def learn(self, words: Iterable[str]) -> None:
        """Cuts the words that were not met before, all at once."""
        if len(self._known) > MOST:
            self._known.clear()
        new = list(set(words).difference(self._known))
        if new:
            self._known.update(zip(new, self.of_texts(new), strict=True))

    def of_word(self, word: str) -> list[int]:
        """Ids of a word that was learned."""
        return self._known[word]

    def of_texts(self, texts: list[str]) -> list[list[int]]:
        """Ids of texts, not remembered."""
        return [list(map(int, ids)) for ids in self._tokenizer.tokenize(texts)]
