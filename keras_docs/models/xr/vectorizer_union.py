"""Several TF-IDF vectorizers side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_docs.models.xr.text_column import describe
from keras_docs.models.xr.tfidf_vectorizer import TfidfVectorizer

if TYPE_CHECKING:
    from scipy.sparse import csr_array


class VectorizerUnion:
    """Joins the columns of several vectorizers, words and characters for example.

    Rows of more than one are scaled to length one again, so that none outweighs the
    others by being there.

    Args:
        settings: list of dicts, each the arguments of one `TfidfVectorizer`.
    """

    def __init__(self, settings: Sequence[Mapping[str, Any]]):
        if not _is_list_of_dicts(settings):
            raise ValueError(
                "`vectorizers` must be a list with the arguments of each "
                'TfidfVectorizer, such as [{"analyzer": "word"}, {"analyzer": "char", '
                f'"ngram_range": (3, 5)}}]. Received {describe(settings)}.'
            )
        self.parts = [TfidfVectorizer(**part) for part in settings]

    def fit_transform(self, texts: list[str]) -> csr_array:
        """Fits new vectorizers' state on the texts, and weighs them."""
        return _join([part.fit_transform(texts) for part in self.parts])

    def transform(self, texts: list[str]) -> csr_array:
        """Weighs texts: SciPy CSR array (texts, `num_features`), float32."""
        return _join([part.transform(texts) for part in self.parts])

    def unfitted(self) -> VectorizerUnion:
        """Vectorizers with the same settings that have learned nothing."""
        return VectorizerUnion(self.get_config())

    @property
    def is_fitted(self) -> bool:
        """Whether all have learned."""
        return all(part.is_fitted for part in self.parts)

    @property
    def num_features(self) -> int:
        """Columns of all together."""
        return sum(part.num_features for part in self.parts)

    def get_config(self) -> list[dict[str, Any]]:
        """The settings as plain JSON values."""
        return [part.get_config() for part in self.parts]

    def save_assets(self, folder: Path) -> None:
        """Writes each vectorizer to a folder of its own within `folder`."""
        for part, place in zip(self.parts, self._places(folder), strict=True):
            place.mkdir(exist_ok=True)
            part.save_assets(place)

    def load_assets(self, folder: Path) -> None:
        """Reads what `save_assets` wrote."""
        for part, place in zip(self.parts, self._places(folder), strict=True):
            part.load_assets(place)

    def _places(self, folder: Path) -> list[Path]:
        return [folder / f"vectorizer_{number}" for number in range(len(self.parts))]


def _is_list_of_dicts(settings: Any) -> bool:
    is_list = isinstance(settings, (list, tuple)) and len(settings) > 0
    return is_list and all(isinstance(part, Mapping) for part in settings)


def _join(matrices: list[csr_array]) -> csr_array:
    if len(matrices) == 1:
        return matrices[0]
    from scipy.sparse import hstack

    joined = hstack(matrices, format="csr")
    lengths = np.diff(joined.indptr)
    norms = np.sqrt(joined.power(2).sum(axis=1))
    joined.data /= np.repeat(norms, lengths)
    return joined
