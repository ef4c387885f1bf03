"""One column of a table in one of three plain forms: numbers, dates, labels.

Each form answers the same questions (`numbers()`, `dates()`, `labels()`,
`missing()`), or refuses with a `ValueError` that names the column.
"""

import datetime
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np

MISSING_WORDS = frozenset(
    {"", "?", "NA", "N/A", "nan", "NaN", "null", "NULL", "<NA>", "NaT"}
)

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, eq=False)
class LabelColumn:
    """Words: `labels[codes[row]]`, with code -1 for a missing cell.

    `declared` marks a categorical dtype, `boolean` a column of truth values.
    """

    name: str
    codes: np.ndarray
    words: list[str]
    declared: bool = False
    boolean: bool = False

    def labels(self) -> "LabelColumn":
        return self

    def missing(self) -> np.ndarray:
        return self.codes < 0

    def num_distinct(self) -> int:
        return len(self.words)

    def numbers(self) -> np.ndarray:
        """Returns float64 `(rows,)`, NaN where missing."""
        if self.boolean:
            return self.take([float(word == "True") for word in self.words], np.nan)
        values = [parse_number(word) for word in self.words]
        if None in values:
            word = self.words[values.index(None)]
            raise ValueError(
                f"Column {self.name!r} must hold numbers, but it holds the text "
                f"{word!r}. Clean the column, or adapt with "
                f'`columns={{{self.name!r}: "categorical"}}`.'
            )
        return finite(self.name, self.take(values, np.nan))

    def dates(self) -> np.ndarray:
        """Returns datetime64[s] `(rows,)`, NaT where missing."""
        values = [parse_date(word) for word in self.words]
        if None in values:
            word = self.words[values.index(None)]
            raise ValueError(
                f"Column {self.name!r} must hold dates, but it holds {word!r}. "
                "Pass a datetime column, or ISO 8601 text such as '2024-05-31'."
            )
        missing = np.datetime64("NaT", "s")
        return np.array([*values, missing], dtype="datetime64[s]")[self.codes]

    def take(self, values: Sequence[float], missing: float) -> np.ndarray:
        """Looks up one number per word for every row."""
        # Code -1 reads the last entry, which stands for "missing".
        return np.array([*values, missing], dtype="float64")[self.codes]


@dataclass(frozen=True, eq=False)
class NumberColumn:
    """Numbers: int64, uint64 or float64 `(rows,)`, NaN where missing."""

    name: str
    values: np.ndarray

    def labels(self) -> LabelColumn:
        finite(self.name, self.values)
        values, codes = np.unique(self.values, return_inverse=True)
        return label_column(self.name, codes, values.tolist())

    def missing(self) -> np.ndarray:
        return np.isnan(self.values)

    def num_distinct(self) -> int:
        return len(np.unique(self.values[~self.missing()]))

    def numbers(self) -> np.ndarray:
        return finite(self.name, self.values.astype("float64"))

    def dates(self) -> np.ndarray:
        raise ValueError(
            f"Column {self.name!r} must hold dates, but it holds numbers. Convert "
            "it first (which unit and origin the numbers have is not known here)."
        )

    def is_integer(self) -> bool:
        """Whether every known value is whole, whatever the dtype."""
        if self.values.dtype.kind != "f":
            return True
        known = self.values[~np.isnan(self.values)]
        return bool(np.all(known == np.floor(known)))


@dataclass(frozen=True, eq=False)
class DateColumn:
    """Points in time: datetime64[s] `(rows,)`, NaT where missing."""

    name: str
    values: np.ndarray

    def labels(self) -> LabelColumn:
        values, codes = np.unique(self.values, return_inverse=True)
        return label_column(self.name, codes, values.tolist())

    def missing(self) -> np.ndarray:
        return np.isnat(self.values)

    def num_distinct(self) -> int:
        return len(np.unique(self.values[~self.missing()]))

    def numbers(self) -> np.ndarray:
        raise ValueError(
            f"Column {self.name!r} must hold numbers, but it holds dates. Convert "
            "it to numbers in the unit you mean (days, years, ...)."
        )

    def dates(self) -> np.ndarray:
        return self.values


Column = LabelColumn | NumberColumn | DateColumn


def label_column(
    name: str,
    codes: np.ndarray,
    values: Sequence[object],
    declared: bool = False,
    boolean: bool = False,
) -> LabelColumn:
    """Makes a `LabelColumn` from factorised cells; code -1 means missing.

    Values whose words are equal (`1`, `1.0`, `" 1"`) become one word.
    """
    used = np.bincount(codes + 1, minlength=len(values) + 1)[1:] > 0
    index: dict[str, int] = {}
    new_codes = np.full(len(values) + 1, -1, dtype="int64")
    for i in np.flatnonzero(used):
        word = word_of(name, values[i])
        if word is not None:
            new_codes[i] = index.setdefault(word, len(index))
    return LabelColumn(name, new_codes[codes], list(index), declared, boolean)


def all_missing(name: str, rows: int) -> LabelColumn:
    """A column without a single value."""
    return LabelColumn(name, np.full(rows, -1), [])


