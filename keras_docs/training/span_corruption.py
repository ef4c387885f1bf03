"""T5's denoising: spans are taken out, and are to be written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np


class CorruptedSpans(NamedTuple):
    """A text with gaps, and what belongs into them.

    Args:
        token_ids: int32 array (kept + spans,), a sentinel in the place of each span.
        boxes: int32 array (kept + spans, 4); a sentinel has the union of its span's.
        sources: int32 array (kept + spans,), the token that each was, the span's first
            for a sentinel.
        target_ids: int32 array: each sentinel and the tokens of its span; then the end
            token.
    """

    token_ids: np.ndarray
    boxes: np.ndarray
    sources: np.ndarray
    target_ids: np.ndarray


def span_corruption(
    token_ids: Any,
    boxes: Any,
    sentinel_ids: Sequence[int],
    end_token_id: int,
    rate: float = 0.15,
    mean_length: float = 3.0,
    random: np.random.Generator | None = None,
) -> CorruptedSpans:
    """Masks random spans of a page's text.

    `rate` of the tokens are masked, in spans of `mean_length` on average; spans are
    never neighbours. Lengths of spans and of what is between them are drawn uniformly
    among all that add up, as in T5. That a sentinel has the union of its span's boxes
    is LaTr's way; what DocFormerv2 does is not known.

    Args:
        token_ids: int array (tokens,).
        boxes: int array (tokens, 4).
        sentinel_ids: list of int, in order; there are at most so many spans.
        end_token_id: int.
        rate: float, the share of tokens to mask, between 0 and 1.
        mean_length: float, 1 or more.
        random: NumPy generator, or `None` for a new one.

    Returns:
        `CorruptedSpans`. A text of less than two tokens stays as it is.

    Raises:
        ValueError: an argument is none of those described.

    Example:
    ```python
    random = np.random.default_rng(0)
    sentinels = [tokenizer.sentinel_id(i) for i in range(100)]
    found = span_corruption(ids, boxes, sentinels, 1, random=random)
    ```

    References:
    - [Raffel et al. 2020, T5](https://arxiv.org/abs/1910.10683), section 3.1.4
    - [Biten et al. 2022, LaTr](https://arxiv.org/abs/2112.12494), section 3.1
    """
    ids = np.asarray(token_ids, "int32").reshape(-1)
    boxes = np.asarray(boxes, "int32").reshape(-1, 4)
    _check(ids, boxes, sentinel_ids, rate, mean_length)
    random = np.random.default_rng() if random is None else random
    count = len(ids)
    if count < 2:
        end = np.array([end_token_id], "int32")
        return CorruptedSpans(ids, boxes, np.arange(count, dtype="int32"), end)
    masked = min(max(round(count * rate), 1), count - 1)
    spans = max(round(masked / mean_length), 1)
    # There is something before each span, and tokens to fill it.
    spans = min(spans, masked, count - masked, len(sentinel_ids))
    inside = _parts(masked, spans, random)
    between = _parts(count - masked, spans, random)
    ends = np.cumsum(between + inside)
    starts = ends - inside
    is_masked = np.zeros(count + 1, "int32")
    np.add.at(is_masked, starts, 1)
    np.add.at(is_masked, ends, -1)
    is_masked = np.cumsum(is_masked[:-1]).astype(bool)
    is_kept = ~is_masked
    is_kept[starts] = True
    sentinels = np.asarray(sentinel_ids[:spans], "int32")
    new_ids, new_boxes = ids.copy(), boxes.copy()
    new_ids[starts] = sentinels
    # Spans and what is between them take turns; of each pair the first is the span.
    edges = np.stack([starts, ends], axis=1).reshape(-1)
    edges = edges[edges < count]
    low = np.minimum.reduceat(boxes, edges)[::2]
    high = np.maximum.reduceat(boxes, edges)[::2]
    new_boxes[starts] = np.concatenate([low[:, :2], high[:, 2:]], axis=1)
    targets = np.insert(ids[is_masked], np.cumsum(inside) - inside, sentinels)
    return CorruptedSpans(
        new_ids[is_kept],
        new_boxes[is_kept],
        np.flatnonzero(is_kept).astype("int32"),
        np.append(targets, end_token_id).astype("int32"),
    )


def _parts(total: int, count: int, random: np.random.Generator) -> np.ndarray:
    """Positive numbers that add up to `total`, every such choice as likely."""
    cuts = np.sort(random.choice(total - 1, count - 1, replace=False)) + 1
    return np.diff(np.concatenate([[0], cuts, [total]]))


def _check(
    ids: np.ndarray, boxes: np.ndarray, sentinels: Any, rate: Any, mean_length: Any
) -> None:
    if len(ids) != len(boxes):
        raise ValueError(
            f"`boxes` must have one for each of the {len(ids)} tokens. Received: "
            f"{len(boxes)}."
        )
    if not 0 < rate < 1:
        raise ValueError(f"`rate` must be between 0 and 1. Received: {rate!r}.")
    if mean_length < 1:
        raise ValueError(f"`mean_length` must be 1 or more. Received: {mean_length!r}.")
    if not len(sentinels):
        raise ValueError(
            "`sentinel_ids` must have at least one. A DocFormerV2Tokenizer has 100: "
            "`tokenizer.sentinel_id(i)`."
        )
