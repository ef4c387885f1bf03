"""One page as read from files: what the readers of documents return a list of."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np


class PageRecord(TypedDict, total=False):
    """A page, and what is known about it. What a data set lacks is not there.

    `DocFormerV2Preprocessor` takes such records as they are.

    Args:
        id: string.
        split: string like `"train"` or `"test"`, or `""`.
        image: string, the path of the image, or `None`.
        size: (width, height) of the image in pixels.
        words: list of strings, in the file's order.
        boxes: int32 array (words, 4) of x0, y0, x1, y1 from 0 to 1000.
        lines: list of int, the line of each word, from 0.
        word_labels: list of strings, or of `None` for words without a label.
        entities: list of dicts of `label`, `words` (indices of its words) and `text`.
        links: list of pairs (from, to) of indices of entities, such as of a question
            and its answer.
        fields: dict of strings to lists of strings, what the document says.
        question: string.
        answers: list of strings, the accepted ones, the first is to be learned.
        denotation: list of strings, the values that the answer consists of.
        table: list of rows, each a list of strings; the first is the header.
        table_id: string.
        caption: string.
        label: int, 1 for an entailed statement.
        simple: bool, whether a statement is in TabFact's simple set.
        form: string, how statements are written.
        path: string, the file of the document.
        page: int, from 0.
    """

    id: str
    split: str
    image: str | None
    size: tuple[int, int]
    words: list[str]
    boxes: np.ndarray
    lines: list[int]
    word_labels: list[str | None]
    entities: list[dict[str, Any]]
    links: list[tuple[int, int]]
    fields: dict[str, list[str]]
    question: str
    answers: list[str]
    denotation: list[str]
    table: list[list[str]]
    table_id: str
    caption: str
    label: int
    simple: bool
    form: str
    path: str
    page: int
