"""Hugging Face Transformers' BERT and XLM-RoBERTa as KerasHub backbones.

KerasHub converts the weights, and ignores settings that its backbones do not have: the
numbers would differ from the checkpoint's without a word. Such checkpoints are refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import keras_hub
import safetensors

from keras_docs.hub.errors import PresetFormatError, UnsupportedCheckpointError

# What KerasHub 0.32 builds whatever the checkpoint says. `None`: the key may be absent,
# with Transformers' default, which is the value built.
BUILT: dict[str, tuple[str, dict[str, tuple]]] = {
    "bert": (
        "BertBackbone",
        {
            "hidden_act": ("gelu_new", "gelu_pytorch_tanh"),
            "layer_norm_eps": (1e-12, None),
            "position_embedding_type": ("absolute", None),
            "is_decoder": (False, None),
        },
    ),
    "xlm-roberta": (
        "XLMRobertaBackbone",
        {
            "hidden_act": ("gelu", None),
            "layer_norm_eps": (1e-5,),
            "position_embedding_type": ("absolute", None),
            "is_decoder": (False, None),
        },
    ),
}


def load_backbone(
    folder: Path, config: dict[str, Any], load_weights: bool, kwargs: dict[str, Any]
) -> keras.Model:
    """Builds the KerasHub backbone of a checkpoint.

    Args:
        folder: the checkpoint, verified.
        config: its `config.json`.
        load_weights: bool.
        kwargs: arguments of the backbone's class to override.

    Returns:
        A `keras_hub.models.BertBackbone` or `XLMRobertaBackbone`.

    Raises:
        UnsupportedCheckpointError: the checkpoint has settings that KerasHub's backbone
            cannot have.
        PresetFormatError: its config or its weights are not those of the model type.
    """
    name, built = BUILT[config["model_type"]]
    for key, accepted in built.items():
        if config.get(key) not in accepted:
            raise UnsupportedCheckpointError(
                f"The checkpoint (model_type={config['model_type']!r}) has "
                f"{key}={config.get(key)!r:.80}; KerasHub's {name} computes with "
                f"{accepted[0]!r}, so its outputs would differ from the checkpoint's. "
                "Load it with transformers.",
                config["model_type"],
            )
    cls = getattr(keras_hub.models, name)
    try:
        return cls.from_preset(str(folder), load_weights=load_weights, **kwargs)
    except (KeyError, TypeError, ValueError, safetensors.SafetensorError) as error:
        raise PresetFormatError(
            f"The checkpoint cannot be read as a {name}: {str(error)[:300]}. Its "
            "config.json or its weights lack what that model has (a checkpoint saved "
            "from a head without the pooler, for example)."
        ) from error
