"""Images, arrays and PDF files as pages for a model."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_docs.documents.page_boxes import GRID, page_boxes
from keras_docs.documents.page_image import open_image

PDF_SUFFIX = ".pdf"
PDF_START = b"%PDF-"
POINTS_PER_INCH = 72
# PDFium answers in whole pixels: a finer grid than ours loses nothing.
FINE = 10 * GRID

OCR = Callable[[Any], tuple[Sequence[str], Any]]


def read_pages(
    source: Any,
    ocr: OCR | None = None,
    pages: Sequence[int] | None = None,
    dpi: int = 150,
    use_text_layer: bool = True,
    rotation: int = 0,
    password: str | None = None,
) -> list[dict[str, Any]]:
    """Reads the pages of a document.

    Words of a PDF come from its text layer; pages without one, such as scans, and
    images go through `ocr`. Without `ocr`, these have no words: a model sees their
    image alone.

    Images are turned upright as their EXIF data say, PDF pages as the file says. A scan
    that lies on its side without saying so is read as it is: turn it by `rotation`.

    Args:
        source: path of an image or PDF file; bytes of a PDF; a `PIL.Image.Image`; an
            array (height, width[, channels]) from 0 to 255; or a list of these.
        ocr: `RapidOCR()`, `TesseractOCR()`, or any function of a Pillow image in RGB
            that returns words and their boxes, (words, 4) or quadrilaterals (words, 4,
            2), in pixels.
        pages: list of int, the pages to read, from 0; `None`: all. Of a list of
            sources, pages of each.
        dpi: int, pixels per inch of PDF pages' images.
        use_text_layer: bool. `False`: PDF pages go through `ocr`, too. Some have text
            layers that are worse than it.
        rotation: int, degrees to turn the pages clockwise before they are read: 0, 90,
            180 or 270.
        password: string, of an encrypted PDF.

    Returns:
        List of dicts, one for each page: `image` (Pillow), `size` (width, height of
        it), `words`, `boxes` (int32 array (words, 4) from 0 to 1000), and `page`, its
        number from 0. `DocFormerV2Preprocessor` takes them as they are.

    Raises:
        ImportError: Pillow, or pypdfium2 for a PDF, is missing.
        ValueError: there is no such file; it is damaged, encrypted, empty or of another
            kind; or OCR returned no words and boxes.

    Example:
    ```python
    pages = keras_docs.read_pages("scan.png", ocr=keras_docs.RapidOCR())
    pages = keras_docs.read_pages("contract.pdf", pages=[0, 1])
    ```
    """
    if rotation not in (0, 90, 180, 270):
        raise ValueError(
            f"`rotation` must be 0, 90, 180 or 270. Received: {rotation!r}."
        )
    if ocr is not None and not callable(ocr):
        raise ValueError(
            "`ocr` must be a function of an image that returns words and boxes, such "
            f"as keras_docs.RapidOCR(). Received: {ocr!r:.80}."
        )
    if not isinstance(dpi, int) or dpi <= 0:
        raise ValueError(f"`dpi` must be a positive int. Received: {dpi!r}.")
    if isinstance(source, list | tuple) and not _is_rows_of_pixels(source):
        options = (ocr, pages, dpi, use_text_layer, rotation, password)
        return [page for one in source for page in read_pages(one, *options)]
    if isinstance(source, bytes) or is_pdf(source):
        return _pdf_pages(source, ocr, pages, dpi, use_text_layer, rotation, password)
    _chosen(pages, 1, str(source)[:80])
    where = f"{source}" if isinstance(source, str | os.PathLike) else "The page"
    image = _turned(open_image(source, where), rotation)
    return [_image_page(image, 0, ocr, where)]


def _image_page(image: Any, page: int, ocr: OCR | None, where: str) -> dict[str, Any]:
    words: list[str] = []
    boxes = np.zeros((0, 4), "int32")
    if ocr is not None:
        found = ocr(image.convert("RGB"))
        if not isinstance(found, tuple) or len(found) != 2:
            raise ValueError(
                "`ocr` must return words and boxes. Received: "
                f"{type(found).__name__}. Wrap it in a function that returns both."
            )
        words = [str(word) for word in found[0]]
        boxes = page_boxes(found[1], words, "pixel", image.size, f"{where}, by OCR")
    return {
        "image": image,
        "size": image.size,
        "words": words,
        "boxes": boxes,
        "page": page,
    }


def _pdf_pages(
    source: Any,
    ocr: OCR | None,
    pages: Sequence[int] | None,
    dpi: int,
    use_text_layer: bool,
    rotation: int,
    password: str | None,
) -> list[dict[str, Any]]:
    pdfium = _pdfium()
    name = "The PDF" if isinstance(source, bytes) else f"{source}"
    if not isinstance(source, bytes) and not Path(source).is_file():
        raise ValueError(f"There is no file {source}.")
    try:
        document = pdfium.PdfDocument(source, password=password)
    except pdfium.PdfiumError as error:
        raise _refused(pdfium, error, name, password) from None
    records = []
    try:
        for number in _chosen(pages, len(document), name):
            try:
                page = document[number]
                page.set_rotation((page.get_rotation() + rotation) % 360)
                words, boxes = _text_layer(pdfium, page) if use_text_layer else ([], [])
                bitmap = page.render(scale=dpi / POINTS_PER_INCH)
                image = bitmap.to_pil().convert("RGB")
            except pdfium.PdfiumError as error:
                raise ValueError(
                    f"Page {number} of {name} is damaged ({error}). Leave it out by "
                    "`pages`."
                ) from None
            where = f"Page {number} of {name}"
            if not words:
                records.append(_image_page(image, number, ocr, where))
                continue
            records.append(
                {
                    "image": image,
                    "size": image.size,
                    "words": words,
                    "boxes": page_boxes(boxes, words, where=where),
                    "page": number,
                }
            )
    finally:
        document.close()
    return records


def _text_layer(pdfium: Any, page: Any) -> tuple[list[str], list[list[float]]]:
    """Words between white space, with the union of their characters' boxes."""
    raw = pdfium.raw
    text_page = page.get_textpage()
    words, corners = [], []
    letters, box = "", None
    sides = [ctypes.c_double() for _ in range(4)]
    for i in range(text_page.count_chars()):
        code = raw.FPDFText_GetUnicode(text_page, i)
        # Zero and the two ends of Unicode stand for characters without a meaning.
        letter = (
            chr(code) if 0 < code < 0x110000 and code not in (0xFFFE, 0xFFFF) else ""
        )
        if not letter or letter.isspace():
            if letters.strip() and box:
                words.append(letters)
                corners.append(box)
            letters, box = "", None
            continue
        left, right, bottom, top = sides
        has_box = raw.FPDFText_GetCharBox(text_page, i, left, right, bottom, top)
        letters += letter
        if has_box:
            here = left.value, bottom.value, right.value, top.value
            box = here if box is None else _union(box, here)
    if letters.strip() and box:
        words.append(letters)
        corners.append(box)
    letters = [_surrogates_joined(word) for word in words]
    return _on_page(raw, page, letters, corners)


