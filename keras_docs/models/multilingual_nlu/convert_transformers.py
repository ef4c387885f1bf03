"""Hugging Face Transformers' BERT and XLM-RoBERTa as `MultilingualNLU`.

Besides the two, what has their architecture: multilingual BERT, multilingual MiniLM and
E5. Equal ids give equal logits. The ids of a text are Transformers' own where words
stand between spaces. They differ where `MultilingualNLUPreprocessor` cuts: at each
Chinese character and Kana, after Unicode's NFKC, and without SentencePiece's word
boundary where no letter joins it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keras_docs.models.base.checkpoint_tensors import CheckpointTensors
from keras_docs.models.multilingual_nlu.multilingual_nlu_backbone import (
    MultilingualNLUBackbone,
)
from keras_docs.models.multilingual_nlu.multilingual_nlu_preprocessor import (
    LENGTHS,
    MultilingualNLUPreprocessor,
)
from keras_docs.models.multilingual_nlu.transformers_encoder import (
    assign_encoder,
    check_encoder,
)
from keras_docs.models.multilingual_nlu.transformers_head import TransformersHead
from keras_docs.models.multilingual_nlu.transformers_labels import read_labels
from keras_docs.models.multilingual_nlu.transformers_settings import backbone_settings
from keras_docs.models.multilingual_nlu.transformers_tokenizer import read_tokenizer


def load_backbone(
    folder: Path, config: dict[str, Any], load_weights: bool, kwargs: dict[str, Any]
) -> MultilingualNLUBackbone:
    """Builds the encoder of a checkpoint, whatever head is on it.

    Args:
        folder: the checkpoint, verified.
        config: its `config.json`.
        load_weights: bool.
        kwargs: arguments of the backbone to override.

    Returns:
        A `MultilingualNLUBackbone`. The first segment's embedding is added to its
        positions; dropout on attention, which only trains, is not carried over.

    Raises:
        UnsupportedCheckpointError: the backbone cannot compute what the checkpoint
            does.
        PresetCorruptError: its weights are not those that its config describes.
    """
    settings = backbone_settings(config)
    tensors = CheckpointTensors(folder)
    check_encoder(tensors, config)
    backbone = MultilingualNLUBackbone(**{**settings, **kwargs})
    if load_weights:
        assign_encoder(backbone, tensors, config)
    return backbone


def load_preprocessor(
    folder: Path, config: dict[str, Any], kwargs: dict[str, Any]
) -> MultilingualNLUPreprocessor:
    """Builds the preprocessor of a checkpoint, with the labels of its head.

    Args:
        folder: the checkpoint, verified.
        config: its `config.json`.
        kwargs: arguments of the preprocessor to override.

    Returns:
        A `MultilingualNLUPreprocessor`; without labels if there is no head.

    Raises:
        PresetIncompleteError: there is no vocabulary that can be read.
        PresetFormatError: the vocabulary or the labels do not fit.
    """
    settings = backbone_settings(config)
    labels = read_labels(config)
    tokenizer, lowercase = read_tokenizer(folder, settings["vocabulary_size"])
    arguments = {
        "intents": labels.intents if labels else (),
        "slot_types": labels.slot_types if labels else (),
        "sequence_length": min(settings["max_sequence_length"], LENGTHS[-1]),
        "lowercase": lowercase,
        "special_tokens": True,
    }
    return MultilingualNLUPreprocessor(tokenizer, **{**arguments, **kwargs})


def load_head(folder: Path, config: dict[str, Any]) -> TransformersHead | None:
    """The head of a checkpoint, or `None` if it classifies neither texts nor tokens.

    Args:
        folder: the checkpoint, verified.
        config: its `config.json`.

    Returns:
        A `TransformersHead`: `config`, arguments of `MultilingualNLU`, and
        `assign(task)`.

    Raises:
        UnsupportedCheckpointError: the task cannot compute what the checkpoint does.
        PresetCorruptError: its weights are not those that its config describes.
    """
    # What can't be computed at all is told first.
    backbone_settings(config)
    if read_labels(config) is None:
        return None
    return TransformersHead(folder, config)
