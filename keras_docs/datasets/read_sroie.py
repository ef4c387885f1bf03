"""Reads the SROIE data set of receipts."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keras_docs.datasets.document_files import (
    check_boxes,
    images_by_name,
    json_file,
    json_lines,
)
from keras_docs.datasets.field_labels import field_labels
from keras_docs.datasets.malformed_line import malformed_line
from keras_docs.datasets.page_record import PageRecord
from keras_docs.datasets.text_lines import text_lines
from keras_docs.documents.page_boxes import page_boxes
from keras_docs.documents.page_image import image_size

FIELDS = ("company", "date", "address", "total")
TEST_SHARE = 0.2


def read_sroie(path: str | Path, boxes: str = "word") -> list[PageRecord]:
    """Reads receipts with their lines of text and four fields.

    The annotation has boxes of lines alone. The words of a line share its box by their
    numbers of characters, so their boxes are estimates.

    Many receipts are of one shop. They are split by company: a hash of its name puts a
    fifth of the companies into `"test"`, so that no shop is in both parts. This is no
    official split.

    Args:
        path: a folder with `img`, `box` and `key`, as of the release; or a file of JSON
            lines with `id`, `lines` (of `text` and `box` in pixels), `fields` and
            perhaps `size`, beside a folder `images`.
        boxes: `"word"`, or `"segment"`: each word has the box of its line.

    Returns:
        List of `PageRecord` with `image`, `size`, `words`, `boxes`, `lines`, `fields`
        (`company`, `date`, `address` and `total`), `word_labels` (`O`, `B-total`, …,
        wherever a value is written) and `split`.

    Raises:
        ValueError: a file is missing, damaged or malformed; names it.
        ImportError: Pillow is missing, which reads the images' sizes.

    Example:
    ```python
    receipts = read_sroie("data")
    test = [receipt for receipt in receipts if receipt["split"] == "test"]
    ```

    Reference: Huang et al., "ICDAR2019 Competition on Scanned Receipt OCR and
    Information Extraction", https://arxiv.org/abs/2103.10213. For research.
    """
    check_boxes(boxes)
    path = Path(path)
    source = _json_receipts(path) if path.is_file() else _release(path)
    records = []
    for content, image, where in source:
        try:
            records.append(_record(content, image, boxes, where))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"{where} must have `id`, `lines` of `text` and `box`, and `fields`. "
                f"{type(error).__name__}: {error}."
            ) from None
    return records


def _json_receipts(path: Path) -> Iterator[tuple[dict[str, Any], Path | None, str]]:
    images = images_by_name(path.parent / "images")
    for number, content in json_lines(path):
        yield content, images.get(str(content.get("id"))), f"Line {number} of {path}"


def _release(path: Path) -> Iterator[tuple[dict[str, Any], Path | None, str]]:
    images = images_by_name(path / "img")
    files = sorted((path / "box").glob("*.csv"))
    if not files:
        raise ValueError(
            f"{path} has no `box/*.csv`. `path` is a folder with `img`, `box` and "
            "`key`, or a file of JSON lines."
        )
    for file in files:
        key = path / "key" / f"{file.stem}.json"
        content = {"id": file.stem, "lines": _lines(file), "fields": json_file(key)}
        yield content, images.get(file.stem), str(file)


def _lines(file: Path) -> list[dict[str, Any]]:
    """Lines of eight corner coordinates and the text, which may hold commas."""
    lines = []
    for number, line in enumerate(text_lines(file), 1):
        if not line.strip():
            continue
        parts = line.rstrip("\r").split(",", 8)
        try:
            corners = [float(part) for part in parts[:8]]
            text = parts[8]
        except (ValueError, IndexError):
            raise malformed_line(
                file, number, "must be eight numbers and a text", line
            ) from None
        if text.startswith('"'):
            text = next(csv.reader([text]))[0]
        lines.append({"text": text, "box": corners})
    return lines


def _record(
    content: dict[str, Any], image: Path | None, boxes: str, where: str
) -> PageRecord:
    size = content.get("size") or (image and image_size(image))
    if size is None:
        raise ValueError(
            f"{where} has neither `size` nor an image {content['id']!r}, so its boxes "
            "have no scale."
        )
    words, lines, places = [], [], []
    line_boxes = [line["box"] for line in content["lines"]]
    texts = [line["text"] for line in content["lines"]]
    placed = page_boxes(line_boxes, texts, "pixel", size, where)
    for number, (text, box) in enumerate(zip(texts, placed.tolist(), strict=True)):
        parts = text.split()
        words += parts
        lines += [number] * len(parts)
        places += (
            [box] * len(parts) if boxes == "segment" else _shared(box, text, parts)
        )
    fields = {
        name: [content["fields"][name]]
        for name in FIELDS
        if content["fields"].get(name)
    }
    return {
        "id": str(content["id"]),
        "split": _split(fields.get("company", [""])[0]),
        "image": None if image is None else str(image),
        "size": tuple(size),
        "words": words,
        "boxes": page_boxes(places, words, where=where),
        "lines": lines,
        "word_labels": field_labels(words, fields),
        "fields": fields,
    }


def _shared(box: list[int], text: str, parts: list[str]) -> list[list[float]]:
    x0, y0, x1, y1 = box
    step = (x1 - x0) / max(len(text), 1)
    found, at = [], 0
    for part in parts:
        start = text.index(part, at)
        at = start + len(part)
        found.append([x0 + step * start, y0, x0 + step * at, y1])
    return found


def _split(company: str) -> str:
    # Spelling varies: letters and digits are enough to know a shop by.
    name = "".join(c for c in company.casefold() if c.isalnum())
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    return "test" if number < TEST_SHARE * 2**32 else "train"
