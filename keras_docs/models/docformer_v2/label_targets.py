"""What a model that labels words is to learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from keras_docs.models.docformer_v2.checked_page import CheckedPage
from keras_docs.models.docformer_v2.label_id import label_id
from keras_docs.models.docformer_v2.page_rows import PageRow
from keras_docs.models.docformer_v2.page_windows import first_pieces


def label_targets(
    rows: Sequence[PageRow], word_ids: np.ndarray, labels: Mapping[str, int]
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """No further inputs, the label of each token, and its weight.

    Args:
        rows: list of samples, pages with `word_labels`, and windows.
        word_ids: int32 array (rows, length), from `PageWindows`.
        labels: dict of label to id.

    Returns:
        Empty dict; int32 (rows, length); and float32 (rows, length): 1 for a word's
        first token, if the word has a label.

    Raises:
        ValueError: a page's labels don't fit its words, or one is not known.
    """
    targets = np.zeros(word_ids.shape, "int32")
    weights = np.zeros(word_ids.shape, "float32")
    is_first = first_pieces(word_ids)
    known: dict[int, np.ndarray] = {}
    for row, (sample, page, _) in enumerate(rows):
        if sample.page not in known:
            known[sample.page] = _label_ids(page, sample.page, labels)
        places = np.flatnonzero(is_first[row])
        of_word = known[sample.page][word_ids[row, places]]
        targets[row, places] = np.maximum(of_word, 0)
        weights[row, places] = of_word >= 0
    return {}, targets, weights


def _label_ids(page: CheckedPage, index: int, known: Mapping[str, int]) -> np.ndarray:
    """The label of each word, -1 where there is none."""
    labels = page.parts["word_labels"]
    if isinstance(labels, str) or len(labels) != len(page.words):
        raise ValueError(
            f"Page {index} has {len(page.words)} words; `word_labels` must have a "
            f"label, or None, for each. Received: {len(labels)} of them."
        )
    ids = np.full(len(labels), -1, "int64")
    for i, label in enumerate(labels):
        if label is not None:
            where = f"Page {index}: word {i} ({page.words[i]!r:.40})"
            ids[i] = label_id(label, known, where)
    return ids
