"""What the classifier and the regressor share: an MLP head, possibly an ensemble."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from keras_docs.models.tab_transformer.member_mean import MemberMean
from keras_docs.models.tab_transformer.mlp_head import MLPHead
from keras_docs.models.tab_transformer.permutation_importance import (
    permutation_importance,
)
from keras_docs.models.tab_transformer.tab_transformer_backbone import (
    TabTransformerBackbone,
)
from keras_docs.models.tab_transformer.tab_transformer_preprocessor import (
    TabTransformerPreprocessor,
)
from keras_docs.models.tab_transformer.tab_transformer_task import TabTransformerTask

if TYPE_CHECKING:
    import pandas as pd


class TabTransformerPredictor(TabTransformerTask):
    """Base of the supervised tasks: backbone, `MLPHead`, mean over its members."""

    def __init__(
        self,
        backbone: TabTransformerBackbone,
        output_dim: int,
        output_layer: keras.layers.Layer,
        preprocessor: TabTransformerPreprocessor | None,
        hidden_dims: Sequence[int] | None,
        hidden_activation: str,
        batch_normalization: bool,
        dropout: float,
        num_members: int,
        **kwargs: Any,
    ):
        # === Layers ===
        width = backbone.output["features"].shape[-1]
        hidden_dims = [4 * width, 2 * width] if hidden_dims is None else hidden_dims
        self.backbone = backbone
        self.preprocessor = preprocessor
        self.head = MLPHead(
            hidden_dims,
            output_dim,
            hidden_activation,
            batch_normalization,
            dropout,
            num_members,
            dtype=backbone.dtype_policy,
            name="head",
        )

        # === Functional Model ===
        x = self.head(backbone(backbone.input)["features"])
        outputs = MemberMean(dtype="float32", name="member_mean")(output_layer(x))
        super().__init__(inputs=backbone.input, outputs=outputs, **kwargs)

        # === Config ===
        self.hidden_dims = [int(size) for size in hidden_dims]
        self.hidden_activation = hidden_activation
        self.batch_normalization = batch_normalization
        self.dropout = dropout
        self.num_members = num_members

    def preprocess_labelled(
        self, x: Any, y: Any = None, sample_weight: Any = None
    ) -> tuple[Any, ...]:
        packed = super().preprocess_labelled(x, y, sample_weight)
        if len(packed) == 1:
            target = getattr(self.preprocessor, "target", None)
            column = f", and the table has no column {target!r}" if target else ""
            raise ValueError(
                f"There are no labels: `y` is missing{column}. Give a table with its "
                "target column, or `y`."
            )
        return packed

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        if len(y_pred.shape) == 3:
            # Each member is a model of its own: (batch, members, outputs) becomes
            # batch * members rows, each with the label of its row.
            members = y_pred.shape[1]
            y = ops.repeat(y, members, axis=0)
            if sample_weight is not None:
                sample_weight = ops.repeat(sample_weight, members, axis=0)
            y_pred = ops.reshape(y_pred, (-1, y_pred.shape[2]))
        return super().compute_loss(x, y, y_pred, sample_weight, training)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        if len(y_pred.shape) == 3:
            y_pred = ops.mean(y_pred, axis=1)
        return super().compute_metrics(x, y, y_pred, sample_weight)

    def explain(
        self,
        df: Any,
        y: Any = None,
        repeats: int = 5,
        seed: int = 0,
        batch_size: int | None = None,
    ) -> pd.DataFrame:
        """How much the model's answers depend on each column: permutation importance.

        A raw column is shuffled among the rows, `repeats` times, and nothing else is
        changed (Breiman 2001, "Random forests", section 10; Fisher et al. 2019, "All
        models are wrong, but many are useful", section 3). With labels, importance is
        how much the loss rises: the log-loss of a classifier, the root mean squared
        error of a regressor in the target's unit. Without labels, it is how far the
        prediction moves on average: probability that changes class, or the absolute
        change in the target's unit.

        Columns that say the same share their importance: each looks less important
        than both together. Use rows that the model was not trained on. The time is
        that of predicting `rows * columns * repeats` rows; a sample of some thousand
        rows is enough.

        Args:
            df: a table with at least 2 rows.
            y: labels (rows,). Default: the table's target column, if it has one.
            repeats: int, how often each column is shuffled.
            seed: int, of the shuffles.
            batch_size: int.

        Returns:
            A pandas DataFrame with a row per feature column, most important first:
            `column`, `importance` (mean over the repeats), `sd` (standard deviation
            over the repeats, NaN for one). Its `attrs["measure"]` says in words what
            `importance` is.

        Raises:
            ValueError: the model has no adapted preprocessor, or the table does not
                fit it.

        Example:
        ```python
        model = keras_docs.TabTransformer.from_preset("tab_transformer_income")
        importance = model.explain(test_rows)
        keras_docs.plot_importance(importance).savefig("importance.png")
        ```
        """
        return permutation_importance(self, df, y, repeats, seed, batch_size)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "hidden_dims": self.hidden_dims,
            "hidden_activation": self.hidden_activation,
            "batch_normalization": self.batch_normalization,
            "dropout": self.dropout,
            "num_members": self.num_members,
        }
