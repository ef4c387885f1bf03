"""Pages and documents in any form, as the verbs take them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from keras_docs.documents.read_pages import OCR, is_pdf, read_pages
from keras_docs.models.docformer_v2.page_samples import is_batch, page_dicts

ON_ERROR = ("raise", "skip")


class PageDocument(NamedTuple):
    """Pages that belong together.

    Args:
        name: string, begins the errors.
        pages: list of dicts, the pages as they were given or read.
        is_page: bool, whether it was given as a single page.
        error: string, why it could not be read, or `None`.
    """

    name: str
    pages: list[Mapping[str, Any]]
    is_page: bool
    error: str | None = None

    def number(self, index: int) -> int:
        """The number of a page: its own, as a PDF's pages have, or else its place."""
        own = [page.get("page") for page in self.pages]
        is_told = None not in own and len(set(own)) == len(own)
        return int(own[index]) if is_told else index

    def page_name(self, index: int) -> str:
        """How errors call a page."""
        if self.is_page:
            return self.name
        return f"{self.name}, page {self.number(index)}"


def is_several(x: Any) -> bool:
    """Whether input is several documents, rather than one."""
    if isinstance(x, Mapping):
        words = x.get("words")
        return words is not None and is_batch(words)
    return isinstance(x, list | tuple)


def page_documents(
    x: Any, ocr: OCR | None = None, on_error: str = "raise"
) -> Iterator[PageDocument]:
    """Reads documents one after the other.

    Args:
        x: a page: a dict as `DocFormerV2Preprocessor` takes it, the path of an image, a
            Pillow image or an array; a PDF: its path or bytes; or several: a list of
            these or a dict of lists. A list in a list is a document of several pages.
        ocr: function of a Pillow image, as in `read_pages`, or `None`.
        on_error: `"raise"`, or `"skip"` to go on; the document then has an `error`.

    Returns:
        Iterator of `PageDocument`.

    Raises:
        ValueError: a document can't be read; names it, and the way out.
    """
    if on_error not in ON_ERROR:
        raise ValueError(
            f'`on_error` must be "raise" or "skip". Received: {on_error!r}.'
        )
    for name, source in _named_sources(x):
        try:
            pages = _pages(source, ocr, name)
        except ValueError as error:
            if on_error == "raise":
                raise
            yield PageDocument(name, [], _is_page(source), str(error))
        else:
            yield PageDocument(name, pages, _is_page(source))


def document_groups(
    documents: Iterable[PageDocument], size: int
) -> Iterator[list[PageDocument]]:
    """Documents in groups of about `size` pages, as many as are held at once."""
    group: list[PageDocument] = []
    for document in documents:
        group.append(document)
        if sum(len(one.pages) for one in group) >= size:
            yield group
            group = []
    if group:
        yield group


def _named_sources(x: Any) -> Iterator[tuple[str, Any]]:
    if not is_several(x):
        is_path = isinstance(x, str | os.PathLike)
        yield (f"{x}" if is_path else "The page" if _is_page(x) else "The PDF"), x
        return
    for i, source in enumerate(page_dicts(x) if isinstance(x, Mapping) else x):
        if isinstance(source, str | os.PathLike):
            yield f"{source}", source
        else:
            yield f"{'Page' if _is_page(source) else 'Document'} {i}", source


def _is_page(source: Any) -> bool:
    return not (isinstance(source, bytes | list | tuple) or is_pdf(source))


def _pages(source: Any, ocr: OCR | None, name: str) -> list[Mapping[str, Any]]:
    if isinstance(source, list | tuple):
        pages = [
            page
            for i, part in enumerate(source)
            for page in _pages(part, ocr, f"{name}, page {i}")
        ]
    elif isinstance(source, Mapping):
        pages = [source]
        try:
            page_dicts(pages)
        except ValueError as error:
            raise ValueError(f"{name}{str(error).removeprefix('Page 0')}") from None
    else:
        pages = read_pages(source, ocr)
        if ocr is None and not any(len(page["words"]) for page in pages):
            raise ValueError(
                f"{name} has no text of its own, and there is no OCR to read it. Give "
                '`ocr=keras_docs.RapidOCR()` (`pip install "keras-docs[ocr]"`), or '
                "any function of an image that returns words and boxes."
            )
    return pages
