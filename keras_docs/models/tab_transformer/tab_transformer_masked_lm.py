"""Pretraining by guessing masked columns."""

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
class TabTransformerMaskedLM(TabTransformerPretrainer):
    """Masked language modelling on columns: hide some as missing, guess their values.

    A share of the columns of each row becomes "missing"; a classifier per column
    predicts the category from the column's contextual embedding, with cross-entropy
    (MLM; Huang et al. 2020, section 2). Numeric columns in the Transformer are guessed
    by their bin. Values that were missing to begin with count for nothing.

    Args:
        backbone: a `TabTransformerBackbone` with columns in its Transformer.
        preprocessor: a `TabTransformerPreprocessor`, or `None` to feed arrays.
        mask_share: float, share of the columns of a row. The paper's is 0.3.
        **kwargs: `name`, `compile`.

    Call arguments:
        The backbone's inputs.

    Returns:
        Float32 logits (batch, columns, classes).

    Example:
    ```python
    pretrainer = keras_docs.TabTransformerMaskedLM(backbone, preprocessor)
    pretrainer.fit(all_rows)  # no labels needed; trains `backbone` in place
    model = keras_docs.TabTransformerClassifier(backbone, preprocessor=preprocessor)
    model.fit(labelled_rows)
    ```
    """

    def __init__(
        self,
        backbone: TabTransformerBackbone,
        preprocessor: TabTransformerPreprocessor | None = None,
        mask_share: float = 0.3,
        **kwargs: Any,
    ):
        check_pretrainable(type(self), backbone, mask_share)
        # === Layers ===
        self.backbone = backbone
        self.preprocessor = preprocessor
        bins = [backbone.num_bins] * backbone.num_ranks
        self.column_classifier = ColumnClassifier(
            [*backbone.cardinalities, *bins],
            dtype=backbone.dtype_policy,
            name="column_classifier",
        )

        # === Functional Model ===
        embeddings = backbone(backbone.input)["contextual_embeddings"]
        logits = self.column_classifier(embeddings)
        super().__init__(backbone, preprocessor, mask_share, logits, **kwargs)

        # === Config ===
        self.mask_share = mask_share

    def default_loss(self) -> keras.losses.Loss:
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def default_metrics(self) -> list[Any] | None:
        return None

    def corrupt(self, features: dict[str, np.ndarray], chosen: np.ndarray):
        features = dict(features)
        mask_categories, mask_ranks = self.split_chosen(chosen)
        labels, known = [], []
        if "categorical" in features:
            categories = features["categorical"]
            labels.append(categories)
            known.append(categories > 0)
            features["categorical"] = np.where(mask_categories, 0, categories)
        if "ranks" in features:
            ranks = features["ranks"]
            labels.append(np.clip(ranks, 0, self.backbone.num_bins - 1).astype("int32"))
            known.append(ranks >= 0)
            features["ranks"] = np.where(mask_ranks, np.float32(-1), ranks)
        weights = (chosen & np.concatenate(known, axis=1)).astype("float32")
        return features, np.concatenate(labels, axis=1), weights

    def get_config(self) -> dict:
        return {**super().get_config(), "mask_share": self.mask_share}
