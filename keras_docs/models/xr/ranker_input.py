"""What users pass as documents: texts, a matrix of features, or both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keras_docs.models.xr.feature_matrix import check_rows, is_matrix, read_matrix
from keras_docs.models.xr.text_column import (
    describe,
    read_texts,
    refuse_blank_texts,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_array

KEYS = {"text", "features"}


@dataclass(frozen=True, eq=False)
class RankerInput:
    """Checked documents; at least one of the two is there."""

    texts: list[str] | None
    features: csr_array | None

    @classmethod
    def read(cls, x: Any) -> RankerInput:
        """Reads documents of any supported kind.

        Args:
            x: list, array or Series of strings; a matrix; or the dict
                `{"text": strings, "features": matrix}`.

        Raises:
            ValueError: it is something else, or a row can't be used.
        """
        if isinstance(x, Mapping):
            return cls._read_both(x)
        if is_matrix(x):
            return cls(None, read_matrix(x, "x"))
        if isinstance(x, str) or not _is_column(x):
            shown = f" Pass [{x!r:.40}]." if isinstance(x, str) else ""
            raise ValueError(
                "`x` must be a list, array or Series of texts, a matrix of features, "
                'or {"text": texts, "features": matrix}. Received '
                f"{describe(x)}.{shown}"
            )
        return cls(_read_texts(x, "x"), None)

    @classmethod
    def _read_both(cls, x: Mapping) -> RankerInput:
        if set(x) != KEYS:
            raise ValueError(
                'A dict `x` must be {"text": texts, "features": matrix}, but its keys '
                f"are {sorted(map(str, x))}. Pass texts alone, or a matrix alone, "
                "without a dict."
            )
        texts = _read_texts(x["text"], 'x["text"]')
        features = read_matrix(x["features"], 'x["features"]')
        check_rows(features.shape[0], 'x["features"]', len(texts), 'x["text"]')
        return cls(texts, features)

    @property
    def rows(self) -> int:
        """How many documents there are."""
        return len(self.texts) if self.texts is not None else self.features.shape[0]

    @property
    def num_columns(self) -> int:
        """Columns of the matrix; 0 without one."""
        return 0 if self.features is None else self.features.shape[1]


def _read_texts(x: Any, name: str) -> list[str]:
    texts = read_texts(x, name)
    refuse_blank_texts(texts, name)
    return texts


def _is_column(x: Any) -> bool:
    is_series = len(getattr(x, "shape", ())) == 1 or hasattr(x, "to_pylist")
    return isinstance(x, (list, tuple)) or is_series
