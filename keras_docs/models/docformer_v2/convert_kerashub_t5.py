"""KerasHub's T5 as the text core of DocFormerV2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import keras_hub
import numpy as np
from keras import ops

from keras_docs.models.docformer_v2.t5_weights import assign_t5, bias_name

# Keras' `gelu` is exact where T5 v1.1 approximates; KerasHub's presets say which.
ACTIVATIONS = {"relu": "relu", "gelu": "gelu", "silu": "silu"}
PROJECTIONS = {
    "q": "query_projector",
    "k": "key_projector",
    "v": "value_projector",
    "o": "output_projector",
}


def convert(
    cls: type, source: keras.Model, load_weights: bool, kwargs: dict[str, Any]
) -> keras.Model:
    """Builds a backbone from KerasHub's.

    Args:
        cls: `DocFormerV2Backbone`.
        source: a `keras_hub.models.T5Backbone`.
        load_weights: bool.
        kwargs: arguments of `cls` to override.

    Returns:
        A `cls`.

    Raises:
        ValueError: it is another model, or computes what the backbone cannot.
    """
    if not isinstance(source, keras_hub.models.T5Backbone):
        raise ValueError(
            "`preset` must be a folder, a handle, or a keras_hub.models.T5Backbone. "
            f"Received: a {type(source).__name__}."
        )
    activation = keras.activations.serialize(source.activation)
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"`preset` has the activation {activation!r}; of KerasHub's T5, "
            f"{', '.join(ACTIVATIONS)} are known."
        )
    settings = {
        "vocabulary_size": source.vocabulary_size,
        "num_layers": source.num_layers,
        "num_heads": source.num_heads,
        "hidden_dim": source.hidden_dim,
        "intermediate_dim": source.intermediate_dim,
        "key_value_dim": source.key_value_dim,
        "dropout": source.dropout,
        "activation": ACTIVATIONS[activation],
        "use_gated_activation": source.use_gated_activation,
        "layer_norm_epsilon": source.layer_norm_epsilon,
        "tie_embedding_weights": source.tie_embedding_weights,
    }
    backbone = cls(**{**settings, **kwargs})
    if load_weights:
        assign_t5(backbone, dict(_weights(source)).__getitem__)
    return backbone


def _weights(source: keras.Model) -> Iterator[tuple[str, np.ndarray]]:
    """Weights by Transformers' names, with kernels as PyTorch has them."""
    yield "shared.weight", _array(source.token_embedding.embeddings)
    if not source.tie_embedding_weights:
        head = source.token_embedding.reverse_embeddings
        yield "lm_head.weight", _array(head).T
    for side in ("encoder", "decoder"):
        layers = getattr(source, f"{side}_transformer_layers")
        norm = getattr(source, f"{side}_layer_norm")
        yield f"{side}.final_layer_norm.weight", _array(norm.weight)
        bias = layers[0].self_attention.relative_attention_bias
        yield bias_name(side), _array(bias)
        for index, layer in enumerate(layers):
            yield from _layer_weights(f"{side}.block.{index}.layer", layer)


def _layer_weights(at: str, layer: Any) -> Iterator[tuple[str, np.ndarray]]:
    attentions = {"SelfAttention": "self_attention"}
    if layer.is_decoder:
        attentions["EncDecAttention"] = "cross_attention"
    for index, (name, attribute) in enumerate(attentions.items()):
        norm = getattr(layer, f"{attribute}_layer_norm")
        yield f"{at}.{index}.layer_norm.weight", _array(norm.weight)
        for part, projector in PROJECTIONS.items():
            dense = getattr(getattr(layer, attribute), projector)
            yield f"{at}.{index}.{name}.{part}.weight", _array(dense.kernel).T
    at = f"{at}.{len(attentions)}"
    yield f"{at}.layer_norm.weight", _array(layer.layer_norm.weight)
    dense = {"wo": layer.output_projector}
    if layer.use_gated_activation:
        dense |= {"wi_0": layer.input_projector, "wi_1": layer.gate_projector}
    else:
        dense["wi"] = layer.input_projector
    for name, part in dense.items():
        yield f"{at}.DenseReluDense.{name}.weight", _array(part.kernel).T


def _array(variable: Any) -> np.ndarray:
    return ops.convert_to_numpy(ops.cast(variable, "float32"))
