"""Reads the pages of Kleister-NDA."""

from __future__ import annotations

from pathlib import Path

from keras_docs.datasets.document_files import json_lines
from keras_docs.datasets.field_labels import field_labels
from keras_docs.datasets.page_record import PageRecord
from keras_docs.documents.page_boxes import page_boxes


def read_kleister_nda(path: str | Path) -> list[PageRecord]:
    """Reads pages of agreements with their words and, where known, their fields.

    The release has PDF files alone; their words are read by `keras_docs.read_pages`,
    once. This reads what that gives, a document a line.

    Args:
        path: file of JSON lines `{"id", "split", "fields": [[name, value], …] or null,
            "pages": [{"size", "words", "boxes"}]}` with boxes from 0 to 1000; `.gz`,
            `.xz` and `.bz2` are decompressed. The files `<id>.pdf` are in a folder
            `pdf` beside it, if anywhere.

    Returns:
        List of `PageRecord`, one for each page: `id` of the document, `page`, `split`,
        `size` in points, `words`, `boxes`, `path` of the PDF or none; and where the
        fields are known, `fields` of the whole document and `word_labels` of what of
        them is written on the page as such. Dates are given as 2001-04-18 and are
        mostly written otherwise.

    Raises:
        ValueError: the file is missing or damaged, or a line is malformed; names it.

    Example:
    ```python
    pages = read_kleister_nda("words.jsonl.xz")
    train = [page for page in pages if page["split"] == "train"]
    ```

    Reference: Stanisławek et al., "Kleister", 2021, https://arxiv.org/abs/2105.05796;
    https://github.com/applicaai/kleister-nda.
    """
    path = Path(path)
    pdf = {file.stem: str(file) for file in sorted((path.parent / "pdf").glob("*.pdf"))}
    records = []
    for number, content in json_lines(path):
        where = f"Line {number} of {path}"
        try:
            fields = None
            if content["fields"] is not None:
                fields = {}
                for name, value in content["fields"]:
                    fields.setdefault(name, []).append(value)
            for index, page in enumerate(content["pages"]):
                boxes = page["boxes"]
                record: PageRecord = {
                    "id": content["id"],
                    "page": index,
                    "split": content["split"],
                    "size": tuple(page["size"]),
                    "words": page["words"],
                    "boxes": page_boxes(
                        boxes, page["words"], where=f"{where}, page {index}"
                    ),
                }
                if content["id"] in pdf:
                    record["path"] = pdf[content["id"]]
                if fields is not None:
                    record["fields"] = fields
                    record["word_labels"] = field_labels(page["words"], fields)
                records.append(record)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"{where} must have `id`, `split`, `fields` and `pages` of `size`, "
                f"`words` and `boxes`. {type(error).__name__}: {error}."
            ) from None
    return records
