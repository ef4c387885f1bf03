"""Which layers of a student learn from which of its teacher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras


def distilled_layers(
    teacher: Any, student: Any, layer_mapping: Mapping[str, str] | None = None
) -> list[tuple[Any, Any]]:
    """The hidden states to compare.

    Args:
        teacher: a task with a functional backbone.
        student: a task with a functional backbone.
        layer_mapping: dict of the student's layer -> the teacher's, names in their
            backbones. Default: each of the student's M Transformer layers, where layer
            m (from 1) learns from layer ⌈m N / M⌉ of the teacher's N.

    Returns:
        List of pairs of Keras tensors, the student's and the teacher's.

    Raises:
        ValueError: there is no such layer, or the states are of different places.

    Reference: the uniform mapping is that of Jiao et al. 2020, "TinyBERT", section
    3.1, https://arxiv.org/abs/1909.10351.
    """
    if layer_mapping is None:
        own, theirs = transformer_layers(student), transformer_layers(teacher)
        chosen = [-(-m * len(theirs) // len(own)) - 1 for m in range(1, len(own) + 1)]
        layers = [(layer, theirs[i]) for layer, i in zip(own, chosen, strict=True)]
    else:
        layers = [
            (_layer(student, "student", own), _layer(teacher, "teacher", theirs))
            for own, theirs in layer_mapping.items()
        ]
    pairs = [(own.output, theirs.output) for own, theirs in layers]
    for (own, theirs), (layer, other) in zip(pairs, layers, strict=True):
        shapes = [getattr(tensor, "shape", None) for tensor in (own, theirs)]
        if None in shapes or not _same_places(*shapes):
            raise ValueError(
                f"The student's layer {layer.name!r} returns {own} and the teacher's "
                f"{other.name!r} {theirs}. A student learns hidden states that differ "
                "in their last axis alone. Map other layers with `layer_mapping`."
            )
    return pairs


def embeddings(teacher: Any, student: Any) -> tuple[Any, Any]:
    """What enters the first Transformer layer, the student's and the teacher's."""
    return tuple(
        keras.tree.flatten(transformer_layers(task)[0].input)[0]
        for task in (student, teacher)
    )


def transformer_layers(task: Any) -> list[keras.layers.Layer]:
    """The Transformer layers of a task's backbone, the first first.

    Raises:
        ValueError: the backbone does not tell them.
    """
    backbone = backbone_of(task)
    layers = list(getattr(backbone, "transformer_layers", ()))
    if not layers:
        raise ValueError(
            f"{type(backbone).__name__} has no list `transformer_layers`, or an empty "
            "one, so that it is not known where its hidden states and embeddings are. "
            "Name layers with `layer_mapping={student's: teacher's}` and "
            "`embedding_weight=0`, or learn from the answers alone: `hidden_weight=0`."
        )
    return layers


def backbone_of(task: Any) -> keras.Model:
    """A task's backbone, or the task itself if it has none."""
    return getattr(task, "backbone", None) or task


def _layer(task: Any, role: str, name: str) -> keras.layers.Layer:
    backbone = backbone_of(task)
    names = [layer.name for layer in backbone.layers]
    if name not in names:
        raise ValueError(
            f"`layer_mapping` names {name!r}, which is no layer of the {role}'s "
            f"backbone. It has: {', '.join(names)}."
        )
    return backbone.get_layer(name)


def _same_places(own: Any, theirs: Any) -> bool:
    """Whether shapes differ in their last axis alone, where sizes are known."""
    return len(own) == len(theirs) and all(
        None in (a, b) or a == b for a, b in zip(own[:-1], theirs[:-1], strict=True)
    )
