"""Documents in, sparse features out; names of labels in, sparse labels out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from keras_docs.models.base import Preprocessor
from keras_docs.models.xr.feature_matrix import check_rows
from keras_docs.models.xr.label_rows import LabelRows
from keras_docs.models.xr.label_vocabulary import LabelVocabulary
from keras_docs.models.xr.ranker_input import RankerInput
from keras_docs.models.xr.vectorizer_union import VectorizerUnion

if TYPE_CHECKING:
    from scipy.sparse import csr_array

LABELS_FILE = "labels.txt"


@keras.saving.register_keras_serializable(package="keras_docs")
class XRRankerPreprocessor(Preprocessor):
    """Turns documents and their labels into what XR models are trained on.

    Documents are texts, which become TF-IDF rows; or a matrix of features, taken as it
    is; or both, side by side. What was learned is plain: the settings are the config,
    and terms, their weights and the labels' names are text and array files.

    Args:
        vectorizers: list of dicts, each the arguments of one `TfidfVectorizer`. The
            columns of several are joined, and each row scaled to length one. None
            stands for one with its default settings.
        reads_text: bool, whether documents are texts, or have a text; learned by
            `adapt`.
        num_columns: int, columns of the feature matrix; learned by `adapt`.
        **kwargs: `name` and `dtype` of the layer.

    Call arguments:
        x: list, array or Series of texts; SciPy sparse matrix or 2-D array of numbers
            (documents, columns); or `{"text": texts, "features": matrix}`. Unsorted or
            repeated indices of a sparse matrix are put in order in a copy.
        y: None, or the labels: list of lists of names; list of lists of ids, integers
            from 0; list of one name or id per document; or matrix (documents, labels),
            in which each value above 0 is a label.
        sample_weight: None or float array (documents,).

    Returns:
        `x`, `(x, y)` or `(x, y, sample_weight)`: SciPy CSR arrays of float32,
        (documents, `num_features`) and (documents, `num_labels`), with sorted columns;
        labels are ones.

    Raises:
        ValueError: a row can't be used; names it, and the way out.

    Example:
    ```python
    texts = ["open data portal", "open source code", "closed source"]
    subjects = [["data"], ["software", "law"], ["software"]]
    preprocessor = XRRankerPreprocessor().adapt(texts, subjects)
    x, y = preprocessor(texts, subjects)
    x.shape, y.shape  # ((3, 6), (3, 3))
    preprocessor.labels  # ["data", "law", "software"]
    ```
    """

    def __init__(
        self,
        *,
        vectorizers: Sequence[Mapping[str, Any]] | None = None,
        reads_text: bool = True,
        num_columns: int = 0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self._vectorizers = VectorizerUnion(
            [{}] if vectorizers is None else vectorizers
        )
        self._reads_text = _check_reads_text(reads_text)
        self._num_columns = _check_num_columns(num_columns)
        self._labels: LabelVocabulary | None = None

    def adapt(
        self, x: Any, y: Any, label_names: Sequence[str] | None = None
    ) -> XRRankerPreprocessor:
        """Learns terms and labels. See `fit_transform`, which also encodes."""
        self.fit_transform(x, y, label_names)
        return self

    def fit_transform(
        self, x: Any, y: Any, label_names: Sequence[str] | None = None
    ) -> tuple[csr_array, csr_array]:
        """Learns terms and labels from training documents, and encodes these.

        A second call replaces everything; one that fails changes nothing.

        Args:
            x: documents, as in a call.
            y: their labels, as in a call.
            label_names: None or the names of all labels, in the order of their columns.
                None takes those that `y` holds, sorted; ids and the columns of a matrix
                are then named "0", "1", ...

        Returns:
            Features and labels, as a call returns them.

        Raises:
            ValueError: `x` or `y` can't be learned from; names the row and the way out.
        """
        documents, labels = RankerInput.read(x), LabelRows.read(y)
        check_rows(len(labels.lengths), "y", documents.rows, "x")
        vocabulary = LabelVocabulary.learn(labels, label_names)
        encoded = vocabulary.encode(labels, allow_unlabelled=False)
        vectorizers = self._vectorizers.unfitted()
        weighed = None
        if documents.texts is not None:
            weighed = vectorizers.fit_transform(documents.texts)
        self._vectorizers, self._labels = vectorizers, vocabulary
        self._reads_text = weighed is not None
        self._num_columns = documents.num_columns
        return _beside(weighed, documents.features), encoded

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        features = self.encode_features(x)
        if y is not None:
            y = self.encode_labels(y)
            check_rows(y.shape[0], "y", features.shape[0], "x")
        return keras.utils.pack_x_y_sample_weight(features, y, sample_weight)

    def encode_features(self, x: Any) -> csr_array:
        """Encodes documents.

        Args:
            x: documents, as in a call.

        Returns:
            SciPy CSR array (documents, `num_features`), float32. A text without a known
            term gives a row of zeros.

        Raises:
            ValueError: `x` is of another kind than what was learned from, a text is
                empty, or a number is not finite.
        """
        self._require_adapted()
        documents = RankerInput.read(x)
        expected = _kind(self._reads_text, self._num_columns)
        received = _kind(documents.texts is not None, documents.num_columns)
        if received != expected:
            raise ValueError(
                f"`x` must be {expected}, as in training. Received {received}."
            )
        weighed = None
        if documents.texts is not None:
            weighed = self._vectorizers.transform(documents.texts)
        return _beside(weighed, documents.features)

    def encode_labels(self, y: Any, *, allow_unlabelled: bool = False) -> csr_array:
        """Encodes labels.

        Args:
            y: labels, as in a call.
            allow_unlabelled: bool, whether a document may have none.

        Returns:
            SciPy CSR array (documents, `num_labels`) of float32 ones.

        Raises:
            ValueError: a label was never seen, or a document has none; names the row.
        """
        labels = LabelRows.read(y)
        return self._require_adapted().encode(labels, allow_unlabelled)

    def encode_truth(self, y: Any) -> np.ndarray:
        """Encodes labels for the metrics, which count labels that no model knows.

        Args:
            y: labels, as in a call. A name that was never seen gets an id above those
                of all labels: it is a label that can't be found, not an error. A
                document may have no label.

        Returns:
            int32 array (documents, p) of ids, padded with -1.
        """
        return self._require_adapted().encode_truth(LabelRows.read(y))

    def decode_labels(self, ids: Any) -> np.ndarray:
        """Names of labels.

        Args:
            ids: integers of any shape, from 0 to `num_labels` - 1; or -1 for none.

        Returns:
            Array of objects of the same shape: strings, and None for -1.
        """
        return self._require_adapted().decode(ids)

    def add_labels(self, names: Sequence[str]) -> None:
        """Appends labels; the others keep their ids.

        Args:
            names: list of strings, none of them a label yet.
        """
        self._labels = self._require_adapted().extended(names)

    def remove_labels(self, count: int) -> None:
        """Takes back labels that `add_labels` appended.

        Args:
            count: int, how many, from the end.
        """
        self._labels = LabelVocabulary(self.labels[:-count])

    @property
    def is_adapted(self) -> bool:
        """Whether terms and labels were learned or loaded."""
        return self._labels is not None

    @property
    def labels(self) -> list[str]:
        """Names of the labels, in the order of their columns."""
        return list(self._require_adapted().names)

    @property
    def num_labels(self) -> int:
        """How many labels there are."""
        return len(self._require_adapted())

    @property
    def num_features(self) -> int:
        """Columns of the features: terms, then the columns of the matrix."""
        self._require_adapted()
        terms = self._vectorizers.num_features if self._reads_text else 0
        return terms + self._num_columns

    @property
    def vectorizers(self) -> list:
        """The `TfidfVectorizer`s."""
        return list(self._vectorizers.parts)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "vectorizers": self._vectorizers.get_config(),
            "reads_text": self._reads_text,
            "num_columns": self._num_columns,
        }

    def save_assets(self, folder: str | Path) -> None:
        """Writes what was learned, besides the config.

        Args:
            folder: an existing folder. It gets `labels.txt` and, if there are texts,
                `vectorizer_<n>/vocabulary.txt` and `idf.npy`.
        """
        labels = self._require_adapted()
        if self._reads_text:
            self._vectorizers.save_assets(Path(folder))
        labels.save(Path(folder) / LABELS_FILE)

    def load_assets(self, folder: str | Path) -> None:
        """Reads what `save_assets` wrote.

        Args:
            folder: the folder.

        Raises:
            ValueError: a file is missing or damaged.
        """
        folder = Path(folder)
        vectorizers = self._vectorizers.unfitted()
        if self._reads_text:
            vectorizers.load_assets(folder)
        self._labels = LabelVocabulary.load(folder / LABELS_FILE)
        self._vectorizers = vectorizers

    def __repr__(self) -> str:
        if not self.is_adapted:
            return "XRRankerPreprocessor, not adapted"
        parts = [repr(part) for part in self.vectorizers if part.is_fitted]
        if self._num_columns:
            parts.append(f"feature matrix: {self._num_columns:,} columns")
        names = ", ".join(map(repr, self.labels[:3]))
        more = ", ..." if self.num_labels > 3 else ""
        return "\n  ".join(
            [
                f"XRRankerPreprocessor: {self.num_features:,} features -> "
                f"{self.num_labels:,} labels",
                *parts,
                f"labels: {names}{more}",
            ]
        )

    def _require_adapted(self) -> LabelVocabulary:
        if self._labels is None:
            raise ValueError(
                "This preprocessor has learned nothing yet. Call "
                "`preprocessor.adapt(texts, labels)` first, or load a preset."
            )
        return self._labels


def _check_reads_text(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"`reads_text` must be True or False. Received: {value!r}.")
    return value


def _check_num_columns(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(
            f"`num_columns` must be an integer of at least 0. Received: {value!r}."
        )
    return value


def _kind(reads_text: bool, num_columns: int) -> str:
    if not num_columns:
        return "texts"
    matrix = f"a matrix with {num_columns} columns"
    return f'{{"text": texts, "features": {matrix}}}' if reads_text else matrix


def _beside(weighed: csr_array | None, features: csr_array | None) -> csr_array:
    if weighed is None or features is None:
        return features if weighed is None else weighed
    from scipy.sparse import hstack

    return hstack([weighed, features], format="csr")
