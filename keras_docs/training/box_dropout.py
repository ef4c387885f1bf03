"""Boxes taken away, so that a place must be told from the context."""

from __future__ import annotations

from typing import Any

import numpy as np


def box_dropout(
    boxes: Any,
    candidates: Any,
    rate: float = 0.15,
    random: np.random.Generator | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Sets some boxes to 0, 0, 0, 0.

    A model sees each token's box, so it could read Token-to-Grid, and most of
    Token-to-Line, off its input. This is ours, not the paper's.

    Args:
        boxes: int array (..., tokens, 4).
        candidates: bool array (..., tokens), which boxes may be taken away.
        rate: float, the share of these, from 0 to 1.
        random: NumPy generator, or `None` for a new one.

    Returns:
        The boxes, an int32 array like `boxes`, and which are gone, a bool array like
        `candidates`.

    Raises:
        ValueError: `rate` is not from 0 to 1.

    Example:
    ```python
    hidden, is_hidden = box_dropout(boxes, segment_ids == 2, rate=0.15)
    ```
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"`rate` must be from 0 to 1. Received: {rate!r}.")
    random = np.random.default_rng() if random is None else random
    candidates = np.asarray(candidates, bool)
    is_gone = candidates & (random.random(candidates.shape) < rate)
    return np.where(is_gone[..., None], 0, np.asarray(boxes)).astype("int32"), is_gone
