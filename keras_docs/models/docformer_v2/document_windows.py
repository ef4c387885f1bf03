"""Windows over the pages of documents, with who each is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from keras_docs.models.docformer_v2.docformer_v2_preprocessor import (
    DocFormerV2Preprocessor,
)
from keras_docs.models.docformer_v2.page_documents import PageDocument
from keras_docs.models.docformer_v2.page_samples import page_dicts
from keras_docs.models.docformer_v2.page_windows import PageWindows


class DocumentWindows(NamedTuple):
    """Windows of a group of documents.

    Args:
        windows: `PageWindows` of all pages that could be read, or `None`.
        places: list of (document, page), the place in the group of each page that
            `windows.sample_pages` counts.
        errors: dict of (document, page) to what is wrong with it.
    """

    windows: PageWindows | None
    places: list[tuple[int, int]]
    errors: dict[tuple[int, int], str]


def document_windows(
    preprocessor: DocFormerV2Preprocessor,
    documents: Sequence[PageDocument],
    on_error: str,
    parts: Mapping[str, Any],
) -> DocumentWindows:
    """Windows over all pages that have words, each page to its end.

    Args:
        preprocessor: cuts the pages.
        documents: list of `PageDocument`.
        on_error: `"raise"` or `"skip"`.
        parts: dict of parts that each page gets instead of its own, such as questions.

    Raises:
        ValueError: with `"raise"`, a page can't be used; names it.
    """
    places, pages = [], []
    for number, document in enumerate(documents):
        for index, page in enumerate(document.pages):
            (named,) = page_dicts([page])
            # Pages without `words` are told so by the preprocessor.
            if named.get("words") is None or len(named["words"]):
                places.append((number, index))
                pages.append({**named, **parts})
    if not pages:
        return DocumentWindows(None, places, {})
    try:
        windows = preprocessor.windows(pages, "skip", return_overflow=True)
        found = {i: e.removeprefix(f"Page {i}") for i, e in windows.errors.items()}
    except ValueError:
        # There is no page left.
        windows, found = None, _errors(preprocessor, pages)
    errors = {}
    for i, error in found.items():
        number, index = places[i]
        name = documents[number].page_name(index)
        errors[number, index] = f"{name}{error}"
        if on_error == "raise":
            raise ValueError(errors[number, index])
    return DocumentWindows(windows, places, errors)


def _errors(preprocessor: DocFormerV2Preprocessor, pages: list) -> dict[int, str]:
    """What is wrong with each page, by its place."""
    found = {}
    for i, page in enumerate(pages):
        try:
            preprocessor.windows([page], return_overflow=True)
        except ValueError as error:
            found[i] = str(error).removeprefix("Page 0")
    return found
