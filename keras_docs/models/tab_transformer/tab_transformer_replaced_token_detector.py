"""Pretraining by telling replaced values from real ones."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from keras_docs.models.tab_transformer.column_classifier import ColumnClassifier
from keras_docs.models.tab_transformer.tab_transformer_backbone import (
    TabTransformerBackbone,
)
from keras_docs.models.tab_transformer.tab_transformer_preprocessor import (
    TabTransformerPreprocessor,
)
from keras_docs.models.tab_transformer.tab_transformer_pretrainer import (
    TabTransformerPretrainer,
    check_pretrainable,
)


@keras.saving.register_keras_serializable(package="keras_docs")
class TabTransformerReplacedTokenDetector(TabTransformerPretrainer):
    """Replaced token detection: which columns of this row hold another row's value?

    A share of the columns of each row is replaced by a value drawn from the column's
    own distribution; a binary classifier per column tells which (RTD; Huang et al.
    2020, section 2). A draw that gives the value that was there counts as real.
    Numeric columns in the Transformer take the value of another row of the batch.

    Args:
        backbone: a `TabTransformerBackbone` with columns in its Transformer.
        preprocessor: a `TabTransformerPreprocessor`; its frequencies are the columns'
            distributions. With `None` to feed arrays, categories are drawn from the
            other rows of the batch too.
        replace_share: float, share of the columns of a row. The paper's is 0.3.
        **kwargs: `name`, `compile`.

    Call arguments:
        The backbone's inputs.

    Returns:
        Float32 logits (batch, columns): positive where a value seems replaced.

    Example:
    ```python
    pretrainer = keras_docs.TabTransformerReplacedTokenDetector(backbone, preprocessor)
    pretrainer.fit(all_rows)  # no labels needed; trains `backbone` in place
    model = keras_docs.TabTransformerClassifier(backbone, preprocessor=preprocessor)
    model.fit(labelled_rows)
    ```
    """

    def __init__(
        self,
        backbone: TabTransformerBackbone,
        preprocessor: TabTransformerPreprocessor | None = None,
        replace_share: float = 0.3,
        **kwargs: Any,
    ):
        check_pretrainable(type(self), backbone, replace_share)
        # === Layers ===
        self.backbone = backbone
        self.preprocessor = preprocessor
        columns = len(backbone.cardinalities) + backbone.num_ranks
        self.column_classifier = ColumnClassifier(
            [1] * columns, dtype=backbone.dtype_policy, name="column_classifier"
        )

        # === Functional Model ===
        embeddings = backbone(backbone.input)["contextual_embeddings"]
        logits = keras.layers.Reshape((columns,), dtype="float32", name="logits")(
            self.column_classifier(embeddings)
        )
        super().__init__(backbone, preprocessor, replace_share, logits, **kwargs)

        # === Config ===
        self.replace_share = replace_share

    def default_loss(self) -> keras.losses.Loss:
        return keras.losses.BinaryCrossentropy(from_logits=True)

    def default_metrics(self) -> list[Any]:
        return [keras.metrics.BinaryAccuracy(name="accuracy", threshold=0.0)]

    def corrupt(self, features: dict[str, np.ndarray], chosen: np.ndarray):
        features = dict(features)
        replace_categories, replace_ranks = self.split_chosen(chosen)
        labels = []
        if "categorical" in features:
            real = features["categorical"]
            drawn = np.where(replace_categories, self._draw_categories(real), real)
            labels.append(drawn != real)
            features["categorical"] = drawn
        if "ranks" in features:
            real = features["ranks"]
            drawn = np.where(replace_ranks, _from_other_rows(real), real)
            labels.append(drawn != real)
            features["ranks"] = drawn
        return features, np.concatenate(labels, axis=1).astype("float32")

    def _draw_categories(self, real: np.ndarray) -> np.ndarray:
        if self.preprocessor is None:
            return _from_other_rows(real)
        columns = [
            np.searchsorted(np.cumsum(frequencies), np.random.random(len(real)))
            for frequencies in self.preprocessor.frequencies
        ]
        drawn = np.stack(columns, axis=1).astype(real.dtype)
        # Rounding in the cumulative sum may leave the last draw one past the end.
        return np.minimum(drawn, np.array(self.backbone.cardinalities) - 1).astype(
            real.dtype
        )

    def get_config(self) -> dict:
        return {**super().get_config(), "replace_share": self.replace_share}


def _from_other_rows(values: np.ndarray) -> np.ndarray:
    """Shuffles each column by itself: draws without replacement from the batch."""
    random = np.random.default_rng(np.random.randint(2**31))
    return random.permuted(values, axis=0)
