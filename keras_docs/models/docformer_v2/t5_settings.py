"""The settings of a Transformers T5 or mT5 checkpoint as arguments of our backbone."""

from __future__ import annotations

from typing import Any

from keras_docs.hub.errors import PresetFormatError, UnsupportedCheckpointError

# What Transformers takes for keys that are absent.
DEFAULTS: dict[str, dict[str, Any]] = {
    "t5": {
        "vocab_size": 32128,
        "d_model": 512,
        "d_kv": 64,
        "d_ff": 2048,
        "num_layers": 6,
        "num_heads": 8,
        "feed_forward_proj": "relu",
    },
    "mt5": {
        "vocab_size": 250112,
        "d_model": 512,
        "d_kv": 64,
        "d_ff": 1024,
        "num_layers": 8,
        "num_heads": 6,
        "feed_forward_proj": "gated-gelu",
    },
}
SHARED = {
    "relative_attention_num_buckets": 32,
    "relative_attention_max_distance": 128,
    "dropout_rate": 0.1,
    "layer_norm_epsilon": 1e-6,
}
# Transformers takes `gated-gelu` for the approximation, and `gelu` for the exact one.
FEED_FORWARDS: dict[str, tuple[str, bool]] = {
    "relu": ("relu", False),
    "gelu": ("gelu", False),
    "gated-gelu": ("gelu_tanh", True),
    "gated-relu": ("relu", True),
    "gated-silu": ("silu", True),
}


def backbone_settings(config: dict[str, Any]) -> dict[str, Any]:
    """Arguments of `DocFormerV2Backbone` for the text core of a checkpoint.

    Args:
        config: its `config.json`.

    Returns:
        Dict of arguments.

    Raises:
        UnsupportedCheckpointError: the backbone cannot compute what the checkpoint
            does.
        PresetFormatError: a setting is no number of the right kind.
    """
    kind = _setting(config, "feed_forward_proj")
    if not isinstance(kind, str) or kind not in FEED_FORWARDS:
        raise UnsupportedCheckpointError(
            f"The checkpoint (model_type={config['model_type']!r}) has "
            f"feed_forward_proj={kind!r:.80}; DocFormerV2Backbone computes "
            f"{', '.join(FEED_FORWARDS)}. Load it with transformers.",
            config["model_type"],
        )
    activation, is_gated = FEED_FORWARDS[kind]
    layers = _size(config, "num_layers")
    decoder = config.get("num_decoder_layers")
    return {
        "vocabulary_size": _size(config, "vocab_size"),
        "num_layers": layers,
        "num_decoder_layers": (
            layers if decoder is None else _size(config, "num_decoder_layers")
        ),
        "num_heads": _size(config, "num_heads"),
        "hidden_dim": _size(config, "d_model"),
        "intermediate_dim": _size(config, "d_ff"),
        "key_value_dim": _size(config, "d_kv"),
        "dropout": _share(config, "dropout_rate"),
        "activation": activation,
        "use_gated_activation": is_gated,
        "layer_norm_epsilon": _share(config, "layer_norm_epsilon"),
        "num_buckets": _size(config, "relative_attention_num_buckets"),
        "max_distance": _size(config, "relative_attention_max_distance"),
        "scale_logits": _scales_logits(config),
        "use_layout": False,
        "image_shape": None,
    }


def _scales_logits(config: dict[str, Any]) -> bool:
    """T5 v1.0 scales before the scores of tokens; v1.1 and mT5 do not.

    Configs tell the two apart by `tie_word_embeddings`; since version 5 Transformers
    ties in any case, and writes what it means.
    """
    if config["model_type"] == "mt5":
        return False
    scales = config.get("scale_decoder_outputs")
    if isinstance(scales, bool):
        return scales
    return config.get("tie_word_embeddings") is not False


def _setting(config: dict[str, Any], name: str) -> Any:
    value = config.get(name)
    if value is not None:
        return value
    return {**SHARED, **DEFAULTS[config["model_type"]]}.get(name)


def _size(config: dict[str, Any], name: str) -> int:
    value = _setting(config, name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise PresetFormatError(
            f"{name} in the checkpoint's config.json must be a positive integer. "
            f"Received: {value!r:.80}."
        )
    return value


def _share(config: dict[str, Any], name: str) -> float:
    value = _setting(config, name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value < 1:
        raise PresetFormatError(
            f"{name} in the checkpoint's config.json must be a number from 0 to below "
            f"1. Received: {value!r:.80}."
        )
    return float(value)
