"""T5's denoising of many texts at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class CorruptedRows(NamedTuple):
    """Texts with gaps, and what belongs into them; padded with 0.

    Args:
        token_ids: int32 array (rows, length), a sentinel in the place of each span.
        boxes: int32 array (rows, length, 4); a sentinel has the union of its span's.
        sources: int32 array (rows, length), the token that each was, the span's first
            for a sentinel.
        is_sentinel: bool array (rows, length).
        counts: int array (rows,), tokens and sentinels of each.
        target_ids: int32 array (rows, target length): each sentinel and the tokens of
            its span; then the end token.
        target_counts: int array (rows,), tokens of each target.
    """

    token_ids: np.ndarray
    boxes: np.ndarray
    sources: np.ndarray
    is_sentinel: np.ndarray
    counts: np.ndarray
    target_ids: np.ndarray
    target_counts: np.ndarray


def corrupt_spans(
    token_ids: np.ndarray,
    boxes: np.ndarray,
    counts: np.ndarray,
    sentinel_ids: Sequence[int],
    end_token_id: int,
    rate: float,
    mean_length: float,
    random: np.random.Generator,
) -> CorruptedRows:
    """Masks random spans of each text: see `span_corruption`.

    Args:
        token_ids: int array (rows, length), padded at the end.
        boxes: int array (rows, length, 4).
        counts: int array (rows,), tokens of each text.
        sentinel_ids: list of int, in order.
        end_token_id: int.
        rate: float, the share of tokens to mask.
        mean_length: float, of a span.
        random: NumPy generator.

    Returns:
        `CorruptedRows`, with the length of `token_ids`.
    """
    masked, spans = masked_counts(counts, rate, mean_length, len(sentinel_ids))
    # What is kept and what is masked take turns; a text begins with what is kept.
    gap_of, kept_before = _parts(counts - masked, spans, random)
    span_of, masked_before = _parts(masked, spans, random)
    kept_before = kept_before[:, 1:]
    sentinels = np.asarray(sentinel_ids, "int32")

    sources = np.zeros(token_ids.shape, "int32")
    row, at = np.nonzero(gap_of >= 0)
    gap = gap_of[row, at]
    sources[row, at + gap] = at + masked_before[row, gap]
    span_row, span = np.nonzero(np.arange(spans.max(initial=0)) < spans[:, None])
    before = kept_before[span_row, span]
    place = span_row, before + span
    sources[place] = before + masked_before[span_row, span]
    is_sentinel = np.zeros(token_ids.shape, bool)
    is_sentinel[place] = True

    row, at = np.nonzero(span_of >= 0)
    owner = span_of[row, at]
    inside = row, at + kept_before[row, owner]
    totals = masked + spans
    targets = np.zeros((len(counts), int(totals.max(initial=0)) + 1), "int32")
    targets[row, at + owner + 1] = token_ids[inside]
    targets[span_row, masked_before[span_row, span] + span] = sentinels[span]
    targets[np.arange(len(counts)), totals] = end_token_id

    new_ids = np.take_along_axis(token_ids, sources, axis=1).astype("int32")
    new_ids[place] = sentinels[span]
    new_boxes = np.take_along_axis(boxes, sources[..., None], axis=1).astype("int32")
    new_boxes[place] = _unions(boxes[inside], at == masked_before[row, owner])
    new_counts = counts - masked + spans
    is_there = np.arange(token_ids.shape[1]) < new_counts[:, None]
    return CorruptedRows(
        np.where(is_there, new_ids, 0),
        np.where(is_there[..., None], new_boxes, 0),
        sources,
        is_sentinel,
        new_counts,
        targets,
        totals + 1,
    )


def masked_counts(
    counts: np.ndarray, rate: float, mean_length: float, sentinels: int
) -> tuple[np.ndarray, np.ndarray]:
    """How many tokens of each text are masked, and in how many spans.

    Args:
        counts: int array (rows,), tokens of each text; of less than two none is.
        rate: float, between 0 and 1.
        mean_length: float, 1 or more.
        sentinels: int, spans at most.

    Returns:
        Two int arrays (rows,).
    """
    counts = np.asarray(counts)
    masked = np.minimum(np.maximum(np.rint(counts * rate), 1), counts - 1)
    masked = np.maximum(masked, 0).astype("int64")
    spans = np.maximum(np.rint(masked / mean_length), 1).astype("int64")
    # There is something before each span, and tokens to fill it.
    spans = np.minimum(np.minimum(spans, masked), counts - masked)
    return masked, np.minimum(spans, sentinels)


def _parts(
    totals: np.ndarray, counts: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Cuts rows of tokens into parts, every such choice as likely.

    Args:
        totals: int array (rows,), tokens of each row.
        counts: int array (rows,), parts of each; where it is 0, there is one.

    Returns:
        The part of each token, (rows, tokens), -1 for padding; and how many tokens
        are before each part, (rows, parts + 1), after the last one all of them.
    """
    rows = np.arange(len(totals))
    places = np.arange(max(int(totals.max(initial=0)), 1))
    is_there = places < totals[:, None]
    # The first token begins a part; of the others, those with the lowest numbers.
    numbers = np.where(is_there, random.random((len(totals), len(places))), 2)
    numbers[:, 0] = -1
    last = np.sort(numbers, axis=1)[rows, np.maximum(counts, 1) - 1]
    begins = (numbers <= last[:, None]) & is_there
    part_of = np.where(is_there, np.cumsum(begins, axis=1) - 1, -1)
    before = np.tile(totals[:, None], (1, int(counts.max(initial=0)) + 1))
    before[:, 0] = 0
    row, at = np.nonzero(begins)
    before[row, part_of[row, at]] = at
    return part_of, before


def _unions(boxes: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """The union of each run of boxes (tokens, 4)."""
    starts = np.flatnonzero(begins)
    if not len(starts):
        return boxes[:0]
    low = np.minimum.reduceat(boxes[:, :2], starts)
    high = np.maximum.reduceat(boxes[:, 2:], starts)
    return np.concatenate([low, high], axis=1)
