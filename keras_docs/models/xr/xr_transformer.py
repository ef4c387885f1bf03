"""XR-Transformer: XR-Linear that also reads the embedding of a fine-tuned encoder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_docs.models.xr.feature_matrix import check_rows, read_matrix
from keras_docs.models.xr.hierarchical_kmeans import hierarchical_kmeans
from keras_docs.models.xr.label_representation import pifa
from keras_docs.models.xr.label_tree import LabelTree
from keras_docs.models.xr.level_settings import NEGATIVES, check_levels
from keras_docs.models.xr.xr_backbone import XRBackbone
from keras_docs.models.xr.xr_linear import XRLinear
from keras_docs.models.xr.xr_transformer_checkpoint import EncoderCheckpoint
from keras_docs.models.xr.xr_transformer_embedder import POOLINGS, TextEmbedder
from keras_docs.models.xr.xr_transformer_encoder import encoder_config, read_encoder
from keras_docs.models.xr.xr_transformer_fine_tune import fine_tune

KEYS = {"features", "token_ids", "padding_mask"}


@keras.saving.register_keras_serializable(package="keras_docs")
class XRTransformer(XRBackbone):
    """Ranks labels by a text's words and by its embedding side by side.

    A transformer embeds the text, and an `XRLinear` ranks over the words' TF-IDF
    features and the embedding, scaled to length 1. `fit` fine-tunes the transformer
    first, level by level of a tree of the labels: to tell few coarse groups apart, then
    ever finer ones. On each level a text is learned with the groups that fit and those
    that are easily mistaken for them alone, so that the cost grows with the depth of
    the tree, not with the number of labels.

    Settings marked *per level* may be a list, the labels' level last; it fits trees of
    any depth: the first entry serves all levels above.

    Args:
        encoder: Keras model of `token_ids`, `padding_mask` and perhaps `segment_ids`:
            `keras_hub.models.BertBackbone`, `XLMRobertaBackbone` or any other. `fit`
            changes its weights. Only those two can be saved in a preset.
        num_features: int, columns of the TF-IDF features; `None` takes those of `fit`.
        num_labels: int, columns of the labels; `None` takes those of `fit`.
        pooling: string, `"mean"` over the tokens, or `"cls"`, the first token's vector.
        steps: int, batches that the encoder is trained with, per level. 0 leaves it as
            it is, so that its embedding is used as a feature alone.
        batch_size: int, texts of one step, per level.
        learning_rate: float, at a level's first step; it falls to 0 linearly; per
            level.
        negatives: string, which groups count as easily mistaken, per level: `"tfn"`,
            those beside one that fits; `"tfn+man"`, also those that the model itself
            takes for likely.
        num_matched: int, how many groups of the level above count as likely, per level.
        max_nodes: int, levels of more nodes are not fine-tuned on.
        max_candidates: int, groups that a text is learned with at most.
        branching: int, children of a node in the tree to fine-tune on.
        max_leaf_size: int, labels below one leaf of that tree.
        xr_linear: dict of settings of the `XRLinear`.
        seed: int, of clustering, training and the order of the texts.
        name: string.

    Attributes:
        encoder: the Keras model.
        xr_linear: the `XRLinear`, or `None` while the sizes are not known.

    Example:
    ```python
    encoder = keras_hub.models.BertBackbone.from_preset("bert_small_en_uncased")
    tokenizer = keras_hub.tokenizers.BertTokenizer.from_preset("bert_small_en_uncased")
    ranker = keras_docs.XRRanker(
        keras_docs.XRTransformer(encoder, steps=300),
        keras_docs.XRTransformerPreprocessor(tokenizer, sequence_length=64),
    )
    ranker.fit(texts, labels)
    ranker.rank("Keeping bees", k=5).labels
    ```

    Reference:
    - [Zhang et al. 2021, Fast Multi-Resolution Transformer Fine-tuning for Extreme
      Multi-label Text Classification](https://arxiv.org/abs/2110.00685)
    """

    def __init__(
        self,
        encoder: keras.Model | Mapping[str, Any],
        num_features: int | None = None,
        num_labels: int | None = None,
        *,
        pooling: str = "mean",
        steps: int | list[int] = 600,
        batch_size: int | list[int] = 32,
        learning_rate: float | list[float] = 5e-5,
        negatives: str | list[str] = "tfn+man",
        num_matched: int | list[int] = 5,
        max_nodes: int = 32768,
        max_candidates: int = 1000,
        branching: int = 16,
        max_leaf_size: int = 16,
        xr_linear: Mapping[str, Any] | None = None,
        seed: int = 0,
        **kwargs: Any,
    ):
        settings = {
            "pooling": pooling,
            "steps": steps,
            "batch_size": batch_size,
            "learning_rate": learning_rate,
            "negatives": negatives,
            "num_matched": num_matched,
            "max_nodes": max_nodes,
            "max_candidates": max_candidates,
            "branching": branching,
            "max_leaf_size": max_leaf_size,
            "xr_linear": dict(xr_linear or {}),
            "seed": seed,
        }
        settings = _check_settings(settings)
        if (num_features is None) != (num_labels is None):
            raise ValueError(
                "Give both `num_features` and `num_labels`, or neither. Received: "
                f"{num_features!r} and {num_labels!r}."
            )
        encoder = read_encoder(encoder)
        embedder = TextEmbedder(encoder, pooling)
        super().__init__(**kwargs)
        self.encoder, self.xr_linear = encoder, None
        self.num_features, self.num_labels = num_features, num_labels
        # A tuple: Keras would wrap a dict and look for layers in it.
        self._settings = tuple(settings.items())
        self._embedder = embedder
        if num_features is not None:
            self.xr_linear = self._new_xr_linear()

    # === Learning ===

    def fit(
        self,
        x: Mapping[str, Any],
        y: Any,
        *,
        tree: LabelTree | None = None,
        n_jobs: int = 1,
        checkpoint_dir: str | Path | None = None,
        verbose: int = 1,
        **kwargs: Any,
    ) -> XRTransformer:
        """Fine-tunes the encoder, then trains the ranker on features and embeddings.

        The encoder goes on from the weights that it has; the ranker is trained anew.

        Args:
            x: what `XRTransformerPreprocessor` gives: dict of `features`, CSR (rows,
                num_features), and of `token_ids` and `padding_mask`, int32 (rows,
                length).
            y: CSR matrix or array (rows, num_labels), non-zero where a label fits.
            tree: a `LabelTree` of one's own, to fine-tune on and to rank with. `None`
                clusters the labels by features before, and by embeddings as well after
                the fine-tuning.
            n_jobs: int, blocks of the ranker trained at once, as in joblib.
            checkpoint_dir: folder for finished levels and blocks. A training that was
                killed goes on from them when it is started again with an encoder of
                the same kind: its weights are taken from the folder.
            verbose: int, 1 shows progress bars.
            **kwargs: further arguments of `XRLinear.fit`.

        Returns:
            The model itself.

        Raises:
            ValueError: shapes do not fit, a value is not finite, or no row has a label.
        """
        x, y = self._check_input(x), read_matrix(y, "y")
        if self.xr_linear is None:
            self.num_features, self.num_labels = x["features"].shape[1], y.shape[1]
            self.xr_linear = self._new_xr_linear()
        self._check_columns(x["features"])
        y = self._check_labels(y, x["features"].shape[0])
        folder = None if checkpoint_dir is None else Path(checkpoint_dir)
        checkpoint = self._checkpoint(x, y, tree, folder)
        self._fine_tune(x, y, tree, n_jobs, checkpoint, verbose)
        vectors = checkpoint.embeddings(lambda: self._embedder.embed(x, verbose))
        self.xr_linear.fit(
            _side_by_side(x["features"], vectors),
            y,
            tree=tree,
            n_jobs=n_jobs,
            checkpoint_dir=folder and folder / "xr_linear",
            verbose=verbose,
            **kwargs,
        )
        return self

    def add_labels(self, x: Any, y: Any) -> XRTransformer:
        """Adds labels to a trained model; see `XRLinear.add_labels`."""
        self.require_fitted()
        self.xr_linear.add_labels(self._encoded(x), y)
        self.num_labels = self.xr_linear.num_labels
        return self

    def resized(self, num_features: int, num_labels: int) -> XRTransformer:
        """A model with an untrained ranker for other data, and the same encoder."""
        return XRTransformer(
            self.encoder, num_features, num_labels, **dict(self._settings)
        )

    # === Ranking ===

    def encode(self, x: Mapping[str, Any], verbose: int = 0) -> Any:
        """Features and embeddings side by side: what the ranker ranks by.

        Args:
            x: dict as in `fit`.
            verbose: int, 1 shows a progress bar.

        Returns:
            CSR float32 (rows, num_features + dim); the last `dim` columns have length
            1 in each row.

        Raises:
            ValueError: the dict lacks a part, or its parts differ in rows.
        """
        x = self._check_input(x)
        self._check_columns(x["features"])
        return _side_by_side(x["features"], self._embedder.embed(x, verbose))

    def predict(
        self, x: Any, k: int = 10, **kwargs: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """The best labels of each row.

        Args:
            x: dict as in `fit`; or what `encode` made of it.
            k: int, how many labels.
            **kwargs: see `XRLinear.predict`.

        Returns:
            Label ids, int32 (rows, k), best first, -1 where beam search reached fewer;
            and their scores, float32 (rows, k).
        """
        self.require_fitted()
        return self.xr_linear.predict(self._encoded(x), k, **kwargs)

    # === Weights ===

    @property
    def tree(self) -> LabelTree | None:
        """The ranker's `LabelTree`, or `None` before `fit`."""
        return None if self.xr_linear is None else self.xr_linear.tree

    @property
    def is_fitted(self) -> bool:
        """Whether there is a trained ranker."""
        return self.xr_linear is not None and self.xr_linear.is_fitted

    @property
    def label_counts(self) -> np.ndarray | None:
        """How many training rows each label had, int64 (num_labels,), if known."""
        return None if self.xr_linear is None else self.xr_linear.label_counts

    @property
    def num_rows(self) -> int | None:
        """How many rows it was trained on, if known."""
        return None if self.xr_linear is None else self.xr_linear.num_rows

    @property
    def num_weights(self) -> int:
        """How many weights of the ranker are not zero."""
        return self.xr_linear.num_weights if self.is_fitted else 0

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The ranker's arrays; the encoder's weights are Keras variables."""
        return {} if self.xr_linear is None else self.xr_linear.arrays

    def set_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Takes over what `arrays` returned, after checking all of it."""
        if self.xr_linear is None:
            if arrays:
                raise ValueError(
                    "The stored weights have a ranker, but the config has no "
                    "`num_features`. Save the preset again."
                )
            return
        self.xr_linear.set_arrays(arrays)

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Nothing: encoder and ranker save their own."""

    def load_own_variables(self, store: dict[str, Any]) -> None:
        """Nothing: encoder and ranker load their own."""

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "encoder": encoder_config(self.encoder),
            "num_features": self.num_features,
            "num_labels": self.num_labels,
            **dict(self._settings),
        }

    def _new_xr_linear(self) -> XRLinear:
        settings = dict(self._settings)
        columns = self.num_features + self._embedder.dim
        chosen = {"seed": settings["seed"], **settings["xr_linear"]}
        return XRLinear(columns, self.num_labels, **chosen)

    def _checkpoint(self, x, y, tree, folder) -> EncoderCheckpoint:
        features = x["features"]
        data = [] if tree is None else list(tree.parents)
        data += [features.indptr, features.indices, features.data]
        data += [x["token_ids"], y.indptr, y.indices]
        settings = dict(self._settings)
        if folder is not None and not np.any(settings["steps"]):
            # Without a fine-tuning, the embeddings depend on these alone.
            data += [keras.ops.convert_to_numpy(v) for v in self.encoder.weights]
        return EncoderCheckpoint(self.encoder, folder, data, settings)

    def _fine_tune(self, x, y, tree, n_jobs, checkpoint, verbose) -> None:
        settings = dict(self._settings)
        if not np.any(settings["steps"]):
            return
        if tree is None:
            tree = hierarchical_kmeans(
                pifa(x["features"], y),
                branching=settings["branching"],
                max_leaf_size=settings["max_leaf_size"],
                seed=settings["seed"],
                n_jobs=n_jobs,
            )
        fine_tune(self._embedder, x, y, tree, settings, checkpoint, verbose)

    def _encoded(self, x: Any) -> Any:
        return self.encode(x) if isinstance(x, Mapping) else x

    def _check_columns(self, features: Any) -> None:
        if self.num_features not in (None, features.shape[1]):
            raise ValueError(
                f"`features` must have {self.num_features} columns, the model's number "
                f"of features. Received: {features.shape[1]}. Use the preprocessor of "
                "the training."
            )

    def _check_input(self, x: Any) -> dict[str, Any]:
        if not isinstance(x, Mapping) or set(x) != KEYS:
            received = sorted(map(str, x)) if isinstance(x, Mapping) else type(x)
            raise ValueError(
                f"`x` must be a dict of {sorted(KEYS)}, as XRTransformerPreprocessor "
                f"gives it. Received: {received}."
            )
        features = read_matrix(x["features"], "features")
        checked = {"features": features}
        for name in ("token_ids", "padding_mask"):
            array = np.asarray(x[name])
            if array.ndim != 2 or array.dtype.kind not in "biu" or not array.shape[1]:
                raise ValueError(
                    f"`{name}` must be integers of shape (rows, length). Received: "
                    f"{array.dtype} of shape {array.shape}."
                )
            check_rows(array.shape[0], name, features.shape[0], "features")
            checked[name] = array.astype("int32", copy=False)
        if checked["token_ids"].shape != checked["padding_mask"].shape:
            raise ValueError(
                "`token_ids` and `padding_mask` must have the same shape. Received: "
                f"{checked['token_ids'].shape} and {checked['padding_mask'].shape}."
            )
        return checked


def _side_by_side(features: Any, vectors: np.ndarray) -> Any:
    from scipy.sparse import csr_array, hstack

    return hstack([features, csr_array(vectors)], format="csr")


def _is_count(value: Any, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_rate(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and np.isfinite(value) and value > 0


def _check_settings(settings: dict[str, Any]) -> dict[str, Any]:
    if settings["pooling"] not in POOLINGS:
        raise ValueError(
            f"`pooling` must be one of {POOLINGS}. Received: {settings['pooling']!r}."
        )
    # Wrong settings are told now, not after hours of fine-tuning.
    XRLinear(1, 1, **settings["xr_linear"])
    for name, least in (
        ("max_nodes", 1),
        ("max_candidates", 1),
        ("branching", 2),
        ("max_leaf_size", 1),
        ("seed", 0),
    ):
        if not _is_count(settings[name], least):
            raise ValueError(
                f"`{name}` must be an integer of at least {least}. Received: "
                f"{settings[name]!r}."
            )
    known = set(NEGATIVES) - {"usn"}
    checks = {
        "steps": (lambda v: _is_count(v, 0), "an integer of at least 0"),
        "batch_size": (_is_count, "a positive integer"),
        "learning_rate": (_is_rate, "a positive number"),
        "negatives": (
            lambda v: isinstance(v, str) and set(v.split("+")) <= known,
            '"tfn", "man" or "tfn+man"',
        ),
        "num_matched": (_is_count, "a positive integer"),
    }
    checked = {
        name: check_levels(name, settings[name], is_valid, expected)
        for name, (is_valid, expected) in checks.items()
    }
    return settings | checked
