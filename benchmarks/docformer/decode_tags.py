"""The most probable tags that make whole entities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

OUTSIDE = "O"
IMPOSSIBLE = -1e9


def decode_tags(log_probabilities: np.ndarray, labels: Sequence[str]) -> list[str]:
    """Viterbi over BIO tags: `I-x` only after `B-x` or `I-x`.

    All that score words one by one are decoded so, which the strict F1 rewards.

    Args:
        log_probabilities: float array (words, labels); NaN for words that no token
            stands for, which are outside.
        labels: list of tags.

    Returns:
        List of tags.
    """
    labels = list(labels)
    scores = np.array(log_probabilities, "float64")
    unread = np.isnan(scores).any(1)
    scores[unread] = IMPOSSIBLE
    scores[unread, labels.index(OUTSIDE)] = 0
    allowed = np.zeros((len(labels), len(labels)))
    begins = np.zeros(len(labels))
    for j, tag in enumerate(labels):
        if tag.startswith("I-"):
            begins[j] = IMPOSSIBLE
            for i, before in enumerate(labels):
                if before not in (tag, f"B-{tag[2:]}"):
                    allowed[i, j] = IMPOSSIBLE
    if not len(scores):
        return []
    best, back = scores[0] + begins, []
    for row in scores[1:]:
        paths = best[:, None] + allowed
        back.append(paths.argmax(0))
        best = paths.max(0) + row
    path = [int(best.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return [labels[i] for i in reversed(path)]
