"""What all TabTransformer tasks share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_docs.models.base import Task
from keras_docs.models.tab_transformer.tab_transformer_backbone import (
    TabTransformerBackbone,
)
from keras_docs.models.tab_transformer.tab_transformer_preprocessor import (
    TabTransformerPreprocessor,
)

AUTOMATIC_EPOCHS = 200
PATIENCE = 8
VALIDATION_SHARE = 0.15


class TabTransformerTask(Task):
    """Base of the tasks on a `TabTransformerBackbone`: training and embeddings."""

    backbone_cls = TabTransformerBackbone
    preprocessor_cls = TabTransformerPreprocessor

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int | None = None,
        validation_data: Any = None,
        validation_split: float = 0.0,
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        patience: int = PATIENCE,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains on a table.

        With `epochs` left out, training stops by itself: 15 % of the rows, drawn at
        random, validate (unless `validation_data` or `validation_split` is given),
        and the weights of the best epoch are kept once `patience` epochs brought
        nothing better (the paper's patience is 15).

        Args:
            x: a table (pandas, polars, pyarrow, dict of columns, list of rows, 2-D
                array), or a dataset of such batches.
            y: labels (rows,); default: the table's target column.
            batch_size: int. Default: about a hundredth of the rows, from 32 to 256.
            epochs: int, as in Keras; without it training stops by itself.
            validation_data: a table, or `(x, y)`, or a dataset.
            validation_split: float, the share of rows, drawn at random, to validate
                on.
            callbacks: list of Keras callbacks.
            patience: int, epochs without a better validation loss before training
                stops by itself.
            **kwargs: as in `keras.Model.fit`: `class_weight` (by label), `verbose`,
                `sample_weight`, ….

        Returns:
            A `keras.callbacks.History`.
        """
        callbacks = list(callbacks or [])
        if epochs is None:
            epochs = AUTOMATIC_EPOCHS
            if validation_data is None and not validation_split:
                validation_split = VALIDATION_SHARE
            callbacks.append(
                keras.callbacks.EarlyStopping(
                    monitor="val_loss", patience=patience, restore_best_weights=True
                )
            )
        return super().fit(
            x,
            y,
            batch_size=batch_size,
            epochs=epochs,
            validation_data=validation_data,
            validation_split=validation_split,
            callbacks=callbacks,
            **kwargs,
        )

    def default_batch_size(self, rows: int) -> int:
        return int(np.clip(2 ** round(np.log2(max(rows, 1) / 100)), 32, 256))

    def split_validation(self, arrays: Any, share: float) -> tuple[Any, Any]:
        # Tables are often sorted, by date or by class: draw, do not cut.
        order = np.random.permutation(len(keras.tree.flatten(arrays)[0]))
        shuffled = keras.tree.map_structure(lambda array: array[order], arrays)
        return super().split_validation(shuffled, share)

    def preprocess_features(self, x: Any) -> Any:
        if self.preprocessor is None:
            return x
        return self.preprocessor.encode_features(x)

    def embed(self, x: Any, batch_size: int | None = None) -> np.ndarray:
        """Contextual embeddings of the columns of each row.

        Args:
            x: a table.
            batch_size: int.

        Returns:
            Float32 array (rows, columns, hidden_dim); the columns are
            `preprocessor.categorical_names + preprocessor.rank_names`.

        Raises:
            ValueError: the model has no columns in its Transformer.
        """
        if "contextual_embeddings" not in self.backbone.output:
            raise ValueError(
                "`embed` needs columns in the Transformer, and this model's table has "
                "continuous numbers only. Build the preprocessor with `num_bins=…` to "
                "make columns of the numbers."
            )
        return self.predict_with(self.backbone, x, batch_size, verbose=0)[
            "contextual_embeddings"
        ]
