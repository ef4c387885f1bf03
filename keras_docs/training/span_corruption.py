"""T5's denoising: spans are taken out, and are to be written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from keras_docs.training.corrupt_spans import corrupt_spans


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
    found = corrupt_spans(
        ids[None],
        boxes[None],
        np.array([len(ids)]),
        sentinel_ids,
        end_token_id,
        rate,
        mean_length,
        random,
    )
    there = slice(found.counts[0])
    return CorruptedSpans(
        found.token_ids[0, there],
        found.boxes[0, there],
        found.sources[0, there],
        found.target_ids[0],
    )


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
