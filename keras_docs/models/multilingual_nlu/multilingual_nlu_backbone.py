"""A compact Transformer encoder for short texts in many languages."""

from __future__ import annotations

from typing import Any

import keras
import keras_hub

from keras_docs.layers.transformer_block import TransformerBlock
from keras_docs.models.base import Backbone


@keras.saving.register_keras_serializable(package="keras_docs")
class MultilingualNLUBackbone(Backbone):
    """Token ids in, a vector in context for each token out.

    Token and position embeddings, then Transformer layers. The defaults are the size
    `tiny`; `small` is `num_layers=6, hidden_dim=384, num_heads=6` and `base`
    `num_layers=12, hidden_dim=768, num_heads=12`, each with
    `intermediate_dim=4 * hidden_dim`. With `normalize_first=False` it is the
    architecture of BERT and XLM-RoBERTa, whose checkpoints it can hold.

    Args:
        vocabulary_size: int, pieces of the tokenizer.
        num_layers: int.
        num_heads: int, divides `hidden_dim`.
        hidden_dim: int, size of the vectors.
        intermediate_dim: int. Default: `4 * hidden_dim`.
        embedding_dim: int, size of the token embeddings, which a linear layer widens
            (Lan et al. 2020, ALBERT, section 3.1). In a small model most parameters are
            embeddings. Default: `hidden_dim`, without that layer.
        dropout: float, on the embeddings and on each sublayer's output.
        max_sequence_length: int, the positions there are.
        normalize_first: bool. True: normalisation before each sublayer and after the
            last layer. False: after the embeddings and after each sublayer.
        activation: string, of the feed-forward networks.
        layer_norm_epsilon: float.
        dtype: dtype policy.
        **kwargs: `name`, `trainable`.

    Call arguments:
        A dict of `token_ids` and `padding_mask`, int32 (batch, length), with `length`
        at most `max_sequence_length`; the mask is 1 for tokens and 0 for padding.

    Returns:
        Tensor (batch, length, hidden_dim) in the compute dtype.

    Raises:
        ValueError: `num_heads` does not divide `hidden_dim`.

    Example:
    ```python
    backbone = keras_docs.MultilingualNLUBackbone(vocabulary_size=32000)
    backbone(
        {
            "token_ids": np.array([[2, 17, 9, 0]]),
            "padding_mask": np.array([[1, 1, 1, 0]]),
        }
    ).shape  # (1, 4, 256)
    ```

    References:
    - [Vaswani et al. 2017, Attention Is All You Need](https://arxiv.org/abs/1706.03762)
    - [Lan et al. 2020, ALBERT](https://arxiv.org/abs/1909.11942)
    - [Conneau et al. 2020, Unsupervised Cross-lingual Representation Learning at
      Scale](https://arxiv.org/abs/1911.02116), the architecture with
      `normalize_first=False`
    """

    def __init__(
        self,
        vocabulary_size: int,
        num_layers: int = 4,
        num_heads: int = 4,
        hidden_dim: int = 256,
        intermediate_dim: int | None = None,
        embedding_dim: int | None = None,
        dropout: float = 0.1,
        max_sequence_length: int = 128,
        normalize_first: bool = True,
        activation: str = "gelu",
        layer_norm_epsilon: float = 1e-5,
        dtype: Any = None,
        **kwargs: Any,
    ):
        if hidden_dim % num_heads:
            raise ValueError(
                f"`num_heads` must divide `hidden_dim`. Received: num_heads={num_heads}"
                f", hidden_dim={hidden_dim}."
            )
        intermediate_dim = intermediate_dim or 4 * hidden_dim
        embedding_dim = embedding_dim or hidden_dim

        # === Layers ===
        self.token_embedding = keras_hub.layers.ReversibleEmbedding(
            vocabulary_size,
            embedding_dim,
            embeddings_initializer=keras.initializers.TruncatedNormal(stddev=0.02),
            dtype=dtype,
            name="token_embedding",
        )
        self.position_embedding = keras_hub.layers.PositionEmbedding(
            max_sequence_length,
            initializer=keras.initializers.TruncatedNormal(stddev=0.02),
            dtype=dtype,
            name="position_embedding",
        )
        self.norm = keras.layers.LayerNormalization(
            epsilon=layer_norm_epsilon,
            dtype=dtype,
            name="output_norm" if normalize_first else "embedding_norm",
        )
        self.embedding_dropout = keras.layers.Dropout(
            dropout, dtype=dtype, name="embedding_dropout"
        )
        self.transformer_layers = [
            TransformerBlock(
                num_heads,
                intermediate_dim,
                dropout,
                normalize_first,
                activation,
                layer_norm_epsilon,
                dtype=dtype,
                name=f"transformer_layer_{i}",
            )
            for i in range(num_layers)
        ]

        # === Functional Model ===
        inputs = {
            name: keras.Input((None,), dtype="int32", name=name)
            for name in ("token_ids", "padding_mask")
        }
        embedded = self.token_embedding(inputs["token_ids"])
        if embedding_dim != hidden_dim:
            embedded = keras.layers.Dense(
                hidden_dim, use_bias=False, dtype=dtype, name="embedding_projection"
            )(embedded)
        x = keras.layers.Add(dtype=dtype, name="embeddings")(
            [embedded, self.position_embedding(embedded)]
        )
        if not normalize_first:
            x = self.norm(x)
        x = self.embedding_dropout(x)
        for layer in self.transformer_layers:
            x = layer(x, padding_mask=inputs["padding_mask"])
        if normalize_first:
            x = self.norm(x)
        super().__init__(inputs=inputs, outputs=x, dtype=dtype, **kwargs)

        # === Config ===
        self.vocabulary_size = vocabulary_size
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.hidden_dim = hidden_dim
        self.intermediate_dim = intermediate_dim
        self.embedding_dim = embedding_dim
        self.dropout = dropout
        self.max_sequence_length = max_sequence_length
        self.normalize_first = normalize_first
        self.activation = activation
        self.layer_norm_epsilon = layer_norm_epsilon

    def default_lora_layer_names(self) -> list[str]:
        return ["query_key_value"]

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "num_layers": self.num_layers,
            "num_heads": self.num_heads,
            "hidden_dim": self.hidden_dim,
            "intermediate_dim": self.intermediate_dim,
            "embedding_dim": self.embedding_dim,
            "dropout": self.dropout,
            "max_sequence_length": self.max_sequence_length,
            "normalize_first": self.normalize_first,
            "activation": self.activation,
            "layer_norm_epsilon": self.layer_norm_epsilon,
        }
