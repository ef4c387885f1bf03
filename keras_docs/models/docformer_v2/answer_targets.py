"""What a model that writes answers is to learn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keras_docs.models.docformer_v2.page_windows import bucket, padded

# Answers are padded to multiples of it.
ANSWER_BUCKET = 16


def answer_targets(
    answers: Sequence[str],
    tokenize: Callable[[Sequence[str]], list[list[int]]],
    tokenizer: Any,
    answer_length: int,
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """The decoder's inputs, the token that follows each, and its weight.

    Args:
        answers: list of strings, one for each row.
        tokenize: function of a list of strings that returns their token ids.
        tokenizer: with `pad_token_id`, which T5's decoder starts with, and
            `end_token_id`.
        answer_length: int, tokens at most, start and end included.

    Returns:
        Dict of `decoder_token_ids` and `decoder_padding_mask`, int32 (rows, length);
        int32 (rows, length); and float32 (rows, length).
    """
    pad, end = tokenizer.pad_token_id, tokenizer.end_token_id
    whole = [
        np.array([pad, *ids[: answer_length - 2], end], "int32")
        for ids in tokenize(answers)
    ]
    lengths = np.array([len(row) for row in whole]) - 1
    width = bucket(int(lengths.max()), ANSWER_BUCKET, answer_length - 1)
    ids = padded(whole, width + 1, pad)
    mask = np.arange(width) < lengths[:, None]
    features = {
        "decoder_token_ids": np.where(mask, ids[:, :-1], pad),
        "decoder_padding_mask": mask.astype("int32"),
    }
    return features, ids[:, 1:].copy(), mask.astype("float32")
