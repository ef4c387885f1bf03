"""Links between the entities of pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from keras import ops

from keras_docs.models.docformer_v2.document_windows import document_windows
from keras_docs.models.docformer_v2.page_documents import PageDocument
from keras_docs.models.docformer_v2.page_windows import PageWindows


def link_documents(
    model: Any,
    documents: list[PageDocument],
    threshold: float,
    on_error: str,
    batch_size: int | None,
) -> list[list[list[dict[str, Any]]]]:
    """Links the entities of a group of documents.

    Args:
        model: a `DocFormerV2EntityLinker` with a preprocessor.
        documents: list of `PageDocument`.
        threshold: float, the least probability of a link.
        on_error: `"raise"` or `"skip"`.
        batch_size: int, windows at a time, or `None`.

    Returns:
        For each document, for each page, the list of its links. A page that could not
        be read has one record with `error` instead.

    Raises:
        ValueError: a page has no `entities`; with `"raise"`, a page can't be used.
    """
    documents = [_with_entities(document, on_error) for document in documents]
    found = document_windows(model.preprocessor, documents, on_error, {})
    links: dict[tuple[int, int], list] = {}
    if found.windows is not None:
        logits = model.predict_windows(found.windows, batch_size)
        probabilities = ops.convert_to_numpy(ops.sigmoid(logits))
        of_pages = _merged(found.windows, probabilities)
        for page, scores in zip(found.windows.sample_pages, of_pages, strict=True):
            number, index = found.places[page]
            entities = documents[number].pages[index]["entities"]
            words = documents[number].pages[index]["words"]
            links[number, index] = _links(entities, words, scores, threshold)
    return [
        [
            [{"error": found.errors[number, index]}]
            if (number, index) in found.errors
            else links.get((number, index), [])
            for index in range(len(document.pages))
        ]
        if document.error is None
        else [[{"error": document.error}]]
        for number, document in enumerate(documents)
    ]


def _with_entities(document: PageDocument, on_error: str) -> PageDocument:
    for index, page in enumerate(document.pages):
        if page.get("entities") is None:
            error = (
                f"{document.page_name(index)} has no `entities` to link. Give them, or "
                "what `label` of a DocFormerV2TokenClassifier returns."
            )
            if on_error == "raise":
                raise ValueError(error)
            return document._replace(pages=[], error=error)
    return document


def _merged(windows: PageWindows, probabilities: np.ndarray) -> list[np.ndarray]:
    """Of each page, (entities, entities): the mean over windows that show both.

    NaN where none does.
    """
    is_there = windows.features["entity_labels"] > 0
    shown = is_there[:, :, None] & is_there[:, None]
    shape = (len(windows.sample_pages), *shown.shape[1:])
    total, count = np.zeros(shape), np.zeros(shape)
    np.add.at(total, windows.overflow_to_sample, np.where(shown, probabilities, 0))
    np.add.at(count, windows.overflow_to_sample, shown)
    with np.errstate(invalid="ignore"):
        return list(total / count)


def _links(
    entities: list[Mapping[str, Any]],
    words: list[str],
    scores: np.ndarray,
    threshold: float,
) -> list[dict[str, Any]]:
    # NaN is never at least something.
    with np.errstate(invalid="ignore"):
        pairs = np.argwhere(scores >= threshold)
    return [
        {
            "key": _text(entities[i], words),
            "value": _text(entities[j], words),
            "probability": float(scores[i, j]),
            "link": (int(i), int(j)),
        }
        for i, j in pairs
        if i != j
    ]


def _text(entity: Mapping[str, Any], words: list[str]) -> str:
    return " ".join(words[i] for i in entity["words"])
