"""One text -> its terms: words, or n-grams of words or of characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from keras_docs.models.xr.tfidf_settings import TfidfSettings

_SPACES = re.compile(r"\s\s+")


def build_analyzer(settings: TfidfSettings) -> Callable[[str], list[str]]:
    """A function that gives the terms of one text, as often as they occur.

    Args:
        settings: what counts as a term; `TfidfVectorizer` says it.

    Returns:
        Function of a string, which gives a list of strings.

    Example:
    ```python
    analyze = build_analyzer(TfidfVectorizer(ngram_range=(1, 2)).settings)
    analyze("Open data")  # ["open", "data", "open data"]
    ```
    """
    clean = _build_cleaner(settings)
    shortest, longest = settings.ngram_range
    if settings.analyzer == "char":
        return lambda text: _char_grams(
            _SPACES.sub(" ", clean(text)), shortest, longest
        )
    if settings.analyzer == "char_wb":
        return lambda text: _word_char_grams(clean(text), shortest, longest)
    words = _build_tokenizer(settings)
    if settings.ngram_range == (1, 1):
        return lambda text: words(clean(text))
    return lambda text: _word_grams(words(clean(text)), shortest, longest)


def _build_cleaner(settings: TfidfSettings) -> Callable[[str], str]:
    lower = str.lower if settings.lowercase else str
    if settings.strip_accents is None:
        return lower
    return lambda text: _strip_accents(lower(text))


def _strip_accents(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _build_tokenizer(settings: TfidfSettings) -> Callable[[str], list[str]]:
    find = re.compile(settings.token_pattern).findall
    if settings.stop_words is None:
        return find
    stop = frozenset(settings.stop_words)
    return lambda text: [word for word in find(text) if word not in stop]


def _word_grams(words: list[str], shortest: int, longest: int) -> list[str]:
    grams = list(words) if shortest == 1 else []
    for size in range(max(shortest, 2), longest + 1):
        shifted = (words[start:] for start in range(size))
        grams.extend(map(" ".join, zip(*shifted, strict=False)))
    return grams


def _char_grams(text: str, shortest: int, longest: int) -> list[str]:
    return [
        text[start : start + size]
        for size in range(shortest, longest + 1)
        for start in range(len(text) - size + 1)
    ]


def _word_char_grams(text: str, shortest: int, longest: int) -> list[str]:
    grams: list[str] = []
    for word in text.split():
        padded = f" {word} "
        grams += _char_grams(padded, shortest, min(longest, len(padded)))
        # A word shorter than every n-gram is one term by itself.
        if len(padded) < shortest:
            grams.append(padded)
    return grams
