"""XR-Linear: a tree of sparse linear rankers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_docs.models.xr.block_store import BlockStore
from keras_docs.models.xr.build_tree import build_tree
from keras_docs.models.xr.chunk_layout import (
    LevelRows,
    level_of_columns,
    pack_levels,
    unpack_columns,
)
from keras_docs.models.xr.compact_levels import (
    compact_arrays,
    level_of_compact,
    quantized,
    without_small,
)
from keras_docs.models.xr.engine import choose_engine
from keras_docs.models.xr.feature_matrix import read_matrix
from keras_docs.models.xr.given_layers import check_layers
from keras_docs.models.xr.label_tree import LabelTree
from keras_docs.models.xr.layer_checks import (
    check_counts,
    layers_of_arrays,
    tree_of_arrays,
)
from keras_docs.models.xr.level_settings import (
    check_levels,
    check_user_negatives,
    per_level,
)
from keras_docs.models.xr.level_tasks import entries_of
from keras_docs.models.xr.new_labels import with_new_labels
from keras_docs.models.xr.post_processors import post_processor as find_post_processor
from keras_docs.models.xr.reached_nodes import reached
from keras_docs.models.xr.score_labels import (
    best_candidates,
    check_candidates,
    score_labels,
)
from keras_docs.models.xr.train_levels import TrainingData, train_levels
from keras_docs.models.xr.tree_search import TreeSearch
from keras_docs.models.xr.xr_backbone import XRBackbone
from keras_docs.models.xr.xr_linear_settings import (
    check,
    check_k,
    check_settings,
    is_amount,
    is_count,
)


@keras.saving.register_keras_serializable(package="keras_docs")
class XRLinear(XRBackbone):
    """Ranks a huge label space with a tree of sparse linear classifiers.

    Labels are the bottom of a tree. Every node has a linear classifier that says
    whether one of its labels fits; beam search asks only the children of the most
    promising nodes, so that a query costs time proportional to the depth, not to the
    number of labels.

    Settings marked *per level* may be a list, the labels' level last; it fits trees of
    any depth: the first entry serves all levels above.

    Args:
        num_features: int, columns of the features.
        num_labels: int, columns of the labels.
        label_representation: string, what the tree is built on: `"pifa"` (the mean of
            a label's documents), `"pii"` (which documents), `"graph_spectrum"`,
            `"label_features"`, or `"pifa_label_features"` (both side by side); the last
            two need `label_features` in `fit`.
        branching: int, a power of two from 2 on: the children of each inner node.
        max_leaf_size: int, the most labels below one leaf.
        loss: string, `"squared_hinge"`, `"hinge"` or `"logistic"`.
        cost_positive: float, the cost C of positive rows, per level.
        cost_negative: float, the cost C of negative rows, per level.
        tolerance: float, where the solver stops, per level.
        max_passes: int, passes over the rows at most, per level.
        bias: float, the value of one more feature that all rows have.
        threshold: float, smaller weights are dropped, per level.
        max_weights_per_label: int or `None`, keep only the largest, per level.
        negatives: string, which rows are negative for a label, per level: `"tfn"`,
            those positive for a sibling; `"tfn+man"`, also those that beam search sends
            to its parent; `"tfn+usn"`, also those given to `fit`; or all three. Rows
            that are positive for a sibling always count, so that `"man"` alone is
            `"tfn+man"`.
        relevance_mode: string, what relevances given to `fit` weigh: `"induce"`, all
            levels, summed upwards; `"labels"`, the labels' level alone.
        relevance_norm: string, how each row of relevances is scaled: `"l1"`, `"l2"`,
            `"max"` or `"none"`.
        post_processor: string, from margins to scores: `"l3_hinge"` and the like,
            `"sigmoid"`, their `"log_"` forms, or `"noop"`.
        beam_size: int, nodes that beam search keeps, per level.
        seed: int, of clustering and training.
        quantization: `None`, or `"int8"` for a model that `quantize` made small.
        name: string.

    Attributes:
        tree: the `LabelTree`, or `None` before `fit`.

    Example:
    ```python
    xr_linear = keras_docs.XRLinear(num_features=1836, num_labels=159)
    xr_linear.fit(x_train, y_train)
    labels, scores = xr_linear.predict(x_test, k=5)
    ```

    Reference:
    - [Yu et al. 2020, PECOS, sections 3.1 to 3.3](https://arxiv.org/abs/2010.05878)
    """

    def __init__(
        self,
        num_features: int,
        num_labels: int,
        *,
        label_representation: str = "pifa",
        branching: int = 16,
        max_leaf_size: int = 100,
        loss: str = "squared_hinge",
        cost_positive: float | list[float] = 1.0,
        cost_negative: float | list[float] = 1.0,
        tolerance: float | list[float] = 0.1,
        max_passes: int | list[int] = 100,
        bias: float = 1.0,
        threshold: float | list[float] = 0.1,
        max_weights_per_label: int | list[int] | None = None,
        negatives: str | list[str] = "tfn",
        relevance_mode: str = "induce",
        relevance_norm: str = "l1",
        post_processor: str = "l3_hinge",
        beam_size: int | list[int] = 10,
        seed: int = 0,
        quantization: str | None = None,
        **kwargs: Any,
    ):
        settings = {
            "num_features": num_features,
            "num_labels": num_labels,
            "label_representation": label_representation,
            "branching": branching,
            "max_leaf_size": max_leaf_size,
            "loss": loss,
            "cost_positive": cost_positive,
            "cost_negative": cost_negative,
            "tolerance": tolerance,
            "max_passes": max_passes,
            "bias": bias,
            "threshold": threshold,
            "max_weights_per_label": max_weights_per_label,
            "negatives": negatives,
            "relevance_mode": relevance_mode,
            "relevance_norm": relevance_norm,
            "post_processor": post_processor,
            "beam_size": beam_size,
            "seed": seed,
            "quantization": quantization,
        }
        settings = check_settings(settings)
        super().__init__(**kwargs)
        self.num_features, self.num_labels = num_features, num_labels
        # A tuple: Keras would wrap a dict and look for layers in it.
        self._settings = tuple(settings.items())
        self._search: TreeSearch | None = None
        self._label_counts: np.ndarray | None = None
        self._num_rows: int | None = None
        # What a quantized model stores, kept since rounding again may differ.
        self._compact: tuple[tuple[str, np.ndarray], ...] = ()

    # === Learning ===

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        tree: LabelTree | None = None,
        label_features: Any = None,
        relevance: Any = None,
        user_negatives: Mapping[int, Any] | None = None,
        n_jobs: int = 1,
        checkpoint_dir: str | Path | None = None,
        verbose: int = 1,
    ) -> XRLinear:
        """Builds the tree and trains every classifier; earlier ones are replaced.

        Args:
            x: CSR matrix or array (rows, num_features).
            y: CSR matrix or array (rows, num_labels), non-zero where a label fits.
            tree: a `LabelTree` of one's own, instead of clustering.
            label_features: matrix (num_labels, any), for `label_representation`.
            relevance: CSR matrix like `y`, how much each positive counts.
            user_negatives: dict from level to CSR matrix (rows, nodes of the level
                above): further clusters in which a row is learned from (`"usn"`).
            n_jobs: int, blocks trained at once, as in joblib.
            checkpoint_dir: folder for finished blocks. A training that was killed goes
                on from them when it is started again, and gives the same model.
            verbose: int, 1 shows a progress bar.

        Returns:
            The model itself.

        Raises:
            ValueError: shapes do not fit, a value is not finite, or no row has a label.
        """
        data = self._training_data(x, y, relevance, user_negatives)
        if tree is None:
            tree = build_tree(data, label_features, self.get_config(), n_jobs)
        self._check_tree(tree)
        check_user_negatives(
            data.user_negatives, self.setting("negatives"), tree, data.x.shape[0]
        )
        store = None
        if checkpoint_dir is not None:
            arrays = [*tree.parents, data.x.indptr, data.x.indices, data.x.data]
            arrays += [data.y.indptr, data.y.indices]
            for matrix in (data.relevance, *data.user_negatives.values()):
                if matrix is not None:
                    arrays += [matrix.indptr, matrix.indices, matrix.data]
            store = BlockStore(checkpoint_dir, arrays, self._saved_settings())

        def match(levels: list) -> Any:
            upper = LabelTree(tree.parents[: len(levels)])
            beams = per_level(self.setting("beam_size"), tree.depth)[: len(levels)]
            search = TreeSearch(upper, pack_levels(levels), self.num_features)
            processor = find_post_processor(self.setting("post_processor"))
            nodes, _ = search.run(data.x, beams, processor, n_jobs)
            return reached(nodes, upper.num_labels)

        levels = train_levels(
            data, tree, self.get_config(), match, n_jobs, store, verbose
        )
        self._set(quantization=None)
        self._search = TreeSearch(tree, pack_levels(levels), self.num_features)
        self._label_counts = np.asarray(data.y.sum(0)).ravel().astype("int64")
        self._num_rows = data.y.shape[0]
        return self

    def resized(self, num_features: int, num_labels: int) -> XRLinear:
        """An untrained model with the same settings for other data."""
        sizes = {
            "num_features": num_features,
            "num_labels": num_labels,
            "quantization": None,
        }
        return XRLinear(**{**dict(self._settings), **sizes})

    def add_labels(self, x: Any, y: Any) -> XRLinear:
        """Adds labels to a trained model; what it has learned stays as it is.

        Each new label joins the leaf that beam search finds most promising for its
        rows, and gets a classifier of its own, trained on its rows against the other
        rows that reach that leaf.

        Args:
            x: CSR matrix or array (rows, num_features).
            y: CSR matrix (rows, num_labels + new labels). Columns of labels that the
                model has already count as negatives for new ones.

        Returns:
            The model itself.

        Raises:
            ValueError: a new label has no row.
        """
        self.require_fitted()
        features, y = self._check_features(x), entries_of(read_matrix(y, "y"))
        tree, levels = with_new_labels(
            self._search, features, y, self.get_config(), self.num_labels
        )
        self._search = TreeSearch(tree, pack_levels(levels), self.num_features)
        self.num_labels = tree.num_labels
        self._set(num_labels=tree.num_labels)
        if self.setting("quantization"):
            self.quantize("int8")
        if self._label_counts is not None:
            added = np.asarray(y.sum(0)).ravel().astype("int64")
            added[: len(self._label_counts)] += self._label_counts
            self._label_counts = added
            self._num_rows += y.shape[0]
        return self

    # === Ranking ===

    def predict(
        self,
        x: Any,
        k: int = 10,
        *,
        beam_size: int | list[int] | None = None,
        post_processor: str | None = None,
        engine: str = "auto",
        n_jobs: int = 1,
        candidates: Any = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The best labels of each row.

        Args:
            x: CSR matrix or array (rows, num_features).
            k: int, how many labels.
            beam_size: nodes to keep, instead of the model's own setting.
            post_processor: instead of the model's own.
            engine: string. `"numba"` computes on the CPU, `"keras"` with `keras.ops`
                on the backend's device; `"auto"` is `"keras"` where that is a GPU or
                TPU. Both give the same ranking.
            n_jobs: int, threads of the `"numba"` engine.
            candidates: int array (rows, n), distinct label ids that another model has
                found, -1 for none. They are ranked by `score_labels`, on the CPU; no
                beam search takes place.

        Returns:
            Label ids, int32 (rows, k), best first, -1 where beam search reached fewer;
            and their scores, float32 (rows, k).

        Raises:
            ValueError: `x` has other columns or is not finite, `k` is not from 1 to
                the number of labels, or the model is not trained.
        """
        if candidates is not None:
            scores = self.score_labels(x, candidates, post_processor=post_processor)
            k = check_k(k, scores.shape[1], "the number of candidates")
            return best_candidates(np.asarray(candidates), scores, k)
        self.require_fitted()
        features = self._check_features(x)
        k = check_k(k, self.num_labels)
        beam_size = self.setting("beam_size") if beam_size is None else beam_size
        check_levels("beam_size", beam_size, is_count, "a positive integer")
        beams = [*per_level(beam_size, self.tree.depth)[:-1], k]
        processor = find_post_processor(
            post_processor or self.setting("post_processor")
        )
        if choose_engine(engine) == "keras":
            values = self._search.run_with_keras(features, beams, processor)
        else:
            values = self._search.run(features, beams, processor, n_jobs)
        return values[0], processor.scores(values[1])

    def score_labels(
        self, x: Any, labels: Any, *, post_processor: str | None = None
    ) -> np.ndarray:
        """The scores of given labels, as beam search down their paths would give them.

        Args:
            x: CSR matrix or array (rows, num_features).
            labels: int array (rows, n), label ids, -1 for none.
            post_processor: instead of the model's own.

        Returns:
            float32 (rows, n); the lowest score, 0 for most post-processors, where there
            is no label or it was pruned from the tree.

        Raises:
            ValueError: `x` has other columns or is not finite, `labels` has other rows
                or ids that are no labels, or the model is not trained.

        Example:
        ```python
        candidates, _ = matcher.predict(x_test, k=100)
        scores = xr_linear.score_labels(x_test, candidates)
        ```
        """
        self.require_fitted()
        features = self._check_features(x)
        labels = check_candidates(labels, features.shape[0], self.num_labels)
        name = post_processor or self.setting("post_processor")
        processor = find_post_processor(name)
        return processor.scores(score_labels(self._search, features, labels, processor))

    # === Weights ===

    @classmethod
    def from_layers(
        cls, tree: LabelTree, layers: list[tuple[Any, Any]], **settings: Any
    ) -> XRLinear:
        """A model from given weights.

        Args:
            tree: the `LabelTree`.
            layers: per level a pair: CSC (num_features, nodes), and an array (nodes,)
                that each score starts from.
            **settings: as the constructor takes them.

        Returns:
            An `XRLinear`.
        """
        check_layers(tree, layers)
        model = cls(layers[0][0].shape[0], tree.num_labels, **settings)
        levels = [
            level_of_columns(tree, level, weights, biases)
            for level, (weights, biases) in enumerate(layers)
        ]
        model._search = TreeSearch(tree, pack_levels(levels), model.num_features)
        return model

    def to_layers(self) -> list[tuple[Any, np.ndarray]]:
        """The weights: per level CSC (num_features, nodes) and float32 (nodes,)."""
        self.require_fitted()
        return unpack_columns(self._search.layers, self.tree, self.num_features)

    def prune(self, threshold: float) -> XRLinear:
        """Drops weights of at most a threshold; what is left stays as it is.

        Args:
            threshold: float.

        Returns:
            The model itself.
        """
        check("threshold", threshold, is_amount(threshold), "a number >= 0")
        levels = [without_small(level, threshold) for level in self._levels()]
        self._search = TreeSearch(self.tree, pack_levels(levels), self.num_features)
        if self.setting("quantization"):
            self.quantize("int8")
        return self

    def quantize(self, mode: str = "int8", config: Any = None) -> None:
        """Rounds weights to 127 steps per node: presets take two fifths of the space.

        Args:
            mode: string, `"int8"`.
            config: as `keras.Model.quantize` passes it; `mode` says all.

        Raises:
            ValueError: another mode, or the model is not trained.
        """
        if mode != "int8":
            raise ValueError(f'`mode` must be "int8". Received: {mode!r}.')
        self.require_fitted()
        compact = {
            f"levels/{number}/{name}": array
            for number, level in enumerate(self._levels())
            for name, array in compact_arrays(quantized(level)).items()
        }
        self._set(quantization=mode)
        self._take_compact(self.tree, compact)

    def _levels(self) -> list[LevelRows]:
        tree = self.tree
        return [
            level_of_columns(tree, level, *layer)
            for level, layer in enumerate(self.to_layers())
        ]

    def _take_compact(self, tree: LabelTree, compact: dict[str, np.ndarray]) -> None:
        levels = []
        for number in range(tree.depth):
            prefix = f"levels/{number}/"
            arrays = {
                name.removeprefix(prefix): array
                for name, array in compact.items()
                if name.startswith(prefix)
            }
            levels.append(level_of_compact(tree, number, arrays, self.num_features))
        self._compact = tuple(compact.items())
        self._search = TreeSearch(tree, pack_levels(levels), self.num_features)

    @property
    def tree(self) -> LabelTree | None:
        """The `LabelTree`, or `None` before `fit`."""
        return None if self._search is None else self._search.tree

    @property
    def is_fitted(self) -> bool:
        """Whether there are weights."""
        return self._search is not None

    @property
    def num_weights(self) -> int:
        """How many weights are not zero, biases included."""
        if self._search is None:
            return 0
        layers = self._search.layers
        return int(np.count_nonzero(layers.entry_values)) + len(layers.bias)

    @property
    def label_counts(self) -> np.ndarray | None:
        """How many training rows each label had, int64 (num_labels,), if known."""
        return self._label_counts

    @property
    def num_rows(self) -> int | None:
        """How many rows it was trained on, if known."""
        return self._num_rows

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All that `fit` learned, as named arrays: the tree, and `ChunkedLayers`."""
        if self._search is None:
            return {}
        learned = {}
        if self._label_counts is not None:
            learned["label_counts"] = self._label_counts
            learned["num_rows"] = np.array([self._num_rows])
        learned |= {f"tree/{i}": p for i, p in enumerate(self.tree.parents)}
        if self.setting("quantization"):
            return learned | dict(self._compact)
        return learned | {
            f"layers/{name}": array
            for name, array in self._search.layers._asdict().items()
        }

    def set_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Takes over what `arrays` returned, after checking all of it.

        Raises:
            ValueError: an array is missing, unknown, or does not fit the others.
        """
        arrays = dict(arrays)
        counts, rows = arrays.pop("label_counts", None), arrays.pop("num_rows", None)
        tree = tree_of_arrays(arrays)
        self._check_tree(tree)
        weights = {k: v for k, v in arrays.items() if not k.startswith("tree/")}
        check_counts(counts, rows, self.num_labels)
        self._label_counts = counts
        self._num_rows = None if rows is None else int(rows[0])
        if self.setting("quantization"):
            self._take_compact(tree, weights)
            return
        layers = layers_of_arrays(weights, tree, self.num_features)
        self._search = TreeSearch(tree, layers, self.num_features)

    def _set(self, **settings: Any) -> None:
        self._settings = tuple({**dict(self._settings), **settings}.items())

    def setting(self, name: str) -> Any:
        """One of the constructor's arguments."""
        return dict(self._settings)[name]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **dict(self._settings)}

    def _saved_settings(self) -> dict[str, Any]:
        """What trained blocks depend on."""
        later = {"quantization"}
        if "man" not in str(self.setting("negatives")):
            # Only matching asks for scores.
            later.add("post_processor")
        return {k: v for k, v in self._settings if k not in later}

    def _check_tree(self, tree: LabelTree) -> None:
        if not isinstance(tree, LabelTree) or tree.num_labels != self.num_labels:
            raise ValueError(
                f"`tree` must be a LabelTree of {self.num_labels:,} labels. Received: "
                f"{tree!r}."
            )

    def _training_data(self, x, y, relevance, user_negatives) -> TrainingData:
        features = self._check_features(x)
        y = self._check_labels(y, features.shape[0])
        if relevance is not None:
            relevance = read_matrix(relevance, "relevance")
            if relevance.shape != y.shape or (relevance.data < 0).any():
                raise ValueError(
                    f"`relevance` must be of shape {y.shape}, like `y`, without "
                    f"negative values. Received: {relevance.shape}."
                )
            # Relevances weigh positives; each positive has one.
            relevance = relevance.multiply(y).tocsr()
            if (entries_of(relevance) - y).nnz:
                raise ValueError(
                    "`relevance` must have a positive value wherever `y` has a label."
                )
        negatives = {
            int(level): read_matrix(matrix, f"user_negatives[{level}]")
            for level, matrix in (user_negatives or {}).items()
        }
        return TrainingData(features, y, relevance, negatives)
