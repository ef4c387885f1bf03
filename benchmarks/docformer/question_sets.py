"""Questions about pages: templates over annotated forms, and those about tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import page_sets
import prepared_pages
from document_questions import NATURAL, PART, SEPARATOR
from kleister_values import kleister_labels

from keras_docs.models.docformer_v2.field_question import field_question

SETS = ("funsd", "sroie", "kleister_nda", "tabfact", "wtq")
FIELDS = {
    "sroie": ("company", "date", "address", "total"),
    "kleister_nda": ("effective_date", "jurisdiction", "party", "term"),
}
# What a page says that does not answer.
NONE = "none"
# Of an agreement's questions that a part does not answer, so many are learned from.
EMPTY = 1 / 4


def load(
    folder: str | Path, name: str, limit: int | None = None
) -> tuple[list[dict], list[dict]]:
    """Pages with questions and answers.

    Questions about forms, receipts and agreements are templates over their annotation:
    the documents are real, the wording is ours. TabFact's are the statements as people
    wrote them, in pairs of an entailed and a refuted one.

    Args:
        folder: what `tools/prepare_documents.py` wrote.
        name: string, one of `SETS`.
        limit: int, pages of each part; `None`: all.

    Returns:
        Lists of the pages to train on and of those to test on, with `questions` and
        `answers`, the accepted ones of each.
    """
    if name in ("tabfact", "wtq"):
        parts = [
            prepared_pages.load(folder, name, split, limit=limit)
            for split in ("train", "test")
        ]
        make = _natural if name == "tabfact" else _table_questions
        made = [[make(page) for page in part] for part in parts]
    else:
        parts = page_sets.load(folder, name, limit=limit)
        made = [_templates(part, name) for part in parts]
        if name == "kleister_nda":
            made[0] = [_thinned(page) for page in made[0]]
    train, test = ([page for page in part if page["questions"]] for part in made)
    return train, test


def _templates(pages: Sequence[dict], name: str) -> list[dict]:
    if name == "funsd":
        return [_form_questions(page) for page in pages]
    if name == "sroie":
        return [_field_questions(page, FIELDS[name]) for page in pages]
    return [part for page in pages for part in _agreement_parts(page)]


def _form_questions(page: Mapping) -> dict:
    """What each key of a form is: the texts that it is linked to."""
    entities = page["entities"]
    linked = defaultdict(list)
    for head, tail in page["links"]:
        kinds = entities[head]["label"], entities[tail]["label"]
        if kinds == ("question", "answer"):
            linked[head].append(tail)
    answers = defaultdict(list)
    for head, tails in sorted(linked.items()):
        key = entities[head]["text"].strip().rstrip(":").strip()
        text = " ".join(entities[tail]["text"] for tail in sorted(tails)).strip()
        if key and text:
            answers[field_question(key)].append(text)
    return _asked(page, answers)


def _field_questions(page: Mapping, names: Sequence[str]) -> dict:
    fields = page["fields"]
    return _asked(
        page, {field_question(name): fields[name] for name in names if name in fields}
    )


def _agreement_parts(page: Mapping) -> list[dict]:
    """Parts of a page, each asked for all fields; most say nothing about most."""
    parts = []
    names = FIELDS["kleister_nda"]
    for start in range(0, max(len(page["words"]), 1), PART):
        words = page["words"][start : start + PART]
        answers = {}
        for name in names:
            values = page["fields"].get(name, ())
            said = [v for v in values if _says(words, name, v)]
            question = field_question(name)
            answers[question] = said or [NONE]
        part = {**page, "words": words, "boxes": page["boxes"][start : start + PART]}
        parts.append(_asked(part, answers))
    return parts


def _thinned(page: Mapping) -> dict:
    """Without most of the questions that nothing answers."""
    answers = {}
    for question, accepted in zip(page["questions"], page["answers"], strict=True):
        text = f"{page['id']} {page['page']} {page['words'][0]} {question}"
        if accepted != [NONE] or prepared_pages.draw(text) < EMPTY:
            answers[question] = accepted
    return _asked(page, answers)


def _says(words: Sequence[str], name: str, value: str) -> bool:
    return any(tag != "O" for tag in kleister_labels(words, {name: [value]}))


def _natural(page: Mapping) -> dict:
    """The statements of a table that were not lemmatised."""
    kept = [i for i, form in enumerate(page["form"]) if form == NATURAL]
    return {
        **page,
        "questions": [page["questions"][i] for i in kept],
        "answers": [page["answers"][i] for i in kept],
    }


def _table_questions(page: Mapping) -> dict:
    answers = [[SEPARATOR.join(values)] for values in page["denotation"]]
    return {**page, "answers": answers}


def _asked(page: Mapping, answers: Mapping[str, Sequence[str]]) -> dict:
    return {
        **page,
        "questions": list(answers),
        "answers": [list(accepted) for accepted in answers.values()],
    }
