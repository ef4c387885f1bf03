"""Checks of the pretraining preprocessor's arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def check_sentinels(tokenizer: Any) -> None:
    """Raises a `ValueError` for a tokenizer without sentinels."""
    if getattr(tokenizer, "extra_ids", 0) < 1:
        raise ValueError(
            "`tokenizer` must be a `DocFormerV2Tokenizer` with sentinels, which stand "
            f"for masked spans. Received: {type(tokenizer).__name__} with extra_ids="
            f"{getattr(tokenizer, 'extra_ids', None)}. T5 has extra_ids=100."
        )


def check_spans(span_rate: Any, mean_span_length: Any, answer_length: Any) -> None:
    """Raises a `ValueError` for what can't say how much to mask."""
    if not 0 < span_rate < 1:
        raise ValueError(
            "`span_rate` is the share of tokens to mask, between 0 and 1. Received: "
            f"{span_rate!r}. A DocFormerV2Pretrainer with denoising_weight=0 masks "
            "none."
        )
    if mean_span_length < 1:
        raise ValueError(
            f"`mean_span_length` must be 1 or more. Received: {mean_span_length!r}."
        )
    if answer_length is not None and not _is_count(answer_length):
        raise ValueError(
            "`answer_length` must be an int, 1 or more, or None for as many tokens as "
            f"there can be. Received: {answer_length!r}."
        )


def check_targets(line_pairs: Any, grid: Any, box_dropout: Any) -> None:
    """Raises a `ValueError` for what is no number of pairs, grid or share of boxes."""
    if not _is_count(line_pairs):
        raise ValueError(
            f"`line_pairs` must be an int, 1 or more. Received: {line_pairs!r}. A "
            "DocFormerV2Pretrainer with line_weight=0 leaves Token-to-Line out."
        )
    if (
        not isinstance(grid, Sequence)
        or len(grid) != 2
        or not all(map(_is_count, grid))
    ):
        raise ValueError(
            f"`grid` must be (rows, columns), each 1 or more. Received: {grid!r}."
        )
    if not 0 <= box_dropout <= 1:
        raise ValueError(
            "`box_dropout` is the share of boxes to hide, from 0 to 1. Received: "
            f"{box_dropout!r}."
        )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and value >= 1
