"""Settings of BERT and XLM-RoBERTa checkpoints as those of our backbone."""

from __future__ import annotations

from typing import Any

from keras_docs.hub.errors import PresetFormatError, UnsupportedCheckpointError

# Names in Transformers, and ours.
ACTIVATIONS = {
    "gelu": "gelu",
    "gelu_fast": "gelu_tanh",
    "gelu_new": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "relu": "relu",
}
# What holds where config.json has no such key: Transformers' BertConfig and
# XLMRobertaConfig.
DEFAULTS = {
    "vocab_size": 30522,
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "hidden_dropout_prob": 0.1,
    "position_embedding_type": "absolute",
    "is_decoder": False,
    "add_cross_attention": False,
}
# XLM-RoBERTa numbers positions from the one after its padding's.
FIRST_POSITION = {"bert": 0, "xlm-roberta": 2}
PADDING = 1


def setting(config: dict[str, Any], name: str) -> Any:
    """A setting of `config.json`, or what Transformers takes without it."""
    value = config.get(name)
    return DEFAULTS.get(name) if value is None else value


def backbone_settings(config: dict[str, Any]) -> dict[str, Any]:
    """Arguments of `MultilingualNLUBackbone` for a checkpoint.

    Args:
        config: its `config.json`.

    Returns:
        Dict of arguments.

    Raises:
        UnsupportedCheckpointError: the backbone cannot compute what the checkpoint
            does.
        PresetFormatError: a size is no positive integer.
    """
    _refuse(config, "hidden_act", ACTIVATIONS)
    for name in ("position_embedding_type", "is_decoder", "add_cross_attention"):
        _refuse(config, name, (DEFAULTS[name],))
    first = FIRST_POSITION[config["model_type"]]
    if first:
        _refuse(config, "pad_token_id", (PADDING, None))
    return {
        "vocabulary_size": size(config, "vocab_size"),
        "num_layers": size(config, "num_hidden_layers"),
        "num_heads": size(config, "num_attention_heads"),
        "hidden_dim": size(config, "hidden_size"),
        "intermediate_dim": size(config, "intermediate_size"),
        "dropout": number(config, "hidden_dropout_prob"),
        "max_sequence_length": size(config, "max_position_embeddings", first) - first,
        "normalize_first": False,
        "activation": ACTIVATIONS[setting(config, "hidden_act")],
        "layer_norm_epsilon": number(config, "layer_norm_eps"),
    }


def size(config: dict[str, Any], name: str, above: int = 0) -> int:
    """A setting that is an integer above a bound."""
    value = setting(config, name)
    if not isinstance(value, int) or isinstance(value, bool) or value <= above:
        raise PresetFormatError(
            f"{name} in the checkpoint's config.json must be an integer above {above}. "
            f"Received: {value!r:.80}."
        )
    return value


def number(config: dict[str, Any], name: str) -> float:
    """A setting from 0 to below 1."""
    value = setting(config, name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value < 1:
        raise PresetFormatError(
            f"{name} in the checkpoint's config.json must be a number from 0 to below "
            f"1. Received: {value!r:.80}."
        )
    return float(value)


def _refuse(config: dict[str, Any], name: str, accepted: Any) -> None:
    value = setting(config, name)
    # A list can't be looked up.
    if isinstance(value, str | int | float | None) and value in accepted:
        return
    raise UnsupportedCheckpointError(
        f"The checkpoint (model_type={config['model_type']!r}) has {name}="
        f"{value!r:.80}; MultilingualNLUBackbone computes with "
        f"{', '.join(map(repr, accepted))}, so its outputs would differ from the "
        "checkpoint's. Load it with transformers.",
        config["model_type"],
    )
