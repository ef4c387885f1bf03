"""How many lines two tokens are apart: DocFormerv2's Token-to-Line."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_docs.training.line_pairs import LinePairs, line_pairs


def token_to_line(
    lines: Any,
    places: Any,
    count: int = 128,
    random: np.random.Generator | None = None,
) -> LinePairs:
    """Draws pairs of tokens with the number of lines between them.

    Each class is drawn as often, as far as the page has it; otherwise almost all pairs
    would be far apart. Three classes, and the balance, are choices of ours.

    Args:
        lines: int array (tokens,), the line of each token, as by `line_numbers`.
        places: int array, tokens that may be drawn: those of the document's words.
        count: int, pairs to return.
        random: NumPy generator, or `None` for a new one.

    Returns:
        `LinePairs`, as many as `count`. Where a page has less than two tokens, weights
        are 0.

    Raises:
        ValueError: `count` is not positive.

    Example:
    ```python
    lines = line_numbers(boxes)
    found = token_to_line(lines, np.arange(len(lines)))
    ```

    Reference: Appalaraju et al., "DocFormerv2", 2024, https://arxiv.org/abs/2306.01733.
    """
    if count < 1:
        raise ValueError(f"`count` must be 1 or more. Received: {count!r}.")
    random = np.random.default_rng() if random is None else random
    own = np.asarray(lines, "int64").reshape(-1)
    may = np.full_like(own, -1)
    places = np.asarray(places, "int64").reshape(-1)
    # Lines are told by their differences; here they begin at 0.
    may[places] = own[places] - own.min(initial=0)
    found = line_pairs(may[None], count, random)
    return LinePairs(found.pairs[0], found.labels[0], found.weights[0])
