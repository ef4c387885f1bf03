"""Reads the DocBank data set of papers' pages."""

from __future__ import annotations

from pathlib import Path

from keras_docs.datasets.document_files import images_by_name, json_lines
from keras_docs.datasets.malformed_line import malformed_line
from keras_docs.datasets.page_record import PageRecord
from keras_docs.datasets.text_lines import text_lines
from keras_docs.documents.page_boxes import page_boxes

# Columns of the release: token, box, colour, font, label.
COLUMNS = 10
# What the release writes where figures and rules are; these are no words.
NO_TEXT = ("##LTFigure##", "##LTLine##")


def read_docbank(path: str | Path) -> list[PageRecord]:
    """Reads pages with their words and what part of a paper each is of.

    Args:
        path: a folder of the release's `.txt` files, with images `<name>_ori.jpg`
            beside them or in a folder `images`; or a file of JSON lines with `id`,
            `words`, `boxes_1000` and `labels`, beside a folder `images`.

    Returns:
        List of `PageRecord` with `image` (or `None`), `words`, `boxes` and
        `word_labels` such as `paragraph`, `title` or `equation`, without BIO prefixes.

    Raises:
        ValueError: a file is missing, damaged or malformed; names it.

    Example:
    ```python
    pages = read_docbank("DocBank_samples")
    pages[0]["word_labels"][:3]
    ```

    Reference: Li et al., "DocBank", COLING 2020, https://arxiv.org/abs/2006.01038.
    """
    path = Path(path)
    return _json_pages(path) if path.is_file() else _release(path)


def _json_pages(path: Path) -> list[PageRecord]:
    images = images_by_name(path.parent / "images")
    records = []
    for number, content in json_lines(path):
        where = f"Line {number} of {path}"
        try:
            words, labels = content["words"], content["labels"]
            boxes = page_boxes(content["boxes_1000"], words, where=where)
            image = images.get(str(content["id"]))
        except (KeyError, TypeError) as error:
            raise ValueError(
                f"{where} must have `id`, `words`, `boxes_1000` and `labels`. "
                f"{type(error).__name__}: {error}."
            ) from None
        if len(labels) != len(words):
            raise ValueError(
                f"{where} has {len(words)} words and {len(labels)} labels."
            )
        records.append(_record(str(content["id"]), image, words, boxes, labels))
    return records


def _release(path: Path) -> list[PageRecord]:
    files = sorted(path.glob("*.txt"))
    if not files:
        raise ValueError(
            f"{path} has no `*.txt`. `path` is a folder of DocBank's, or a file of "
            "JSON lines."
        )
    images = images_by_name(path) | images_by_name(path / "images")
    records = []
    for file in files:
        words, boxes, labels = [], [], []
        for number, line in enumerate(text_lines(file), 1):
            columns = line.rstrip("\r").split("\t")
            try:
                box = [int(column) for column in columns[1:5]]
                if len(columns) != COLUMNS:
                    raise ValueError
            except ValueError:
                raise malformed_line(
                    file, number, f"must hold {COLUMNS} columns between tabs", line
                ) from None
            if columns[0] not in NO_TEXT:
                words.append(columns[0])
                boxes.append(box)
                labels.append(columns[-1])
        image = images.get(f"{file.stem}_ori") or images.get(file.stem)
        placed = page_boxes(boxes, words, where=str(file))
        records.append(_record(file.stem, image, words, placed, labels))
    return records


def _record(id_, image, words, boxes, labels) -> PageRecord:
    return {
        "id": id_,
        "split": "",
        "image": None if image is None else str(image),
        "words": words,
        "boxes": boxes,
        "word_labels": labels,
    }
