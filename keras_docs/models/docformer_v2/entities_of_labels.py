"""Entities of words that were labelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

OUTSIDE = "O"


def entities_of_labels(
    words: Sequence[str],
    boxes: Any,
    labels: Sequence[str | None],
    confidences: Sequence[float],
) -> list[dict[str, Any]]:
    """Joins neighbouring words of one entity.

    `B-x` begins an entity, `I-x` goes on with one of the same kind or begins one. A
    label without such a prefix goes on while it stays the same.

    Args:
        words: list of strings, in reading order.
        boxes: list of boxes or quadrilaterals, one for each word.
        labels: list of strings, `O` or `None` outside of entities.
        confidences: list of floats, one for each word.

    Returns:
        List of dicts: `label`, without prefix; `text`; `words`, indices of its words;
        `box`, x0, y0, x1, y1 around them in the unit of `boxes`; `confidence`, their
        mean.

    Example:
    ```python
    (total,) = entities_of_labels(
        ["Total", "12", "EUR"],
        [[0, 0, 9, 9], [10, 0, 19, 9], [20, 0, 29, 9]],
        ["O", "B-TOTAL", "I-TOTAL"],
        [0.9, 0.8, 0.6],
    )
    total["text"], total["box"]  # ("12 EUR", [10, 0, 29, 9])
    ```

    Reference:
    - [Ramshaw and Marcus 1995](https://aclanthology.org/W95-0107)
    """
    runs: list[tuple[str, list[int]]] = []
    before = None
    for i, label in enumerate(labels):
        prefix, kind = kind_of_label(label)
        if kind is not None:
            if prefix == "B" or kind != before:
                runs.append((kind, []))
            runs[-1][1].append(i)
        before = kind
    return [
        {
            "label": kind,
            "text": " ".join(words[i] for i in places),
            "words": places,
            "box": _around([boxes[i] for i in places]),
            "confidence": float(np.mean([confidences[i] for i in places])),
        }
        for kind, places in runs
    ]


def kind_of_label(label: str | None) -> tuple[str, str | None]:
    """Prefix (`B`, `I` or none) and kind of a label; the kind of `O` is `None`."""
    if label is None or label == OUTSIDE:
        return "", None
    prefix, dash, kind = label.partition("-")
    return (prefix, kind) if dash and kind and prefix in ("B", "I") else ("", label)


def _around(boxes: list[Any]) -> list[Any]:
    corners = [np.asarray(box).reshape(-1, 2) for box in boxes]
    low = np.min([corner.min(0) for corner in corners], axis=0)
    high = np.max([corner.max(0) for corner in corners], axis=0)
    return [*low.tolist(), *high.tolist()]
