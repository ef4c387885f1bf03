"""The checked constructor arguments of `TfidfVectorizer`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

ANALYZERS = ("word", "char", "char_wb")
NORMS = ("l2", "l1", None)
ACCENTS = (None, "unicode")


@dataclass(frozen=True)
class TfidfSettings:
    """See `TfidfVectorizer` for what each field means."""

    analyzer: str
    ngram_range: tuple[int, int]
    token_pattern: str
    lowercase: bool
    strip_accents: str | None
    stop_words: tuple[str, ...] | None
    min_df: int | float | None
    max_df: int | float
    max_features: int | None
    binary: bool
    sublinear_tf: bool
    use_idf: bool
    smooth_idf: bool
    norm: str | None

    def __post_init__(self):
        _check_choice("analyzer", self.analyzer, ANALYZERS)
        _check_choice("strip_accents", self.strip_accents, ACCENTS)
        _check_choice("norm", self.norm, NORMS)
        for name in ("lowercase", "binary", "sublinear_tf", "use_idf", "smooth_idf"):
            _check_choice(name, getattr(self, name), (True, False))
        if self.min_df is not None:
            _check_frequency("min_df", self.min_df)
        _check_frequency("max_df", self.max_df)
        if self.max_features is not None and not _is_count(self.max_features):
            raise ValueError(
                "`max_features` must be None or an integer of at least 1, but received "
                f"{self.max_features!r}."
            )
        _check_pattern(self.token_pattern)
        object.__setattr__(self, "ngram_range", _as_range(self.ngram_range))
        object.__setattr__(self, "stop_words", _as_words(self.stop_words))


def _check_choice(name: str, value: object, choices: tuple) -> None:
    # Not `in` alone: 1 == True, and an unhashable value must not raise a TypeError.
    if not any(value is c or (isinstance(c, str) and value == c) for c in choices):
        raise ValueError(f"`{name}` must be one of {choices}, but received {value!r}.")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _check_frequency(name: str, value: object) -> None:
    is_share = isinstance(value, float) and 0.0 <= value <= 1.0
    if not is_share and not _is_count(value):
        raise ValueError(
            f"`{name}` must be a number of texts (an integer of at least 1) or a share "
            f"of them (a float in [0.0, 1.0]), but received {value!r}."
        )


def _check_pattern(pattern: object) -> None:
    if not isinstance(pattern, str):
        raise ValueError(f"`token_pattern` must be a string. Received: {pattern!r}.")
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise ValueError(
            f"`token_pattern` is no regular expression: {pattern!r} ({error})."
        ) from error
    if groups > 1:
        raise ValueError(
            f"`token_pattern` must have at most one group, the token, but {pattern!r} "
            f"has {groups}. Write the others as `(?:...)`."
        )


def _as_range(given: object) -> tuple[int, int]:
    values = tuple(given) if isinstance(given, (tuple, list)) else ()
    if len(values) != 2 or not all(map(_is_count, values)) or values[0] > values[1]:
        raise ValueError(
            "`ngram_range` must be (shortest, longest), such as (1, 2), but received "
            f"{given!r}."
        )
    return values


def _as_words(given: object) -> tuple[str, ...] | None:
    if given is None:
        return None
    is_list = isinstance(given, Sequence | set | frozenset)
    if isinstance(given, str) or not is_list or not all(_is_text(w) for w in given):
        raise ValueError(
            f"`stop_words` must be None or a list of words, but received {given!r:.80}."
        )
    return tuple(sorted(set(given)))


def _is_text(value: object) -> bool:
    return isinstance(value, str)
