"""What written answers are worth, by each set's own measure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from question_sets import NONE, SEPARATOR

from keras_docs.metrics.anls import anls
from keras_docs.metrics.denotation_accuracy import denotation_accuracy
from keras_docs.metrics.tabfact_accuracy import tabfact_accuracy


def answer_score(
    name: str, pages: Sequence[dict], answers: Sequence[str], sure: np.ndarray
) -> float:
    """The score of a set's questions, in percent.

    Args:
        name: string, the set.
        pages: list of pages with `questions` and `answers`.
        answers: list of strings, one for each question of each page.
        sure: float array, the model's confidence in each.
    """
    if name == "kleister_nda":
        gold, answers = _by_document(pages, answers, sure)
        return 100 * anls(gold, answers)
    gold = [accepted for page in pages for accepted in page["answers"]]
    if name == "tabfact":
        labels = [accepted[0] for accepted in gold]
        return 100 * tabfact_accuracy(labels, list(answers))["accuracy"]
    if name == "wtq":
        values = [values for page in pages for values in page["denotation"]]
        written = [answer.split(SEPARATOR) for answer in answers]
        return 100 * denotation_accuracy(values, written)
    return 100 * anls(gold, list(answers))


def _by_document(
    pages: Sequence[dict], answers: Sequence[str], sure: np.ndarray
) -> tuple[list[list[str]], list[str]]:
    """Of a document's parts, the surest answer that is one, to what it is asked for.

    Fields that a document has no value of are not scored.
    """
    found: dict[tuple[str, str], list] = defaultdict(list)
    fields: dict[str, dict] = {}
    given = iter(zip(answers, sure, strict=True))
    for page in pages:
        fields[page["id"]] = page["fields"]
        for question in page["questions"]:
            answer, confidence = next(given)
            name = question[len("What is the ") : -1].replace(" ", "_")
            found[page["id"], name].append((answer != NONE, float(confidence), answer))
    gold, best = [], []
    for document, values in fields.items():
        for name, accepted in values.items():
            if (document, name) in found:
                is_one, _, answer = max(found[document, name])
                gold.append(list(accepted))
                best.append(answer if is_one else "")
    return gold, best
