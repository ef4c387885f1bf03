"""Hugging Face Transformers' T5 and mT5 as the text core of DocFormerV2."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from keras_docs.hub.errors import UnsupportedCheckpointError
from keras_docs.models.base.checkpoint_tensors import CheckpointTensors
from keras_docs.models.docformer_v2.docformer_v2_backbone import DocFormerV2Backbone
from keras_docs.models.docformer_v2.docformer_v2_preprocessor import (
    DocFormerV2Preprocessor,
)
from keras_docs.models.docformer_v2.t5_settings import backbone_settings
from keras_docs.models.docformer_v2.t5_tokenizer import read_t5_tokenizer
from keras_docs.models.docformer_v2.t5_weights import assign_t5, t5_shapes

HEAD = "lm_head.weight"
# Copies of other weights, and one that was never used.
SPARE = re.compile(
    r"(encoder|decoder)\.embed_tokens\.weight"
    r"|decoder\.block\.0\.layer\.1\.EncDecAttention\.relative_attention_bias\.weight"
)


def load_backbone(
    folder: Path, config: dict[str, Any], load_weights: bool, kwargs: dict[str, Any]
) -> DocFormerV2Backbone:
    """Builds the backbone of a checkpoint.

    Args:
        folder: the checkpoint, verified.
        config: its `config.json`.
        load_weights: bool.
        kwargs: arguments of the backbone to override. Without any it is T5 itself;
            with `use_layout=True`, what T5 lacks is new and random.

    Returns:
        A `DocFormerV2Backbone`; without a decoder if the checkpoint has none.

    Raises:
        UnsupportedCheckpointError: the backbone cannot compute what the checkpoint
            does.
        PresetCorruptError: its weights are not those that its config describes.
    """
    settings = backbone_settings(config)
    tensors = CheckpointTensors(folder)
    if not any(name.startswith("decoder.block.") for name in tensors.names):
        settings["num_decoder_layers"] = 0
    shapes = t5_shapes(settings)
    for name, shape in shapes.items():
        tensors.check(name, shape)
    for name in tensors.names:
        if name not in shapes and name != HEAD and not SPARE.fullmatch(name):
            raise UnsupportedCheckpointError(
                f"The checkpoint (model_type={config['model_type']!r}) has the weight "
                f"{name!r:.120}, which DocFormerV2Backbone has no place for: its "
                "outputs would differ from the checkpoint's. Load it with "
                "transformers.",
                config["model_type"],
            )
    settings["tie_embedding_weights"] = not _has_own_head(tensors, shapes)
    backbone = DocFormerV2Backbone(**{**settings, **kwargs})
    if load_weights:
        assign_t5(backbone, tensors.read)
    return backbone


def load_preprocessor(
    folder: Path, config: dict[str, Any], kwargs: dict[str, Any]
) -> DocFormerV2Preprocessor | None:
    """Builds a preprocessor for the checkpoint's text core.

    Args:
        folder: the checkpoint, verified.
        config: its `config.json`.
        kwargs: arguments of the preprocessor to override.

    Returns:
        A `DocFormerV2Preprocessor` without images, which T5 sees none of; `None` if the
        checkpoint has no `spiece.model`.

    Raises:
        PresetFormatError: that can't be read, or does not fit the model.
    """
    size = backbone_settings(config)["vocabulary_size"]
    tokenizer = read_t5_tokenizer(folder, size)
    if tokenizer is None:
        return None
    return DocFormerV2Preprocessor(tokenizer, **{"image_shape": None, **kwargs})


def load_head(folder: Path, config: dict[str, Any]) -> T5Head:
    """The head of a checkpoint, all of which is in the backbone."""
    return T5Head()


class T5Head:
    """Nothing to build and nothing to fill."""

    config: dict[str, Any] = {}

    def assign(self, task: Any) -> None:
        """Leaves the task as it is."""


def _has_own_head(tensors: CheckpointTensors, shapes: dict) -> bool:
    """Whether tokens are scored by other weights than their embeddings.

    A head that equals the embeddings is one that was tied when it was saved.
    """
    if HEAD not in tensors.names:
        return False
    tensors.check(HEAD, shapes["shared.weight"])
    return not np.array_equal(tensors.read(HEAD), tensors.read("shared.weight"))
