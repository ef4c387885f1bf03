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
        soften_capitals: bool, whether to cut `TOTAL` as `Total`.
    """

    def __init__(self, tokenizer: Any, soften_capitals: bool):
        self._tokenizer = tokenizer
        self._soften_capitals = soften_capitals
        self._known: dict[str, list[int]] = {}

    def learn(self, words: Iterable[str]) -> None:
        """Cuts the words that were not met before, all at once."""
        if len(self._known) > MOST:
            self._known.clear()
        new = list(set(words).difference(self._known))
        if new:
            texts = [softened(word) for word in new] if self._soften_capitals else new
            self._known.update(zip(new, self.of_texts(texts), strict=True))

    def of_word(self, word: str) -> list[int]:
        """Ids of a word that was learned."""
        return self._known[word]

    def of_texts(self, texts: list[str]) -> list[list[int]]:
        """Ids of texts, not remembered."""
        return [list(map(int, ids)) for ids in self._tokenizer.tokenize(texts)]


def softened(word: str) -> str:
    """A word in capitals with these at the beginnings alone; others as they are.

    One capital may be an initial, and stays.
    """
    is_capital = word.isupper() and sum(map(str.isalpha, word)) > 1
    return word.title() if is_capital else word
