"""How a text is cut into words, and which scripts have none to cut at."""

from __future__ import annotations

import re
import unicodedata

# Chinese characters, Hiragana and Katakana: a word of its own each.
IDEOGRAPHS = (
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
# Thai, Lao, Burmese and Khmer: written without spaces, cut by the tokenizer's pieces.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\uaa60-\uaa7f]"
)
WORD = re.compile(rf"[{IDEOGRAPHS}]|[^\s{IDEOGRAPHS}]+")

find_words = WORD.findall


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where the words of a text start and end.

    Args:
        text: string.

    Returns:
        List of (start, end) in characters, one per word of `find_words`.
    """
    return [match.span() for match in WORD.finditer(text)]


def is_unspaced(word: str) -> bool:
    """Whether slots may begin and end inside a word."""
    return UNSPACED.search(word) is not None


def normalized(word: str, lowercase: bool) -> str:
    """A word as the tokenizer reads it: Unicode's NFKC, without control characters."""
    word = unicodedata.normalize("NFKC", word)
    if lowercase:
        word = word.lower()
    if word.isprintable():
        return word
    kept = (c for c in word if unicodedata.category(c)[0] != "C" or c in JOINERS)
    return "".join(kept)


def original_ends(word: str, lowercase: bool) -> list[int]:
    """Which character of a word each character of `normalized` ends at.

    Of unspaced scripts, whose marks stay apart: a vowel sign of Thai (sara am) is read
    as two characters.

    Args:
        word: string.
        lowercase: bool, as of `normalized`.

    Returns:
        List of ints, one per character of the normalized word: characters of `word` up
        to there. Of one that stands for several, all but the last end before it.
    """
    ends = []
    for place, character in enumerate(word):
        count = len(normalized(character, lowercase))
        ends += [place] * (count - 1) + [place + 1] * (count > 0)
    return ends


# Zero-width (non-)joiners are letters to Persian and to scripts of India.
JOINERS = "\u200c\u200d"
