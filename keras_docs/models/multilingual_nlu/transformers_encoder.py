"""Weights of BERT's and XLM-RoBERTa's encoders as those of our backbone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from keras_docs.hub.errors import UnsupportedCheckpointError
from keras_docs.models.base.checkpoint_tensors import CheckpointTensors
from keras_docs.models.multilingual_nlu.transformers_settings import (
    FIRST_POSITION,
    size,
)

# Transformers' names of the encoder within a model with a head.
PREFIXES = {"bert": "bert.", "xlm-roberta": "roberta."}
# Buffers that older versions of Transformers saved.
BUFFERS = re.compile(r".*embeddings\.(position_ids|token_type_ids)")
PROJECTIONS = ("query", "key", "value")
EMBEDDINGS = "embeddings.{}_embeddings.weight"


def prefix_of(tensors: CheckpointTensors, config: dict[str, Any]) -> str:
    """What the names of the encoder's tensors begin with; nothing without a head."""
    prefix = PREFIXES[config["model_type"]]
    return prefix if any(name.startswith(prefix) for name in tensors.names) else ""


def check_encoder(tensors: CheckpointTensors, config: dict[str, Any]) -> None:
    """Makes sure that the encoder's tensors are those that the config describes.

    Raises:
        PresetCorruptError: one is missing or of another shape; the first is named.
        UnsupportedCheckpointError: there are more than the backbone has.
    """
    prefix = prefix_of(tensors, config)
    known = set()
    # As long as they are there: a config may tell of billions of layers.
    for name, shape in _encoder_shapes(config):
        tensors.check(prefix + name, shape)
        known.add(prefix + name)
    rooms = tuple(prefix + room for room in ("embeddings.", "encoder."))
    for name in tensors.names:
        if name.startswith(rooms) and name not in known and not BUFFERS.match(name):
            raise UnsupportedCheckpointError(
                f"The checkpoint (model_type={config['model_type']!r}) has the weight "
                f"{name!r:.120}, which MultilingualNLUBackbone has no place for: its "
                "outputs would differ from the checkpoint's. Load it with "
                "transformers.",
                config["model_type"],
            )


def assign_encoder(
    backbone: keras.Model, tensors: CheckpointTensors, config: dict[str, Any]
) -> None:
    """Fills a backbone with the encoder's tensors, checked before.

    Args:
        backbone: a `MultilingualNLUBackbone` of the checkpoint's sizes.
        tensors: `CheckpointTensors`.
        config: the checkpoint's `config.json`.
    """
    prefix = prefix_of(tensors, config)

    def read(name: str) -> np.ndarray:
        return tensors.read(prefix + name)

    first = FIRST_POSITION[config["model_type"]]
    # A text is one segment: its embedding is part of each position's.
    positions = read(EMBEDDINGS.format("position"))[first:]
    segment = read(EMBEDDINGS.format("token_type"))[0]
    backbone.token_embedding.embeddings.assign(read(EMBEDDINGS.format("word")))
    backbone.position_embedding.position_embeddings.assign(positions + segment)
    _assign_norm(backbone.norm, read, "embeddings.LayerNorm")
    for index, layer in enumerate(backbone.transformer_layers):
        at = f"encoder.layer.{index}"
        _assign_projections(layer.query_key_value, read, f"{at}.attention.self")
        assign_dense(layer.attention_output, read, f"{at}.attention.output.dense")
        _assign_norm(layer.attention_norm, read, f"{at}.attention.output.LayerNorm")
        assign_dense(layer.intermediate, read, f"{at}.intermediate.dense")
        assign_dense(layer.feedforward_output, read, f"{at}.output.dense")
        _assign_norm(layer.feedforward_norm, read, f"{at}.output.LayerNorm")


def assign_dense(layer: keras.layers.Dense, read: Any, name: str) -> None:
    """Fills a dense layer; PyTorch stores kernels transposed."""
    layer.kernel.assign(read(f"{name}.weight").T)
    layer.bias.assign(read(f"{name}.bias"))


def _assign_norm(layer: Any, read: Any, name: str) -> None:
    layer.gamma.assign(read(f"{name}.weight"))
    layer.beta.assign(read(f"{name}.bias"))


def _assign_projections(layer: keras.layers.Dense, read: Any, name: str) -> None:
    kernels = [read(f"{name}.{part}.weight").T for part in PROJECTIONS]
    biases = [read(f"{name}.{part}.bias") for part in PROJECTIONS]
    layer.kernel.assign(np.concatenate(kernels, axis=1))
    layer.bias.assign(np.concatenate(biases))


def _encoder_shapes(config: dict[str, Any]) -> Iterator[tuple[str, tuple[int, ...]]]:
    hidden, inner = size(config, "hidden_size"), size(config, "intermediate_size")
    for kind, rows in (
        ("word", "vocab_size"),
        ("position", "max_position_embeddings"),
        ("token_type", "type_vocab_size"),
    ):
        yield EMBEDDINGS.format(kind), (size(config, rows), hidden)
    yield from _norm_shapes("embeddings.LayerNorm", hidden)
    for index in range(size(config, "num_hidden_layers")):
        at = f"encoder.layer.{index}"
        for part in PROJECTIONS:
            yield from dense_shapes(f"{at}.attention.self.{part}", hidden, hidden)
        yield from dense_shapes(f"{at}.attention.output.dense", hidden, hidden)
        yield from _norm_shapes(f"{at}.attention.output.LayerNorm", hidden)
        yield from dense_shapes(f"{at}.intermediate.dense", hidden, inner)
        yield from dense_shapes(f"{at}.output.dense", inner, hidden)
        yield from _norm_shapes(f"{at}.output.LayerNorm", hidden)


def dense_shapes(
    name: str, inputs: int, outputs: int
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and shapes of a dense layer's tensors."""
    yield f"{name}.weight", (outputs, inputs)
    yield f"{name}.bias", (outputs,)


def _norm_shapes(name: str, dim: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (dim,)
    yield f"{name}.bias", (dim,)
