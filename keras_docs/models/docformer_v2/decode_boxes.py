"""The most probable labels of words where each box is one entity, or outside of all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_docs.models.docformer_v2.decode_labels import LEAST
from keras_docs.models.docformer_v2.entities_of_labels import kind_of_label


def decode_boxes(
    probabilities: np.ndarray, labels: Sequence[str], boxes: Any
) -> tuple[list[str | None], np.ndarray]:
    """Gives neighbouring words with the same box one kind of entity.

    A kind's probability for a box is the geometric mean, over the words, of its
    probability for the word, with either prefix; those of all kinds are made to sum to
    1. For boxes of segments or cells of a table, such as those of FUNSD's entities;
    boxes of lines may hold several entities.

    Args:
        probabilities: float array (words, labels), in reading order; NaN for words
            that no token stands for.
        labels: list of strings.
        boxes: list of boxes or quadrilaterals, one for each word.

    Returns:
        The labels, a list of strings: `B-x` for a box's first word and `I-x` for the
        others, where there are such; `None` for boxes without tokens. And float array
        (words,), the probability of the box's kind, 0 for those without.

    Example:
    ```python
    labels, box = ["O", "B-TOTAL", "I-TOTAL"], [0, 0, 90, 20]
    decode_boxes(np.array([[0.6, 0.4, 0.0], [0.1, 0.0, 0.9]]), labels, [box, box])[0]
    # ["B-TOTAL", "I-TOTAL"]
    ```
    """
    probabilities = np.asarray(probabilities, "float64").reshape(-1, len(labels))
    kinds = list(dict.fromkeys(kind_of_label(label)[1] for label in labels))
    is_kind = [[kind_of_label(label)[1] == kind for kind in kinds] for label in labels]
    names_of = [_names(kind, labels) for kind in kinds]
    logs = np.log(np.maximum(probabilities @ np.array(is_kind, "float64"), LEAST))
    names: list[str | None] = []
    sure = np.zeros(len(probabilities))
    for start, end in _runs(boxes, len(probabilities)):
        read = logs[start:end][np.isfinite(logs[start:end]).all(axis=1)]
        if not len(read):
            names += [None] * (end - start)
            continue
        mean = read.mean(0)
        best = int(mean.argmax())
        sure[start:end] = 1 / np.exp(mean - mean[best]).sum()
        first, others = names_of[best]
        names += [first] + [others] * (end - start - 1)
    return names, sure


def _runs(boxes: Any, count: int) -> list[tuple[int, int]]:
    """Start and end of each run of words with the same box."""
    starts = [
        i for i in range(count) if not i or not np.array_equal(boxes[i], boxes[i - 1])
    ]
    return list(zip(starts, [*starts[1:], count], strict=True)) if count else []


def _names(kind: str | None, labels: Sequence[str]) -> tuple[str, str]:
    """What a kind's first word is called, and the others."""
    by_prefix = {
        prefix: label
        for label in labels
        for prefix, own in [kind_of_label(label)]
        if own == kind
    }
    any_name = next(iter(by_prefix.values()))
    return by_prefix.get("B", any_name), by_prefix.get("I", any_name)