def column_from_array(name: str, values: object) -> Column:
    """Makes a column from one 1-D array or sequence of any dtype."""
    if isinstance(values, list | tuple):
        return column_from_objects(name, values)
    values = np.asarray(values)
    if values.ndim != 1:
        raise ValueError(
            f"Column {name!r} must have one value per row, i.e. be 1-D, but its "
            f"shape is {values.shape}. Split it into several columns."
        )
    if np.ma.is_masked(values) or values.dtype.kind in "OSUcV":
        return column_from_objects(name, values.tolist())
    if values.dtype.kind == "b":
        return label_column(name, values.astype("int64"), [False, True], boolean=True)
    if values.dtype.kind == "M":
        return DateColumn(name, values.astype("datetime64[s]"))
    if values.dtype.kind == "m":
        return NumberColumn(name, values / np.timedelta64(1, "D"))
    wide = {"i": "int64", "u": "uint64"}.get(values.dtype.kind, "float64")
    return NumberColumn(name, values.astype(wide))


def column_from_objects(name: str, values: Iterable[object]) -> Column:
    """Makes a column from Python objects, whatever their types."""
    codes, distinct = factorize(name, values)
    known = [value for value in distinct if not is_missing(value)]
    if known and all(isinstance(value, bool | np.bool_) for value in known):
        return label_column(name, codes, distinct, boolean=True)
    if known and all(_is_number(value) for value in known):
        return NumberColumn(name, _number_array(name, distinct)[codes])
    if known and all(_is_date(value) for value in known):
        return DateColumn(name, _date_array(distinct)[codes])
    return label_column(name, codes, distinct)


def factorize(name: str, values: Iterable[object]) -> tuple[np.ndarray, list]:
    """Returns codes `(rows,)` and the distinct values they point to."""
    index: dict[object, int] = {}
    try:
        codes = [index.setdefault(value, len(index)) for value in values]
    except TypeError:
        raise _container_error(name, "lists, dicts or arrays") from None
    return np.array(codes, dtype="int64"), list(index)


def is_missing(value: object) -> bool:
    """Whether one cell is None, NaN, NaT, pandas.NA or a missing word."""
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return True
    if isinstance(value, str):
        return value.strip() in MISSING_WORDS
    return bool(value != value)


def word_of(name: str, value: object) -> str | None:
    """The word under which a cell is looked up; None for a missing cell."""
    if isinstance(value, str):
        word = value.strip()
        return None if word in MISSING_WORDS else word
    if isinstance(value, tuple | frozenset | complex | np.complexfloating):
        raise _container_error(name, f"{type(value).__name__} values")
    if is_missing(value):
        return None
    if isinstance(value, bytes):
        return word_of(name, value.decode("utf-8", errors="replace"))
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if _is_number(value):
        return number_word(value if isinstance(value, Real) else _as_float(value))
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(" ")
    return str(value).strip() or None


def number_word(value: Real) -> str:
    """One spelling per number: 1, 1.0 and True are "1"; 2.50 is "2.5"."""
    whole = isinstance(value, int | np.integer) or float(value).is_integer()
    return str(int(value)) if whole else repr(float(value))


def parse_number(word: str) -> float | None:
    """The number that a word spells (no "inf", no "1_000"), or None."""
    if not _NUMBER.fullmatch(word):
        return None
    number = float(word)
    return number if math.isfinite(number) else None


def parse_date(word: str) -> datetime.datetime | None:
    """The wall-clock time that an ISO 8601 word spells, or None."""
    if not _ISO_DATE.match(word):
        return None
    try:
        return datetime.datetime.fromisoformat(word).replace(tzinfo=None)
    except ValueError:
        return None


def finite(name: str, values: np.ndarray) -> np.ndarray:
    """Returns float64 values unless one of them is infinite."""
    infinite = np.isinf(values)
    if infinite.any():
        row = int(np.argmax(infinite))
        raise ValueError(
            f"Column {name!r} holds an infinity (first in row {row}). Replace "
            "infinities by a number, or by NaN for 'not known'."
        )
    return values


def _is_number(value: object) -> bool:
    # Decimal is no numbers.Real, yet float() understands it.
    return isinstance(value, Real | np.timedelta64 | datetime.timedelta) or (
        type(value).__name__ == "Decimal"
    )


def _number_array(name: str, values: list) -> np.ndarray:
    missing = [is_missing(value) for value in values]
    try:
        if not any(missing) and all(type(value) is int for value in values):
            return np.array(values, dtype="int64")
    except OverflowError:
        pass
    try:
        return np.array(
            [
                np.nan if gone else _as_float(value)
                for value, gone in zip(values, missing, strict=True)
            ],
            dtype="float64",
        )
    except OverflowError:
        raise ValueError(
            f"Column {name!r} holds an integer too large for float64. Rescale the "
            "column, or turn it into text."
        ) from None


def _as_float(value: object) -> float:
    if isinstance(value, datetime.timedelta | np.timedelta64):
        return float(value / np.timedelta64(1, "D"))
    return float(value)


def _is_date(value: object) -> bool:
    return isinstance(value, datetime.date | np.datetime64)


def _date_array(values: list) -> np.ndarray:
    plain = [
        np.datetime64("NaT", "s")
        if is_missing(value)
        else value.replace(tzinfo=None)
        if isinstance(value, datetime.datetime)
        else value
        for value in values
    ]
    return np.array([np.datetime64(value, "s") for value in plain])


def _container_error(name: str, what: str) -> ValueError:
    return ValueError(
        f"Column {name!r} holds {what}; a cell must be one number, word, date or "
        "truth value. Split the column into plain ones, or adapt with "
        f'`columns={{{name!r}: "ignore"}}`.'
    )
