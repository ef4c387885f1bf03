"""The network of TabTransformer without a head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from keras_docs.layers.transformer_block import TransformerBlock
from keras_docs.models.base import Backbone
from keras_docs.models.tab_transformer.column_embedding import ColumnEmbedding
from keras_docs.models.tab_transformer.piecewise_linear_embedding import (
    PiecewiseLinearEmbedding,
)

COLUMN_EMBEDDINGS = ("concat", "add", "none")
CONTINUOUS_NORMALIZATIONS = ("layer_norm", "batch_norm", "none")


@keras.saving.register_keras_serializable(package="keras_docs")
class TabTransformerBackbone(Backbone):
    """TabTransformer: contextual embeddings of a table's columns.

    Categorical columns are embedded, made contextual by Transformer layers, flattened
    and joined with the continuous columns (Huang et al. 2020, "TabTransformer",
    arXiv 2012.06678, section 2). The defaults are the paper's: embeddings of 32, 6
    layers of 8 heads, a feed-forward network of 4 times the size, normalisation after
    each sublayer, a shared column part of 1/8.

    Beyond the paper, numeric columns can be columns of the Transformer too
    (`num_ranks`), through a piecewise-linear encoding.

    Args:
        cardinalities: list of ints, for each categorical column the number of its
            categories plus one for missing values.
        num_continuous: int, numbers that join the features behind the Transformer.
        num_ranks: int, numeric columns that enter the Transformer.
        num_bins: int, bins of their piecewise-linear encoding. Needed with
            `num_ranks`.
        hidden_dim: int, size of a column's embedding.
        num_layers: int, Transformer layers. With 0 the model is the paper's MLP
            baseline: embeddings without context.
        num_heads: int, divides `hidden_dim`.
        intermediate_dim: int, size of the feed-forward network. Defaults to
            `4 * hidden_dim`.
        dropout: float, dropout of the Transformer layers.
        column_embedding: `"concat"` (the paper's), `"add"` or `"none"`.
        shared_dim: int, size of the part that a column's embeddings share with
            `"concat"`. Defaults to `hidden_dim // 8`.
        continuous_normalization: `"none"`, `"batch_norm"`, or `"layer_norm"` as in
            the paper's figure 1. Layer norm mixes the columns of a row and is
            constant for a single column; it cost 1.6 points of AUC on
            bank_marketing, so it is not the default.
        normalize_first: bool, pre-norm Transformer layers.
        dtype: the dtype policy of the model.

    Call arguments:
        A dict with the inputs whose width is not 0:
        `"categorical"`: int32 (batch, columns), 0 for missing;
        `"continuous"`: float32 (batch, num_continuous);
        `"ranks"`: float32 (batch, num_ranks), bin positions, -1 for missing.

    Returns:
        A dict: `"contextual_embeddings"` (batch, columns, hidden_dim), the
        categorical columns before the numeric ones (absent without either), and
        `"features"` (batch, columns * hidden_dim + num_continuous), both of the
        compute dtype.

    Raises:
        ValueError: there is no column at all, or sizes do not fit.

    Example:
    ```python
    backbone = keras_docs.TabTransformerBackbone(
        cardinalities=[10, 4, 3], num_continuous=2
    )
    outputs = backbone(
        {
            "categorical": np.array([[1, 0, 2], [9, 3, 1]]),
            "continuous": np.array([[0.3, -1.2], [0.0, 2.2]]),
        }
    )
    outputs["contextual_embeddings"].shape  # (2, 3, 32)
    ```
    """

    def __init__(
        self,
        cardinalities: Sequence[int] = (),
        num_continuous: int = 0,
        num_ranks: int = 0,
        num_bins: int | None = None,
        hidden_dim: int = 32,
        num_layers: int = 6,
        num_heads: int = 8,
        intermediate_dim: int | None = None,
        dropout: float = 0.1,
        column_embedding: str = "concat",
        shared_dim: int | None = None,
        continuous_normalization: str = "none",
        normalize_first: bool = False,
        dtype: Any = None,
        **kwargs: Any,
    ):
        _check_sizes(cardinalities, num_continuous, num_ranks, num_bins)
        _check_choice("column_embedding", column_embedding, COLUMN_EMBEDDINGS)
        _check_choice(
            "continuous_normalization",
            continuous_normalization,
            CONTINUOUS_NORMALIZATIONS,
        )
        if num_layers and hidden_dim % num_heads:
            raise ValueError(
                f"`num_heads` must divide `hidden_dim`. Received: num_heads={num_heads}"
                f", hidden_dim={hidden_dim}."
            )
        cardinalities = [int(n) for n in cardinalities]
        intermediate_dim = intermediate_dim or 4 * hidden_dim
        shared_dim = hidden_dim // 8 if shared_dim is None else shared_dim

        # === Layers ===
        self.transformer_layers = [
            TransformerBlock(
                num_heads,
                intermediate_dim,
                dropout,
                normalize_first,
                dtype=dtype,
                name=f"transformer_layer_{i}",
            )
            for i in range(num_layers)
        ]

        # === Functional Model ===
        inputs, columns, features = {}, [], []
        if cardinalities:
            inputs["categorical"] = keras.Input(
                (len(cardinalities),), dtype="int32", name="categorical"
            )
            embedding = ColumnEmbedding(
                cardinalities,
                hidden_dim,
                column_embedding,
                shared_dim,
                dtype=dtype,
                name="column_embedding",
            )
            columns.append(embedding(inputs["categorical"]))
        if num_ranks:
            inputs["ranks"] = keras.Input((num_ranks,), name="ranks")
            embedding = PiecewiseLinearEmbedding(
                num_ranks, num_bins, hidden_dim, dtype=dtype, name="rank_embedding"
            )
            columns.append(embedding(inputs["ranks"]))

        outputs = {}
        if columns:
            x = columns[0]
            if len(columns) == 2:
                x = keras.layers.Concatenate(axis=1, dtype=dtype, name="columns")(
                    columns
                )
            for layer in self.transformer_layers:
                x = layer(x)
            outputs["contextual_embeddings"] = x
            width = x.shape[1] * hidden_dim
            features.append(
                keras.layers.Reshape((width,), dtype=dtype, name="flatten")(x)
            )
        if num_continuous:
            inputs["continuous"] = keras.Input((num_continuous,), name="continuous")
            features.append(
                _continuous_stream(
                    inputs["continuous"], continuous_normalization, dtype
                )
            )
        outputs["features"] = features[0]
        if len(features) == 2:
            outputs["features"] = keras.layers.Concatenate(
                dtype=dtype, name="features"
            )(features)
        super().__init__(inputs=inputs, outputs=outputs, dtype=dtype, **kwargs)

        # === Config ===
        self.cardinalities = cardinalities
        self.num_continuous = num_continuous
        self.num_ranks = num_ranks
        self.num_bins = num_bins
        self.hidden_dim = hidden_dim
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.intermediate_dim = intermediate_dim
        self.dropout = dropout
        self.column_embedding = column_embedding
        self.shared_dim = shared_dim
        self.continuous_normalization = continuous_normalization
        self.normalize_first = normalize_first

    def default_lora_layer_names(self) -> list[str]:
        return ["query_key_value"]

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "cardinalities": list(self.cardinalities),
            "num_continuous": self.num_continuous,
            "num_ranks": self.num_ranks,
            "num_bins": self.num_bins,
            "hidden_dim": self.hidden_dim,
            "num_layers": self.num_layers,
            "num_heads": self.num_heads,
            "intermediate_dim": self.intermediate_dim,
            "dropout": self.dropout,
            "column_embedding": self.column_embedding,
            "shared_dim": self.shared_dim,
            "continuous_normalization": self.continuous_normalization,
            "normalize_first": self.normalize_first,
        }


def _continuous_stream(inputs, normalization: str, dtype):
    """The continuous columns, normalised, in the compute dtype."""
    if normalization == "layer_norm":
        layer = keras.layers.LayerNormalization(
            epsilon=1e-5, dtype=dtype, name="continuous_norm"
        )
    elif normalization == "batch_norm":
        layer = keras.layers.BatchNormalization(dtype=dtype, name="continuous_norm")
    else:
        layer = keras.layers.Identity(dtype=dtype, name="continuous_norm")
    return layer(inputs)


def _check_sizes(cardinalities, num_continuous, num_ranks, num_bins) -> None:
    if not cardinalities and not num_continuous and not num_ranks:
        raise ValueError(
            "The model has no columns: give `cardinalities`, `num_continuous` or "
            "`num_ranks`. Received none of them."
        )
    if any(int(n) < 1 for n in cardinalities):
        raise ValueError(
            "`cardinalities` counts the categories of each column plus one for missing "
            f"values, so each is at least 1. Received: {list(cardinalities)}."
        )
    if num_ranks and not num_bins:
        raise ValueError(
            f"`num_ranks={num_ranks}` needs `num_bins`, the bins per numeric column. "
            f"Received: num_bins={num_bins}."
        )


def _check_choice(name: str, value: Any, choices: Sequence[str]) -> None:
    if value not in choices:
        raise ValueError(f"`{name}` must be one of {choices}. Received: {value!r}.")
