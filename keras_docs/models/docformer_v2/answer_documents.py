"""Answers to questions about documents, and where they are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_docs.documents.words_of_text import words_of_text
from keras_docs.models.docformer_v2.document_windows import (
    DocumentWindows,
    document_windows,
)
from keras_docs.models.docformer_v2.page_documents import PageDocument


def answer_documents(
    model: Any,
    documents: list[PageDocument],
    questions: Sequence[str],
    max_length: int | None,
    on_error: str,
    batch_size: int,
) -> list[list[dict[str, Any]]]:
    """Answers each question about each document of a group.

    Every page, and every window of a long page, gives an answer; the one that the model
    is most sure of is the document's.

    Args:
        model: a `DocFormerV2Seq2SeqLM` with a preprocessor.
        documents: list of `PageDocument`.
        questions: list of strings.
        max_length: int, tokens of an answer, or `None`.
        on_error: `"raise"` or `"skip"`.
        batch_size: int, windows at a time.

    Returns:
        For each document a list of records, one for each question.
    """
    parts = {"questions": list(questions), "answers": None}
    found = document_windows(model.preprocessor, documents, on_error, parts)
    texts, scores = [], np.zeros(0)
    if found.windows is not None:
        texts, scores = model.generate_windows(found.windows, max_length, batch_size)
    best = _best_rows(found, scores, len(questions))
    records = []
    for number, document in enumerate(documents):
        errors = [document.error] if document.error else []
        errors += [e for (owner, _), e in found.errors.items() if owner == number]
        of_document = []
        for place, question in enumerate(questions):
            row, index = best.get((number, place), (None, 0))
            record: dict[str, Any] = {"question": question, **_nothing(document)}
            if row is not None:
                sure = float(np.exp(scores[row]))
                record |= _read_from(document, index, texts[row], sure)
            if errors:
                record["error"] = " ".join(errors)
            of_document.append(record)
        records.append(of_document)
    return records


def _best_rows(
    found: DocumentWindows, scores: np.ndarray, questions: int
) -> dict[tuple[int, int], tuple[int, int]]:
    """(document, question) to the row with the best answer, and its page."""
    best: dict[tuple[int, int], tuple[int, int]] = {}
    # From bad to good: the last one stays. Of equals, the first page.
    for row in np.argsort(-scores, kind="stable")[::-1]:
        sample = found.windows.overflow_to_sample[row]
        number, index = found.places[found.windows.sample_pages[sample]]
        # A page has a sample for each question, in their order.
        best[number, int(sample) % questions] = (int(row), index)
    return best


def _nothing(document: PageDocument) -> dict[str, Any]:
    page = document.number(0) if document.pages else None
    return {"answer": "", "confidence": 0.0, "page": page, "words": [], "boxes": []}


def _read_from(
    document: PageDocument, index: int, answer: str, confidence: float
) -> dict[str, Any]:
    page = document.pages[index]
    words = words_of_text(answer, page["words"])
    return {
        "answer": answer,
        "confidence": confidence,
        "page": document.number(index),
        "words": words,
        "boxes": [np.asarray(page["boxes"][i]).tolist() for i in words],
    }
