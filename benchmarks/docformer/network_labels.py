"""What the networks that label words share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from decoded import decoded
from label_scores import Tagged

import keras_docs

# Windows of so many tokens, and so many of them repeated, for each size of network.
WINDOWS = {"tiny": (512, 128), "mini": (256, 64)}
PREDICT_BATCH = 32


def label_preprocessor(
    tokenizer: str, labels: Sequence[str], size: str, soften_capitals: bool
) -> keras_docs.DocFormerV2Preprocessor:
    """Windows of one length, so that each network is compiled once.

    Args:
        tokenizer: the path of a SentencePiece model.
        labels: list of tags.
        size: string, one of `WINDOWS`.
        soften_capitals: bool, see `DocFormerV2Preprocessor`.
    """
    length, stride = WINDOWS[size]
    return keras_docs.DocFormerV2Preprocessor(
        keras_docs.DocFormerV2Tokenizer(tokenizer),
        task="label",
        labels=labels,
        sequence_length=length,
        stride=stride,
        return_overflow=True,
        image_shape=None,
        padding_multiple=length,
        soften_capitals=soften_capitals,
    )


def tagged(
    preprocessor: Any,
    windows: Any,
    logits: np.ndarray,
    pages: Sequence[dict],
    whole_boxes: bool,
) -> list[Tagged]:
    """Tags of whole pages from logits of their windows.

    Args:
        preprocessor: the `DocFormerV2Preprocessor` that made the windows.
        windows: a `PageWindows`.
        logits: float array (windows, length, labels).
        pages: list of the pages.
        whole_boxes: bool, see `decoded`.
    """
    logits = logits - logits.max(-1, keepdims=True)
    probabilities = np.exp(logits)
    probabilities /= probabilities.sum(-1, keepdims=True)
    merged = preprocessor.merge_windows(windows, probabilities)
    return [
        decoded(page, words, preprocessor.labels, whole_boxes)
        for page, words in zip(pages, merged, strict=True)
    ]
