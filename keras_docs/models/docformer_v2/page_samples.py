"""Raw pages in any form that the preprocessor takes, as one list of samples."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

# Names of a page's parts, and what else they are called.
ALIASES = {
    "image": "images",
    "question": "questions",
    "answer": "answers",
    "encoder_text": "questions",
    "decoder_text": "answers",
    "size": "sizes",
}
PARTS = (
    "images", "words", "boxes", "questions", "answers", "word_labels", "entities",
    "links", "sizes",
)  # fmt: skip
# What the readers of data sets tell besides, of no use to a model.
BESIDES = (
    "id", "split", "page", "fields", "table", "table_id", "caption", "lines", "path",
    "denotation", "label", "simple", "form", "cells", "confidences",
)  # fmt: skip


class PageSample(NamedTuple):
    """One page, with one question or none.

    Args:
        page: int, which page of the input it is.
        parts: dict of the page's parts, by the names of `PARTS`.
        question: string or `None`.
        answer: string or `None`.
    """

    page: int
    parts: Mapping[str, Any]
    question: str | None
    answer: str | None


def page_dicts(x: Any) -> list[Mapping[str, Any]]:
    """The pages of raw input, each a dict of its parts.

    Args:
        x: a dict of one page, a dict of lists, or a list of dicts.

    Raises:
        ValueError: it is none of these, or a part is unknown.
    """
    if isinstance(x, Mapping):
        named = _renamed(x, "`x`")
        words = named.get("words")
        if words is None:
            raise ValueError(
                "`x` has no `words`. A page is a dict of `words`, `boxes` and more; "
                '`keras_docs.read_pages("page.png", ocr=keras_docs.RapidOCR())` makes '
                f"one of an image. Received: {', '.join(map(str, x)) or 'nothing'}."
            )
        if not is_batch(words):
            return [named]
        return _rows_of(named, len(words))
    if isinstance(x, str | bytes) or not isinstance(x, Sequence | np.ndarray):
        raise ValueError(
            "`x` must be a page (a dict of `words`, `boxes`, …), a dict of lists of "
            f"such, or a list of pages. Received: {type(x).__name__}. For a file: "
            "`keras_docs.read_pages(path)`."
        )
    pages = []
    for i, page in enumerate(x):
        if not isinstance(page, Mapping):
            raise ValueError(
                f"Page {i} must be a dict of `words`, `boxes` and more. Received: "
                f"{type(page).__name__}."
            )
        pages.append(_renamed(page, f"Page {i}"))
    return pages


def is_batch(words: Any) -> bool:
    """Whether `words` are those of several pages.

    Raises:
        ValueError: it is one string.
    """
    if isinstance(words, str):
        raise ValueError(
            "`words` must be a list of strings, not one string. Received: "
            f"{words!r:.80}. Split it, with a box for each word."
        )
    return len(words) > 0 and not isinstance(words[0], str)


def page_samples(page: Mapping[str, Any], index: int) -> list[PageSample]:
    """A sample for each question of a page; one for a page without questions.

    Args:
        page: an element of `page_dicts`.
        index: int, its place there.

    Raises:
        ValueError: its questions and answers don't fit.
    """
    questions, answers = page.get("questions"), page.get("answers")
    if questions is None or isinstance(questions, str):
        return [PageSample(index, page, questions, _one_answer(answers, index))]
    questions = list(questions)
    if not all(isinstance(question, str) for question in questions):
        raise ValueError(
            f"Page {index}: `questions` must be a string or a list of strings. "
            f"Received: {questions!r:.120}."
        )
    if answers is None:
        answers = [None] * len(questions)
    if isinstance(answers, str) or len(answers) != len(questions):
        raise ValueError(
            f"Page {index} has {len(questions)} questions; `answers` must have one "
            "string, or list of accepted strings, for each. Received: "
            f"{answers!r:.120}."
        )
    return [
        PageSample(index, page, question, _one_answer(answer, index))
        for question, answer in zip(questions, answers, strict=True)
    ]


def with_labels(
    pages: list[Mapping[str, Any]], y: Any, name: str
) -> list[Mapping[str, Any]]:
    """Pages with labels that came apart from them.

    Args:
        pages: from `page_dicts`.
        y: for a single page its labels, else a list of them.
        name: string, the part that they are.

    Raises:
        ValueError: there is not one for each page.
    """
    if len(pages) == 1 and (isinstance(y, str) or len(y) != 1):
        y = [y]
    if isinstance(y, str) or len(y) != len(pages):
        raise ValueError(
            f"`y` must have an element for each of the {len(pages)} pages: their "
            f"`{name}`. Received: {y!r:.120}."
        )
    return [{**page, name: part} for page, part in zip(pages, y, strict=True)]


def _one_answer(answer: Any, index: int) -> str | None:
    if answer is None or isinstance(answer, str):
        return answer
    # The first of the accepted ones is the one to learn.
    accepted = list(answer)
    if not accepted or not all(isinstance(text, str) for text in accepted):
        raise ValueError(
            f"Page {index}: an answer must be a string, or a list of accepted strings. "
            f"Received: {answer!r:.120}."
        )
    return accepted[0]


def _renamed(page: Mapping[str, Any], where: str) -> dict[str, Any]:
    named = {}
    for key, value in page.items():
        name = ALIASES.get(key, key)
        if name in BESIDES:
            continue
        if name not in PARTS:
            known = [*PARTS, *ALIASES]
            nearest = difflib.get_close_matches(str(name), known, n=1)
            hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
            raise ValueError(
                f"{where} has the unknown part {key!r:.40}.{hint} Parts of a page are "
                f"{', '.join(PARTS)}."
            )
        if named.get(name) is not None and value is not None:
            raise ValueError(f"{where} has `{name}` twice, also as `{key}`.")
        if value is not None or name not in named:
            named[name] = value
    return named


def _rows_of(batch: dict[str, Any], count: int) -> list[dict[str, Any]]:
    for name, values in batch.items():
        if values is not None and (isinstance(values, str) or len(values) != count):
            got = repr(values)[:40] if isinstance(values, str) else len(values)
            raise ValueError(
                f"`{name}` must have an element for each of the {count} pages in "
                f"`words`. Received: {got}."
            )
    return [
        {name: None if v is None else v[i] for name, v in batch.items()}
        for i in range(count)
    ]