def _surrogates_joined(word: str) -> str:
    """Characters beyond 16 bits arrive as two halves."""
    return word.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _union(one: tuple, other: tuple) -> tuple:
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def _on_page(
    raw: Any, page: Any, words: list[str], corners: list[tuple]
) -> tuple[list[str], list[list[float]]]:
    """Boxes on the grid, of the page as it is seen: cropped and turned."""
    kept, boxes = [], []
    x, y = ctypes.c_int(), ctypes.c_int()
    for word, (left, bottom, right, top) in zip(words, corners, strict=True):
        points = []
        for corner in ((left, bottom), (right, top)):
            raw.FPDF_PageToDevice(page, 0, 0, FINE, FINE, 0, *corner, x, y)
            points.append((x.value * GRID / FINE, y.value * GRID / FINE))
        xs, ys = zip(*points, strict=True)
        box = [min(xs), min(ys), max(xs), max(ys)]
        # Text beyond the crop box is in the file, but not to be seen.
        if box[2] > 0 and box[3] > 0 and box[0] < GRID and box[1] < GRID:
            kept.append(word)
            boxes.append([min(max(side, 0), GRID) for side in box])
    return kept, boxes


def is_pdf(source: Any) -> bool:
    """Whether a source is the path of a PDF file."""
    if not isinstance(source, str | os.PathLike):
        return False
    path = Path(source)
    if path.suffix.lower() == PDF_SUFFIX:
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(PDF_START)) == PDF_START
    except OSError:
        return False


def _is_rows_of_pixels(source: Sequence[Any]) -> bool:
    return bool(source) and isinstance(source[0], list | tuple | int | float)


def _turned(image: Any, rotation: int) -> Any:
    # Pillow turns to the left.
    return image.rotate(-rotation, expand=True) if rotation else image


def _chosen(pages: Sequence[int] | None, count: int, name: str) -> list[int]:
    if pages is None:
        return list(range(count))
    for page in pages:
        if not isinstance(page, int | np.integer) or not 0 <= page < count:
            raise ValueError(
                f"`pages` must be a list of numbers from 0 to {count - 1}, as {name} "
                f"has {count}. Received: {page!r}."
            )
    return [int(page) for page in pages]


def _pdfium() -> Any:
    try:
        import pypdfium2
    except ImportError:
        raise ImportError(
            "PDF files need pypdfium2, which is not installed. Install it with "
            '`pip install "keras-docs[pdf]"`.'
        ) from None
    return pypdfium2


def _refused(
    pdfium: Any, error: Exception, name: str, password: str | None
) -> ValueError:
    if getattr(error, "err_code", None) == pdfium.raw.FPDF_ERR_PASSWORD:
        way_out = "Give its `password`." if password is None else "Check `password`."
        return ValueError(f"{name} is encrypted. {way_out}")
    return ValueError(f"{name} is no PDF, or a damaged one ({error}).")
