"""Tags of a page from probabilities, the same for all that score words one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from label_scores import Tagged

from keras_docs.models.docformer_v2.decode_boxes import decode_boxes
from keras_docs.models.docformer_v2.decode_labels import decode_labels

OUTSIDE = "O"


def decoded(
    page: Mapping, probabilities: np.ndarray, labels: Sequence[str], whole_boxes: bool
) -> Tagged:
    """As `DocFormerV2TokenClassifier.label` decodes, words without tokens outside.

    Args:
        page: dict with `boxes`.
        probabilities: float array (words, labels).
        labels: list of tags.
        whole_boxes: bool, whether the words of a box are one entity.
    """
    if whole_boxes:
        tags, sure = decode_boxes(probabilities, labels, page["boxes"])
    else:
        tags, sure = decode_labels(probabilities, labels)
    return Tagged([tag or OUTSIDE for tag in tags], sure)


def has_whole_boxes(pages: Sequence[Mapping]) -> bool:
    """Whether on all pages each box is one entity, or outside of all.

    Args:
        pages: list of pages with `boxes` and `word_labels`.
    """
    return all(map(_has_whole_boxes, pages))


def _has_whole_boxes(page: Mapping) -> bool:
    labels, boxes = page["word_labels"], page["boxes"]
    for i in range(1, len(labels)):
        if labels[i] is None or labels[i - 1] is None:
            continue
        is_same_box = np.array_equal(boxes[i], boxes[i - 1])
        if labels[i].startswith("I-") != (is_same_box and labels[i] != OUTSIDE):
            return False
        if is_same_box and (labels[i] == OUTSIDE) != (labels[i - 1] == OUTSIDE):
            return False
    return True
