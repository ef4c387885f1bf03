"""What users pass as labels: lists of names, lists of ids, or a matrix."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from keras_docs.models.xr.feature_matrix import is_matrix, read_matrix
from keras_docs.models.xr.text_column import as_list, describe


@dataclass(frozen=True, eq=False)
class LabelRows:
    """Labels of documents, row after row.

    Either names (`list[str]`) or ids (int64 array), and how many each row has. A matrix
    also tells how many labels there are.
    """

    names: list[str] | None
    ids: np.ndarray | None
    lengths: np.ndarray
    num_columns: int | None = None

    @classmethod
    def read(cls, y: Any) -> LabelRows:
        """Reads labels of any supported kind.

        Args:
            y: list of lists of names, or of ids; list of one name or id per row; or a
                matrix (rows, labels), in which each value that is not 0 is a label.

        Raises:
            ValueError: it is something else, or a row can't be used.
        """
        if is_matrix(y):
            return cls._read_matrix(y)
        rows = as_list(y)
        if rows is None:
            raise ValueError(
                "`y` must be a list with the labels of each document, such as "
                "[['law', 'tax'], ['art']], or a matrix (documents, labels). Received "
                f"{describe(y)}."
            )
        if not rows:
            raise ValueError("`y` is empty: it must have one row per document.")
        if not set(map(type, rows)) <= {list, tuple}:
            rows = [_as_row(entry, row) for row, entry in enumerate(rows)]
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        flat = list(chain.from_iterable(rows))
        if set(map(type, flat)) <= {str}:
            return cls(flat, None, lengths)
        _check_one_kind(flat, lengths)
        if isinstance(flat[0], str):
            return cls(list(map(str, flat)), None, lengths)
        return cls(None, np.array(flat, np.int64), lengths)

    @classmethod
    def _read_matrix(cls, y: Any) -> LabelRows:
        matrix = read_matrix(y, "y")
        if (matrix.data < 0).any():
            raise ValueError(
                "`y` holds a negative value. In a matrix of labels, 0 is no label and "
                "anything above it is one."
            )
        present = matrix.data > 0
        row_of = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        lengths = np.bincount(row_of[present], minlength=matrix.shape[0])
        ids = matrix.indices[present].astype(np.int64)
        return cls(None, ids, lengths, matrix.shape[1])

    def row_of(self, position: int) -> int:
        """The row of the label at a position of `names` or `ids`."""
        return _row_of(position, self.lengths)


def _row_of(position: int, lengths: np.ndarray) -> int:
    return int(np.searchsorted(np.cumsum(lengths), position, side="right"))


def _as_row(entry: Any, row: int) -> list:
    if isinstance(entry, str) or _is_integer(entry):
        return [entry]
    if isinstance(entry, (set, frozenset)):
        return sorted(entry, key=str)
    labels = as_list(entry)
    if labels is None:
        raise ValueError(
            f"Row {row} of `y` must be a list of labels, but it is {describe(entry)}. "
            "Pass a document without labels as []."
        )
    return labels


def _is_integer(value: Any) -> bool:
    is_number = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return is_number and abs(int(value)) <= np.iinfo(np.int64).max


def _check_one_kind(flat: list, lengths: np.ndarray) -> None:
    names = isinstance(flat[0], str)
    for position, label in enumerate(flat):
        if not (isinstance(label, str) if names else _is_integer(label)):
            raise ValueError(
                f"Row {_row_of(position, lengths)} of `y` holds {describe(label)}. "
                "Labels must be all names (strings) or all ids (integers)."
            )
