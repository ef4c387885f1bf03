"""Feature engineering: a raw column and its kind -> named parts.

A part is either words (a `LabelColumn`, to be looked up in a vocabulary) or
numbers (float64 `(rows,)`, NaN where missing, to be scaled).
"""

from collections.abc import Callable, Sequence

import numpy as np

from keras_docs.models.tab_transformer.column_kinds import parse_ip
from keras_docs.models.tab_transformer.columns import (
    Column,
    LabelColumn,
    NumberColumn,
    label_column,
)

Part = LabelColumn | np.ndarray

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def split_column(column: Column, kind: str, code_length: int = 0) -> dict[str, Part]:
    """Splits a column into its parts.

    Args:
        column: the raw column.
        kind: one of `KINDS` except "ignore".
        code_length: characters of a postal code stored as a number, to restore
            lost leading zeros (see `postal_code_length`).

    Returns:
        Part name -> part, in a fixed order.
    """
    name = column.name
    if kind == "categorical":
        return {name: column.labels()}
    if kind == "postal_code":
        return _postal_parts(column, code_length)
    if kind == "ip_address":
        return _ip_parts(column.labels())
    numbers: dict[str, Part]
    if kind == "numeric":
        numbers = {name: column.numbers()}
    elif kind == "text":
        numbers = _text_parts(column.labels())
    else:
        numbers = _date_parts(column)
    gone = column.missing().astype("int64")
    return {**numbers, f"{name} is missing": LabelColumn(name, gone, ["no", "yes"])}


def postal_code_length(column: Column) -> int:
    """Length of the longest code if codes are numbers, else 0."""
    if not isinstance(column, NumberColumn):
        return 0
    return max(map(len, column.labels().words), default=0)


def _date_parts(column: Column) -> dict[str, Part]:
    name, dates = column.name, column.dates()
    known = ~np.isnat(dates)
    seconds = np.where(known, dates, np.datetime64(0, "s")).astype("int64")
    days = seconds // 86400
    months = dates.astype("datetime64[M]").astype("int64") % 12
    hours = seconds % 86400 // 3600
    return {
        f"{name} days": np.where(known, seconds / 86400, np.nan),
        f"{name} month": _numbered(name, months, known, range(1, 13)),
        # Day 0, 1970-01-01, was a Thursday.
        f"{name} weekday": _numbered(name, (days + 3) % 7, known, _WEEKDAYS),
        f"{name} hour": _numbered(name, hours, known, range(24)),
    }


def _numbered(
    name: str, codes: np.ndarray, known: np.ndarray, words: Sequence[object]
) -> LabelColumn:
    return LabelColumn(name, np.where(known, codes, -1), [str(w) for w in words])


def _text_parts(column: LabelColumn) -> dict[str, Part]:
    def measure(size: Callable[[str], float]) -> np.ndarray:
        return column.take([size(word) for word in column.words], np.nan)

    return {
        f"{column.name} characters": measure(len),
        f"{column.name} words": measure(lambda text: len(text.split())),
        f"{column.name} digit share": measure(_digit_share),
    }


def _digit_share(text: str) -> float:
    return sum(character.isdigit() for character in text) / len(text)


def _postal_parts(column: Column, code_length: int) -> dict[str, Part]:
    codes = column.labels()
    if code_length:
        codes = _rewrite(codes, lambda word: word.zfill(code_length))
    return {
        f"{column.name} first 3": _rewrite(codes, lambda word: word[:3]),
        column.name: codes,
    }


def _ip_parts(column: LabelColumn) -> dict[str, Part]:
    if column.words and not any(map(parse_ip, column.words)):
        raise ValueError(
            f"Column {column.name!r} must hold IP addresses, but it holds "
            f"{column.words[0]!r} and no address at all. Choose another kind for it "
            "in `columns`."
        )
    return {
        f"{column.name} /8": _rewrite(column, lambda word: _prefix(word, 8)),
        f"{column.name} /16": _rewrite(column, lambda word: _prefix(word, 16)),
        f"{column.name} is private": _rewrite(column, _is_private),
    }


def _prefix(word: str, bits: int) -> str | None:
    address = parse_ip(word)
    if address is None:
        return None
    head = address.packed[: bits // 8]
    if address.version == 4:
        return ".".join(map(str, head))
    return head.hex() + "::"


def _is_private(word: str) -> str | None:
    address = parse_ip(word)
    return None if address is None else ("yes" if address.is_private else "no")


def _rewrite(column: LabelColumn, rewrite: Callable[[str], str | None]) -> LabelColumn:
    words = [rewrite(word) for word in column.words]
    return label_column(column.name, column.codes, words)
