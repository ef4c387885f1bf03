"""Answers to questions about tables, as sets of values."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

from keras_docs.metrics.precision_recall_f1 import check_pairs

# What the benchmark takes for the same as an ASCII sign.
_SIGNS = {
    **dict.fromkeys(map(ord, "‘’´`"), "'"),
    **dict.fromkeys(map(ord, "“”"), '"'),
    **dict.fromkeys(map(ord, "‐‑‒–—−"), "-"),
}
# Footnote marks at the end. Brackets that begin the text count only with a number.
_FOOTNOTES = re.compile(r"((?<!^)\[[^\]]*\]|\[\d+\]|[•♦†‡*#+])*$")
_DETAILS = re.compile(r"(?<!^)( \([^)]*\))*$")
_QUOTED = re.compile(r'^"([^"]*)"$')
_NEAR = 1e-6


class _Value(NamedTuple):
    text: str
    number: float | None
    date: tuple[int | None, int | None, int | None] | None


def denotation_accuracy(
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str] | str],
    canonical: Sequence[Sequence[str]] | None = None,
) -> float:
    """The share of questions whose values are all right: WikiTableQuestions' score.

    An answer is right if it has as many different values as the gold one, and each
    gold value is matched: by a number (1e-6), by a date with the same known parts, or
    by text, without regard to case, accents, footnotes like `[1]` or `†`, details in
    parentheses at the end, quotes around it, and a final period.

    Args:
        gold: list of lists of strings, the values of each question.
        predicted: list as long, of lists of strings, or of strings where `|` separates
            values.
        canonical: list like `gold`, or `None`: what its values mean, such as `"1990"`
            for "nineteen-ninety" or `"1990-05-xx"` for "May 1990". The benchmark has
            them as `targetCanon` in `tagged/*.tagged`, and its official figures use
            them; without them values mean what they say.

    Returns:
        Float from 0 to 1.

    Raises:
        ValueError: the lists are empty or differ in length, or an element is none of
            those described.

    Example:
    ```python
    denotation_accuracy([["1,000"], ["Ann", "Bo"]], ["1,000", "bo.|Ann [2]"])  # 1.0
    ```

    Reference: Pasupat and Liang, "Compositional Semantic Parsing on Semi-Structured
    Tables", ACL 2015, https://arxiv.org/abs/1508.00305; the rules of its evaluator
    1.0.2.
    """
    check_pairs(gold, predicted, "question")
    if canonical is not None:
        check_pairs(gold, canonical, "question")
    right = 0
    for i, (values, answer) in enumerate(zip(gold, predicted, strict=True)):
        answer = answer.split("|") if isinstance(answer, str) else answer
        wanted = _values(
            values, None if canonical is None else canonical[i], f"`gold` at {i}"
        )
        right += _same(wanted, _values(answer, None, f"`predicted` at {i}"))
    return right / len(gold)


def _values(texts: Any, meanings: Any, where: str) -> list[_Value]:
    if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{where} must be a list of strings. Received: {texts!r:.80}.")
    if meanings is None:
        meanings = texts
    elif isinstance(meanings, str) or len(meanings) != len(texts):
        raise ValueError(
            f"`canonical` must have a string for each value of {where}, {len(texts)}. "
            f"Received: {meanings!r:.80}."
        )
    different: dict[Any, _Value] = {}
    for text, meaning in zip(texts, meanings, strict=True):
        value = _value(text, meaning or text)
        # Equal numbers and dates are one value, however they are written.
        kind = ("number", value.number) if value.number is not None else None
        kind = kind or (("date", value.date) if value.date else ("text", value.text))
        different.setdefault(kind, value)
    return list(different.values())


def _value(text: str, meaning: str) -> _Value:
    number = _number(meaning)
    date = None if number is not None else _date(meaning)
    if date and date[1] is None and date[2] is None:
        # A year alone is a number.
        number, date = float(date[0]), None
    return _Value(_normalized(text), number, date)


def _same(wanted: list[_Value], found: list[_Value]) -> bool:
    return len(wanted) == len(found) and all(
        any(_matches(value, other) for other in found) for value in wanted
    )


def _matches(value: _Value, other: _Value) -> bool:
    if value.text == other.text:
        return True
    if value.number is not None and other.number is not None:
        return abs(value.number - other.number) < _NEAR
    return value.date is not None and value.date == other.date


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    nearest = round(number)
    return float(nearest) if abs(number - nearest) < _NEAR else number


def _date(text: str) -> tuple[int | None, int | None, int | None] | None:
    """Year, month and day of `1990-05-xx`; `None` for a part that is not known."""
    parts = text.lower().split("-")
    if len(parts) != 3:
        return None
    unknown = [("xx", "xxxx"), ("xx",), ("xx",)]
    try:
        year, month, day = (
            None if part in names else int(part)
            for part, names in zip(parts, unknown, strict=True)
        )
    except ValueError:
        return None
    is_date = (
        (year, month, day) != (None, None, None)
        and (month is None or 1 <= month <= 12)
        and (day is None or 1 <= day <= 31)
    )
    return (year, month, day) if is_date else None


def _normalized(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    text = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
    text = text.translate(_SIGNS)
    before = None
    while text != before:
        before = text
        text = _FOOTNOTES.sub("", text.strip())
        text = _DETAILS.sub("", text.strip())
        text = _QUOTED.sub(r"\1", text.strip())
    return " ".join(text.removesuffix(".").lower().split())
