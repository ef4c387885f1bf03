"""Nearest neighbours among labels: a ranker that needs no training, and a matcher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from usearch.index import BatchMatches, Index, Matches

from keras_docs.models.xr.feature_matrix import read_matrix
from keras_docs.models.xr.label_representation import pifa
from keras_docs.models.xr.level_tasks import entries_of
from keras_docs.models.xr.random_projection import (
    PARTS,
    projected,
    projection_of_arrays,
    random_projection,
)
from keras_docs.models.xr.xr_backbone import XRBackbone
from keras_docs.models.xr.xr_linear_settings import check_k

# Projected queries take tens of megabytes.
BLOCK_ROWS = 8192


@keras.saving.register_keras_serializable(package="keras_docs")
class NearestLabelMatcher(XRBackbone):
    """Finds labels whose documents resemble a document, by approximate nearest search.

    A label is the mean of its documents' features (PIFA). Labels and documents are
    projected at random to a few hundred dimensions, which keeps angles nearly as they
    are, and a document's neighbours are found in a graph of labels (HNSW, by usearch),
    in time that grows with the logarithm of the number of labels.

    There is nothing to train, and new labels are taken up at once; an `XRLinear` ranks
    better. The two go together: `XRLinear.predict(x, candidates=...)` ranks what this
    finds.

    Args:
        num_features: int, columns of the features.
        num_labels: int, columns of the labels.
        dim: int, dimensions to project to. More keep angles better. Features of no more
            columns are taken as they are.
        connectivity: int, edges of a node of the graph (M in the paper).
        expansion_add: int, candidates looked at to place a label (efConstruction).
        expansion_search: int, candidates looked at to answer (ef); at least `k`.
        seed: int, of the projection.
        name: string.

    Example:
    ```python
    matcher = keras_docs.NearestLabelMatcher(num_features=1836, num_labels=159)
    matcher.fit(x_train, y_train)
    candidates, _ = matcher.predict(x_test, k=100)
    labels, scores = xr_linear.predict(x_test, k=5, candidates=candidates)
    ```

    Reference:
    - [Malkov and Yashunin 2018, HNSW](https://arxiv.org/abs/1603.09320)
    - [Yu et al. 2020, PECOS, section 3.2](https://arxiv.org/abs/2010.05878)
    """

    tree = None

    def __init__(
        self,
        num_features: int,
        num_labels: int,
        *,
        dim: int = 1024,
        connectivity: int = 16,
        expansion_add: int = 128,
        expansion_search: int = 128,
        seed: int = 0,
        **kwargs: Any,
    ):
        settings = {
            "num_features": num_features,
            "num_labels": num_labels,
            "dim": dim,
            "connectivity": connectivity,
            "expansion_add": expansion_add,
            "expansion_search": expansion_search,
            "seed": seed,
        }
        for name, value in settings.items():
            _check_count(name, value, 0 if name == "seed" else 1)
        super().__init__(**kwargs)
        self.num_features, self.num_labels = num_features, num_labels
        # A tuple: Keras would wrap a dict and look for layers in it.
        self._settings = tuple(settings.items())
        self._projection: Any = None
        self._vectors: np.ndarray | None = None
        self._label_counts: np.ndarray | None = None
        self._num_rows = 0
        self._graph: Index | None = None

    # === Learning ===

    def fit(
        self, x: Any, y: Any, *, n_jobs: int = 1, verbose: int = 1
    ) -> NearestLabelMatcher:
        """Places every label; earlier ones are replaced.

        Args:
            x: CSR matrix or array (rows, num_features).
            y: CSR matrix or array (rows, num_labels), non-zero where a label fits.
                Labels without a row are never found.
            n_jobs: int, threads that build the graph. The graph of one thread is always
                the same; that of several differs a little each time.
            verbose: int, 1 shows a progress bar.

        Returns:
            The model itself.

        Raises:
            ValueError: shapes do not fit, a value is not finite, or no row has a label.
        """
        features = self._check_features(x)
        y = self._check_labels(y, features.shape[0])
        settings = dict(self._settings)
        self._projection = random_projection(
            self.num_features, settings["dim"], settings["seed"]
        )
        self._vectors = self._points(features, y)
        self._label_counts = _row_counts(y)
        self._num_rows = y.shape[0]
        self._graph = self._build_graph(n_jobs, bool(verbose))
        return self

    def resized(self, num_features: int, num_labels: int) -> NearestLabelMatcher:
        """An untrained model with the same settings for other data."""
        sizes = {"num_features": num_features, "num_labels": num_labels}
        return NearestLabelMatcher(**{**dict(self._settings), **sizes})

    def add_labels(self, x: Any, y: Any) -> NearestLabelMatcher:
        """Adds labels; the others stay where they are.

        Args:
            x: CSR matrix or array (rows, num_features).
            y: CSR matrix (rows, num_labels + new labels).

        Returns:
            The model itself.

        Raises:
            ValueError: `y` has other rows than `x`, or no more columns than there are
                labels, or a new label has no row.
        """
        self.require_fitted()
        features, y = self._check_features(x), entries_of(read_matrix(y, "y"))
        known = self.num_labels
        if y.shape[0] != features.shape[0] or y.shape[1] <= known:
            raise ValueError(
                f"`y` must have {features.shape[0]} rows, like `x`, and more than "
                f"{known} columns, for new labels. Received: {y.shape}."
            )
        counts = _row_counts(y)
        if not counts[known:].all():
            raise ValueError(
                f"`y` has no row for the new label {known + counts[known:].argmin()}. "
                "Give at least one document with each new label."
            )
        added = self._points(features, y[:, known:])
        counts[:known] += self._label_counts
        graph = self._ready_graph()
        graph.add(np.arange(known, len(counts)), added, threads=1)
        self._vectors = np.concatenate([self._vectors, added])
        self._label_counts = counts
        self._num_rows += y.shape[0]
        self.num_labels = len(counts)
        settings = dict(self._settings) | {"num_labels": self.num_labels}
        self._settings = tuple(settings.items())
        return self

    # === Ranking ===

    def predict(
        self, x: Any, k: int = 10, *, exact: bool = False, n_jobs: int = 1
    ) -> tuple[np.ndarray, np.ndarray]:
        """The nearest labels of each row.

        The first call after loading builds the graph, which takes as long as `fit`:
        about 20 seconds for 25,000 labels of 1,024 dimensions on one core.

        Args:
            x: CSR matrix or array (rows, num_features).
            k: int, how many labels.
            exact: bool, compare with every label instead of searching in the graph.
            n_jobs: int, threads.

        Returns:
            Label ids, int32 (rows, k), nearest first, -1 where there are fewer and for
            rows of zeros; and the cosines of the angles, float32 (rows, k), 0 where
            there is no label.

        Raises:
            ValueError: `x` has other columns or is not finite, `k` is not from 1 to
                the number of labels, or the model is not fitted.
        """
        self.require_fitted()
        features, k = self._check_features(x), check_k(k, self.num_labels)
        labels = np.full((features.shape[0], k), -1, "int32")
        cosines = np.zeros(labels.shape, "float32")
        graph = self._ready_graph()
        for first in range(0, len(labels), BLOCK_ROWS):
            block = slice(first, first + BLOCK_ROWS)
            queries = projected(features[block], self._projection)
            found = graph.search(
                queries.astype("float16"), k, exact=exact, threads=n_jobs
            )
            keys, distances, counts = _as_batch(found, k)
            is_there = np.arange(k) < counts[:, None]
            is_there &= queries.any(1)[:, None]
            labels[block][is_there] = keys[is_there]
            cosines[block][is_there] = 1 - distances[is_there]
        return labels, cosines

    # === Weights ===

    @property
    def is_fitted(self) -> bool:
        """Whether labels have their places."""
        return self._vectors is not None

    @property
    def num_weights(self) -> int:
        """How many numbers the labels' vectors have."""
        return 0 if self._vectors is None else self._vectors.size

    @property
    def label_counts(self) -> np.ndarray | None:
        """How many rows each label had, int64 (num_labels,)."""
        return self._label_counts

    @property
    def num_rows(self) -> int | None:
        """How many rows it was made from."""
        return self._num_rows if self.is_fitted else None

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The labels' vectors, the projection, and how often labels were seen.

        The graph is not among them: it is built again from the vectors. A graph from a
        file of unknown origin could make compiled code read anywhere in memory.
        """
        if self._vectors is None:
            return {}
        return {
            "vectors": self._vectors,
            "projection/starts": self._projection.indptr.astype("int64"),
            "projection/columns": self._projection.indices.astype("int32"),
            "projection/values": self._projection.data,
            "label_counts": self._label_counts,
            "num_rows": np.array([self._num_rows]),
        }

    def set_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Takes over what `arrays` returned, after checking all of it.

        Raises:
            ValueError: an array is missing, unknown, or does not fit the others.
        """
        parts = {f"projection/{name}": name for name in PARTS}
        expected = {"vectors", "label_counts", "num_rows", *parts}
        if set(arrays) != expected:
            raise ValueError(
                f"The stored weights must be the arrays {', '.join(sorted(expected))}. "
                f"Received: {sorted(arrays)[:20]}. Save the preset again."
            )
        dim = min(dict(self._settings)["dim"], self.num_features)
        vectors = arrays["vectors"]
        _check_array("vectors", vectors, "float16", (self.num_labels, dim))
        counts, rows = arrays["label_counts"], arrays["num_rows"]
        _check_array("label_counts", counts, "int64", (self.num_labels,))
        _check_array("num_rows", rows, "int64", (1,))
        projection = {name: arrays[stored] for stored, name in parts.items()}
        self._projection = projection_of_arrays(
            projection | {"dim": dim}, self.num_features
        )
        self._vectors, self._label_counts = vectors, counts
        self._num_rows, self._graph = int(rows[0]), None

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **dict(self._settings)}

    def _points(self, x: Any, y: Any) -> np.ndarray:
        """Labels as rows of length 1, float16 (labels, dim)."""
        return projected(pifa(x, y), self._projection).astype("float16")

    def _ready_graph(self) -> Index:
        if self._graph is None:
            self._graph = self._build_graph(1, False)
        return self._graph

    def _build_graph(self, n_jobs: int, shows_progress: bool) -> Index:
        settings = dict(self._settings)
        graph = Index(
            ndim=self._vectors.shape[1],
            metric="ip",
            dtype="f16",
            connectivity=settings["connectivity"],
            expansion_add=settings["expansion_add"],
            expansion_search=settings["expansion_search"],
        )
        ids = np.flatnonzero(self._vectors.any(1))
        log = "Labels" if shows_progress else False
        graph.add(ids, self._vectors[ids], threads=n_jobs, log=log)
        return graph


def _as_batch(found: BatchMatches | Matches, k: int) -> tuple[np.ndarray, ...]:
    """Ids and distances (rows, k), and how many of each row are used.

    A single query is answered with a row of just what was found.
    """
    if isinstance(found, BatchMatches):
        return found.keys, found.distances, found.counts
    rest = (0, k - len(found))
    keys, distances = np.pad(found.keys, rest), np.pad(found.distances, rest)
    return keys[None], distances[None], np.array([len(found)])


def _row_counts(y: Any) -> np.ndarray:
    return np.asarray(y.sum(0)).ravel().astype("int64")


def _check_count(name: str, value: Any, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(
            f"`{name}` must be an integer of at least {least}. Received: {value!r}."
        )


def _check_array(name: str, array: Any, dtype: str, shape: tuple[int, ...]) -> None:
    is_finite = array.dtype == dtype and np.isfinite(array).all()
    if not is_finite or array.shape != shape:
        raise ValueError(
            f"The stored {name} must be finite {dtype} of shape {shape}. Received: "
            f"{array.dtype} of shape {array.shape}. Save the preset again."
        )
