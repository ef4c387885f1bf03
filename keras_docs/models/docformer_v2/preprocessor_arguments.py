"""Checks of the preprocessor's arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras_hub

from keras_docs.documents.page_boxes import BOX_FORMATS
from keras_docs.models.base import kerashub_parts

TASKS = {"answer": "answers", "label": "word_labels", "link": "links"}


def checked_tokenizer(cls: type, tokenizer: Any) -> Any:
    """The tokenizer, which may come as its config.

    Args:
        cls: the class of preprocessor that it is for.
        tokenizer: a tokenizer of KerasHub, or its config.

    Raises:
        ValueError: it is none.
    """
    if isinstance(tokenizer, Mapping):
        # Checked as what comes from a preset.
        config = {"tokenizer": dict(tokenizer)}
        tokenizer = kerashub_parts.checked_config(cls, config)["tokenizer"]
    if not isinstance(tokenizer, keras_hub.tokenizers.Tokenizer):
        raise ValueError(
            "`tokenizer` must be a `DocFormerV2Tokenizer` or another tokenizer of "
            f"KerasHub. Received: {tokenizer!r:.80}. "
            "`DocFormerV2Tokenizer(path_of_a_sentencepiece_model)` makes one."
        )
    # It has no variables; Keras' `quantize` refuses layers that are not built.
    tokenizer.built = True
    return tokenizer


def check_arguments(task: Any, image_shape: Any, box_format: Any) -> None:
    """Raises a `ValueError` for what is no task, image shape or box format."""
    if task not in TASKS:
        raise ValueError(
            f"`task` must be one of {', '.join(map(repr, TASKS))}. Received: {task!r}."
        )
    if box_format not in BOX_FORMATS:
        raise ValueError(
            f"`box_format` must be one of {', '.join(map(repr, BOX_FORMATS))}. "
            f"Received: {box_format!r}."
        )
    if image_shape is None:
        return
    is_shape = (
        isinstance(image_shape, Sequence)
        and len(image_shape) == 3
        and all(isinstance(n, int) and n > 0 for n in image_shape)
        and image_shape[2] in (1, 3)
    )
    if not is_shape:
        raise ValueError(
            "`image_shape` must be (height, width, channels) with 1 or 3 channels, or "
            f"None for no images. Received: {image_shape!r}."
        )


def check_lengths(
    sequence_length: Any, answer_length: Any, stride: Any, padding_multiple: Any
) -> None:
    """Raises a `ValueError` for a length that is no int, or too small."""
    least = {
        "sequence_length": (sequence_length, 2),
        "answer_length": (answer_length, 3),
        "stride": (stride, 0),
        "padding_multiple": (padding_multiple, 1),
    }
    for name, (value, low) in least.items():
        if not isinstance(value, int) or value < low:
            raise ValueError(
                f"`{name}` must be an int, {low} or more. Received: {value!r}."
            )
