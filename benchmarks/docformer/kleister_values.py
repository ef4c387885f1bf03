"""Kleister's fields as they are written: dates and terms have many forms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from keras_docs.datasets.field_labels import field_labels

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august",
    "september", "october", "november", "december",
)  # fmt: skip
MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTHS) + "|sept"
DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
OF = r"(?: day)?(?: of)?"
DATES = (
    (re.compile(rf"\b({MONTH})\.? ?{DAY} ?,? ?(\d{{4}})\b", re.I), "mdy"),
    (re.compile(rf"\b{DAY}{OF} ({MONTH})\.? ?,? ?(\d{{4}})\b", re.I), "dmy"),
    (re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b"), "mdy"),
    (re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b"), "ymd"),
)
NUMBERS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen", "twenty",
)  # fmt: skip
TENS = {"thirty": 30, "forty": 40, "sixty": 60, "ninety": 90, "a": 1}
VALUES = {word: i for i, word in enumerate(NUMBERS, 1)} | TENS
VALUES |= {f"twenty-{word}": 20 + i for i, word in enumerate(NUMBERS[:9], 1)}
WORD = "|".join(sorted(VALUES, key=len, reverse=True))
TERM = re.compile(
    rf"\b(?:({WORD}|\d+) ?)(?:\((\d+|{WORD})\) ?)?-? ?(year|month|week|day)s?\b", re.I
)
# A value is written in so many words at most.
LONGEST = 8


def kleister_labels(
    words: Sequence[str], fields: Mapping[str, Sequence[str]]
) -> list[str]:
    """BIO tags of the words that say a field's value, in whatever form.

    Names and places are found as `field_labels` does; dates and terms by what they
    mean.

    Args:
        words: list of strings, in reading order.
        fields: dict of a field's name to its values.

    Returns:
        List of tags: `O`, `B-name` or `I-name`.
    """
    plain = {k: v for k, v in fields.items() if k in ("party", "jurisdiction")}
    tags = field_labels(words, plain)
    for name, found in (("effective_date", dates), ("term", terms)):
        wanted = {value_key(name, value) for value in fields.get(name, ())}
        if not wanted:
            continue
        for start, end, key in found(words):
            if key in wanted and all(tag == "O" for tag in tags[start:end]):
                tags[start:end] = [f"B-{name}"] + [f"I-{name}"] * (end - start - 1)
    return tags


def value_key(name: str, text: str) -> str:
    """What two spellings of one value share.

    Args:
        name: string, the field.
        text: string, as annotated or as written on the page.
    """
    text = text.replace("_", " ")
    found = {"effective_date": dates, "term": terms}.get(name)
    for _, _, key in found(text.split()) if found else ():
        return key
    return "".join(c for c in text.casefold() if c.isalnum())


def dates(words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """First word, last word + 1, and year-month-day of each date."""
    for pattern, order in DATES:
        for start, end, match in _matches(pattern, words):
            part = dict(zip(order, match.groups(), strict=True))
            month = part["m"].lower()
            number = (
                int(month)
                if month.isdigit()
                else 1 + [name[:3] for name in MONTHS].index(month[:3])
            )
            year = int(part["y"])
            year += 0 if year > 99 else (2000 if year < 50 else 1900)
            yield start, end, f"{year:04}-{number:02}-{int(part['d']):02}"


def terms(words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """First word, last word + 1, and number and unit of each length of time."""
    for start, end, match in _matches(TERM, words):
        text, again, unit = (part and part.lower() for part in match.groups())
        number = again if again and again.isdigit() else text
        count = int(number) if number.isdigit() else VALUES[number]
        yield start, end, f"{count} {unit}"


def _matches(
    pattern: re.Pattern, words: Sequence[str]
) -> Iterator[tuple[int, int, re.Match]]:
    starts, at = [], 0
    for word in words:
        starts.append(at)
        at += len(word) + 1
    starts.append(at)
    word = 0
    for match in pattern.finditer(" ".join(words)):
        while starts[word + 1] <= match.start():
            word += 1
        end = word
        while starts[end] < match.end():
            end += 1
        if end - word <= LONGEST:
            yield word, end, match
