"""Labels and entities of the words on pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from keras import ops

from keras_docs.models.docformer_v2.decode_boxes import decode_boxes
from keras_docs.models.docformer_v2.decode_labels import decode_labels
from keras_docs.models.docformer_v2.document_windows import document_windows
from keras_docs.models.docformer_v2.entities_of_labels import entities_of_labels
from keras_docs.models.docformer_v2.page_documents import PageDocument


def label_documents(
    model: Any,
    documents: list[PageDocument],
    on_error: str,
    batch_size: int | None,
    whole_boxes: bool,
) -> list[list[dict[str, Any]]]:
    """Labels the words of a group of documents.

    Args:
        model: a `DocFormerV2TokenClassifier` with a preprocessor.
        documents: list of `PageDocument`.
        on_error: `"raise"` or `"skip"`.
        batch_size: int, windows at a time, or `None`.
        whole_boxes: bool, whether the words of a box are one entity.

    Returns:
        For each document a list of records, one for each page; those of pages that
        could not be read have `error`. A document without pages has one such record.
    """
    found = document_windows(model.preprocessor, documents, on_error, {})
    scores: dict[tuple[int, int], np.ndarray] = {}
    if found.windows is not None:
        logits = model.predict_windows(found.windows, batch_size)
        probabilities = ops.convert_to_numpy(ops.softmax(logits))
        merged = model.preprocessor.merge_windows(found.windows, probabilities)
        for page, of_words in zip(found.windows.sample_pages, merged, strict=True):
            scores[found.places[page]] = of_words
    labels = model.preprocessor.labels
    records = []
    for number, document in enumerate(documents):
        of_pages = []
        for index, page in enumerate(document.pages):
            error = found.errors.get((number, index))
            if error is not None:
                of_pages.append(_unread(error))
                continue
            of_words = scores.get((number, index), np.zeros((0, len(labels))))
            of_pages.append(_record(page, of_words, labels, whole_boxes))
        records.append(of_pages or [_unread(document.error)])
    return records


def _record(
    page: Mapping[str, Any], scores: np.ndarray, labels: list[str], whole_boxes: bool
) -> dict[str, Any]:
    """A page with labels, as a page itself."""
    boxes = page.get("boxes")
    if whole_boxes:
        names, sure = decode_boxes(scores, labels, boxes)
    else:
        names, sure = decode_labels(scores, labels)
    confidences = sure.tolist()
    return {
        **page,
        "word_labels": names,
        "confidences": confidences,
        "entities": entities_of_labels(page["words"], boxes, names, confidences),
    }


def _unread(error: str | None) -> dict[str, Any]:
    empty = ("words", "boxes", "word_labels", "confidences", "entities")
    record: dict[str, Any] = {name: [] for name in empty}
    return record if error is None else {**record, "error": error}
