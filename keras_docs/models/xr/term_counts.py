"""Terms of many texts -> a sparse matrix of counts, in a few passes of NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

# Bounds the Python strings alive at once; larger is not faster.
TEXTS_AT_ONCE = 8192
_COLUMN = np.int64(2**32 - 1)

# Columns, values, and entries per row, row after row.
Rows = tuple[np.ndarray, np.ndarray, np.ndarray]


def count_terms(
    texts: Sequence[str],
    analyze: Callable[[str], list[str]],
    columns_of: Callable[[Iterable[str]], Iterable[int]],
) -> Rows:
    """Counts the terms of each text.

    Args:
        texts: sequence of strings.
        analyze: function of a text, which gives the list of its terms.
        columns_of: function of an iterable of terms, which gives their columns; -1 is
            left out.

    Returns:
        As `count_columns`.
    """
    if len(texts) <= TEXTS_AT_ONCE:
        return _count_batch(texts, analyze, columns_of)
    parts = [
        _count_batch(texts[start : start + TEXTS_AT_ONCE], analyze, columns_of)
        for start in range(0, len(texts), TEXTS_AT_ONCE)
    ]
    columns, counts, lengths = map(np.concatenate, zip(*parts, strict=True))
    return columns, counts, lengths


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
    first = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    starts = np.flatnonzero(first)
    counts = np.diff(starts, append=len(keys)).astype(np.float32)
    keys = keys[starts]
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


def _count_batch(texts, analyze, columns_of) -> Rows:
    terms = list(map(analyze, texts))
    lengths = np.fromiter(map(len, terms), np.int64, len(terms))
    named = columns_of(chain.from_iterable(terms))
    return count_columns(np.fromiter(named, np.int64, lengths.sum()), lengths)
