"""Pages as a poor OCR engine would read them: some characters are wrong."""

from __future__ import annotations

import random
import string
from collections.abc import Sequence

# Characters that engines take for each other.
ALIKE = {
    "0": "Oo", "1": "lI", "2": "Z", "5": "S", "6": "b", "8": "B", "9": "g", "O": "0",
    "o": "0", "l": "1", "I": "l", "S": "5", "B": "8", "Z": "2", "b": "6", "g": "9",
    "e": "c", "c": "e", "n": "r", "u": "v", "v": "u", "h": "b", "i": "l", "t": "f",
    "f": "t", "a": "o", "m": "n", "D": "O", "G": "C", "C": "G", "E": "F", "F": "E",
    "T": "I", ".": ",", ",": ".", ":": ";", ";": ":", "-": "_", "/": "l",
}  # fmt: skip
LETTERS = string.ascii_letters + string.digits


def spoilt(pages: Sequence[dict], rate: float, seed: int) -> list[dict]:
    """Pages whose words have wrong characters; boxes, labels and answers stay.

    Half of the characters that are hit become one that looks alike (any other, where
    nothing does); the others are a third each replaced by any, lost, and doubled by any
    before them. A word keeps at least a character.

    Args:
        pages: list of dicts with `words`.
        rate: float, the share of characters that are hit.
        seed: int.

    Returns:
        List of dicts.
    """
    if not rate:
        return list(pages)
    draw = random.Random(seed)
    return [
        {**page, "words": [_spoilt(word, rate, draw) for word in page["words"]]}
        for page in pages
    ]


def _spoilt(word: str, rate: float, draw: random.Random) -> str:
    letters = []
    for letter in word:
        if draw.random() >= rate:
            letters.append(letter)
            continue
        how = draw.random()
        other = draw.choice(LETTERS)
        if how < 1 / 2:
            letters.append(draw.choice(ALIKE.get(letter, other)))
        elif how < 2 / 3:
            letters.append(other)
        elif how < 5 / 6:
            letters.append(other + letter)
    return "".join(letters) or word[:1]
