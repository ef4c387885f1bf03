"""Terms of many texts -> a sparse matrix of counts, in a few passes of NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

# Bounds the memory for what is between a text and its counts; more is not faster.
CHARACTERS_AT_ONCE = 4_000_000
_COLUMN = np.int64(2**32 - 1)

# Numbers of terms, text after text, and how many each text has.
Numbers = tuple[np.ndarray, np.ndarray]
# Columns, values, and entries per row, row after row.
Rows = tuple[np.ndarray, np.ndarray, np.ndarray]


def count_terms(texts: Sequence[str], number: Callable[..., Numbers]) -> Rows:
    """Counts the terms of each text.

    Args:
        texts: sequence of strings.
        number: function of some texts, such as `TermDictionary.find`.

    Returns:
        As `count_columns`.
    """
    parts = [count_columns(*number(batch)) for batch in _batches(texts)]
    if len(parts) == 1:
        return parts[0]
    columns, counts, lengths = map(np.concatenate, zip(*parts, strict=True))
    return columns, counts, lengths


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    start = characters = 0
    for stop, text in enumerate(texts):
        characters += len(text)
        if characters > CHARACTERS_AT_ONCE and stop > start:
            yield texts[start:stop]
            start, characters = stop, len(text)
    yield texts[start:]


def count_columns(columns: np.ndarray, lengths: np.ndarray) -> Rows:
    """Sorts the columns named in each row, and counts how often each is named.

    Args:
        columns: int array (names,), row after row; -1 is left out.
        lengths: int array (rows,), names per row.

    Returns:
        Columns int32 (n,) and counts float32 (n,), row after row, and how many of them
        each row has, int64 (rows,).
    """
    rows = np.repeat(np.arange(len(lengths), dtype=np.int64) << 32, lengths)
    keys = (rows | columns)[columns >= 0]
    keys.sort()
    is_bound = np.ones(len(keys) + 1, bool)
    np.not_equal(keys[1:], keys[:-1], out=is_bound[1:-1])
    bounds = np.flatnonzero(is_bound)
    counts = (bounds[1:] - bounds[:-1]).astype(np.float32)
    keys = keys[bounds[:-1]]
    kept = np.bincount(keys >> 32, minlength=len(lengths))
    return (keys & _COLUMN).astype(np.int32), counts, kept


def build_csr(rows: Rows, num_columns: int) -> csr_array:
    """A SciPy CSR array of rows that are given one after the other.

    Args:
        rows: columns (n,), values (n,) and entries per row (rows,).
        num_columns: int, the width.
    """
    from scipy.sparse import csr_array

    columns, data, lengths = rows
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    if len(columns) <= np.iinfo(np.int32).max:
        starts = starts.astype(np.int32)
    return csr_array((data, columns, starts), shape=(len(lengths), num_columns))
