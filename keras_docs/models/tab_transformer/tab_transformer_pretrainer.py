"""What both pretraining tasks share: columns as tokens, fresh corruption per batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_docs.models.tab_transformer.tab_transformer_backbone import (
    TabTransformerBackbone,
)
from keras_docs.models.tab_transformer.tab_transformer_preprocessor import (
    TabTransformerPreprocessor,
)
from keras_docs.models.tab_transformer.tab_transformer_task import TabTransformerTask


class TabTransformerPretrainer(TabTransformerTask):
    """Base of the tasks that learn from rows without labels.

    Each batch chooses `round(share * columns)` columns of every row anew, as the paper
    found best ("dynamic", Huang et al. 2020, table 7). The continuous stream is left as
    it is: it does not pass through the Transformer.
    """

    def __init__(
        self,
        backbone: TabTransformerBackbone,
        preprocessor: TabTransformerPreprocessor | None,
        share: float,
        outputs: Any,
        **kwargs: Any,
    ):
        super().__init__(inputs=backbone.input, outputs=outputs, **kwargs)
        self.share = share

    def preprocess_samples(
        self, x: Any, y: Any = None, sample_weight: Any = None
    ) -> tuple[Any, ...]:
        # A table's target column plays no part here.
        return (self.preprocess_features(x),)

    def transform_batch(self, batch: tuple[Any, ...]) -> tuple[Any, ...]:
        features = batch[0]
        rows = len(next(iter(features.values())))
        chosen = self.choose_columns(rows)
        return self.corrupt(features, chosen)

    def corrupt(self, features: dict[str, np.ndarray], chosen: np.ndarray):
        """Hides the chosen columns: `(corrupted features, labels, weights)`."""
        raise AttributeError(f"{type(self).__name__} defines no `corrupt`.")

    def choose_columns(self, rows: int) -> np.ndarray:
        """Which columns of each row to corrupt: bool (rows, columns)."""
        columns = len(self.backbone.cardinalities) + self.backbone.num_ranks
        count = max(1, round(self.share * columns))
        order = np.random.random((rows, columns)).argsort(axis=1)
        return order < count

    def split_chosen(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The choice for the categorical columns and for the numeric ones."""
        return np.split(chosen, [len(self.backbone.cardinalities)], axis=1)


def check_pretrainable(
    task: type, backbone: TabTransformerBackbone, share: float
) -> None:
    """Raises a ValueError when a backbone has no columns to corrupt."""
    if "contextual_embeddings" not in backbone.output:
        raise ValueError(
            f"`{task.__name__}` needs columns in the Transformer, and this has "
            "continuous numbers only. Build the preprocessor with `num_bins=…` to make "
            "columns of the numbers."
        )
    if not 0 < share < 1:
        raise ValueError(
            "The share of columns to corrupt must lie between 0 and 1. "
            f"Received: {share}."
        )
