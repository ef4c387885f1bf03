"""Names of labels <-> columns."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_docs.models.xr.label_rows import LabelRows
from keras_docs.models.xr.string_list_file import read_strings, write_strings
from keras_docs.models.xr.term_counts import build_csr, count_columns
from keras_docs.models.xr.text_column import as_list, describe

if TYPE_CHECKING:
    from scipy.sparse import csr_array

# Looking for the nearest of more names takes longer than a user waits.
MAX_NAMES_COMPARED = 100_000
# Ids far beyond this are no positions: product numbers, for example.
MAX_UNUSED_IDS = 1_000_000


class LabelVocabulary:
    """The names of all labels, in the order of their columns.

    Args:
        names: list of different strings.

    Raises:
        ValueError: a name is empty, twice there, or no string.
    """

    def __init__(self, names: Sequence[str]):
        self.names = _check_names(names)
        self._column_of = {name: column for column, name in enumerate(self.names)}
        self._names_and_none = np.array([*self.names, None], dtype=object)

    @classmethod
    def learn(cls, labels: LabelRows, names: Any = None) -> LabelVocabulary:
        """Takes the names as given, or else as the labels hold them, sorted.

        Args:
            labels: of the training rows.
            names: None or a list with a name for each column. Without it, labels that
                are ids or columns are named "0", "1", ...
        """
        if names is not None:
            return cls(names)
        if labels.names is not None:
            return cls(sorted(set(labels.names)))
        count = labels.num_columns or int(labels.ids.max(initial=-1)) + 1
        if count > max(MAX_UNUSED_IDS, 10 * len(labels.ids)):
            raise ValueError(
                f"`y` holds ids of {count} labels in {len(labels.ids)} entries. If "
                "they do not go from 0 to the number of labels, pass them as strings; "
                "if they do, pass `label_names`."
            )
        return cls(list(map(str, range(count))))

    def __len__(self) -> int:
        return len(self.names)

    def extended(self, names: Sequence[str]) -> LabelVocabulary:
        """A vocabulary with new names after the old ones, which keep their columns."""
        return LabelVocabulary([*self.names, *_check_names(names)])

    def encode(self, labels: LabelRows, allow_unlabelled: bool) -> csr_array:
        """Labels as a matrix.

        Args:
            labels: of some documents.
            allow_unlabelled: bool, whether a document may have none.

        Returns:
            SciPy CSR array (documents, labels) of float32 ones.

        Raises:
            ValueError: a label is unknown, or a document has none.
        """
        columns = self._columns(labels)
        if (columns < 0).any():
            raise ValueError(self._unknown_message(labels, int(np.argmin(columns))))
        if not allow_unlabelled and not labels.lengths.all():
            raise ValueError(
                f"Row {int(np.argmin(labels.lengths))} of `y` has no label. Leave "
                "documents without labels out (`y` of the others, and the same rows "
                f"of `x`): {np.count_nonzero(labels.lengths == 0)} of "
                f"{len(labels.lengths)} have none."
            )
        columns, ones, lengths = count_columns(columns, labels.lengths)
        ones[:] = 1
        return build_csr((columns, ones, lengths), len(self))

    def encode_truth(self, labels: LabelRows) -> np.ndarray:
        """Labels as padded ids, with further ids for unknown names.

        Returns:
            int32 array (documents, most labels of one), padded with -1.
        """
        columns = self._columns(labels)
        unknown = np.flatnonzero(columns < 0)
        if len(unknown):
            names = [labels.names[position] for position in unknown.tolist()]
            _, numbers = np.unique(names, return_inverse=True)
            columns[unknown] = len(self) + numbers
        columns, _, lengths = count_columns(columns, labels.lengths)
        padded = np.full((len(lengths), max(int(lengths.max()), 1)), -1, np.int32)
        padded[np.arange(padded.shape[1]) < lengths[:, None]] = columns
        return padded

    def decode(self, ids: Any) -> np.ndarray:
        """Names of ids, of the same shape; None for -1.

        Raises:
            ValueError: an id is no integer, or out of range.
        """
        ids = np.asarray(ids)
        if ids.dtype.kind not in "iu" or not ((ids >= -1) & (ids < len(self))).all():
            raise ValueError(
                f"`ids` must be integers from -1 (none) to {len(self) - 1}. Received "
                f"{describe(ids)}, dtype {ids.dtype}."
            )
        # -1 picks the last.
        return self._names_and_none[ids]

    def save(self, path: Path) -> None:
        """Writes the names, one JSON string a line."""
        write_strings(path, self.names)

    @classmethod
    def load(cls, path: Path) -> LabelVocabulary:
        """Reads what `save` wrote."""
        return cls(read_strings(path))

    def _columns(self, labels: LabelRows) -> np.ndarray:
        if labels.names is not None:
            found = map(self._column_of.get, labels.names, repeat(-1))
            return np.fromiter(found, np.int64, len(labels.names))
        if labels.num_columns is not None and labels.num_columns != len(self):
            raise ValueError(
                f"`y` has {labels.num_columns} columns, but there are {len(self)} "
                "labels. Pass a column for each label, in their order."
            )
        ids = labels.ids
        bad = (ids < 0) | (ids >= len(self))
        if bad.any():
            position = int(np.argmax(bad))
            raise ValueError(
                f"Row {labels.row_of(position)} of `y` holds the label id "
                f"{ids[position]}, but ids go from 0 to {len(self) - 1}."
            )
        return ids

    def _unknown_message(self, labels: LabelRows, position: int) -> str:
        name = labels.names[position]
        compared = self.names if len(self) <= MAX_NAMES_COMPARED else []
        nearest = difflib.get_close_matches(name, compared, n=1)
        hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
        return (
            f"Row {labels.row_of(position)} of `y` holds the label {name!r:.80}, which "
            f"was never seen in training ({len(self)} labels).{hint} Leave it out, or "
            "add new labels with `partial_fit`."
        )


def _check_names(names: Any) -> list[str]:
    names = as_list(names)
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError(
            "Labels need names: a list of at least one string. Received "
            f"{describe(names)}."
        )
    blank = next((i for i, name in enumerate(names) if not name.strip()), None)
    if blank is not None:
        raise ValueError(f"Label {blank} has an empty name ({names[blank]!r}).")
    if len(set(names)) != len(names):
        seen: set[str] = set()
        twice = next(name for name in names if name in seen or seen.add(name))
        raise ValueError(
            f"Two labels are named {twice!r:.80}. Give each a name of its own, for "
            "example with its identifier."
        )
    return list(map(str, names))
