"""What tagged words are worth: F1 of entities, and of the values of fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from kleister_values import value_key

from keras_docs.metrics.entity_f1 import entity_f1
from keras_docs.metrics.precision_recall_f1 import PrecisionRecallF1

# An agreement has several; of other fields there is one value.
MANY = ("party",)
# How sure a further value of such a field must be.
SURE = 0.5
# What settings are chosen by.
CHOSEN_BY = {"funsd": "f1", "sroie": "field_f1", "kleister_nda": "field_f1"}


class Tagged(NamedTuple):
    """What a system says about a page.

    Args:
        tags: list of BIO tags.
        confidences: float array (words,), the probability of each tag.
    """

    tags: list[str]
    confidences: np.ndarray


def label_scores(
    name: str, pages: Sequence[Mapping], tagged: Sequence[Tagged]
) -> dict[str, float]:
    """Scores of a set's pages, in percent.

    Args:
        name: string, the set.
        pages: list of pages with `word_labels`, and `fields` if they have such.
        tagged: list as long of `Tagged`.

    Returns:
        Dict of `precision`, `recall` and `f1` of entities, strictly; and with fields
        `field_f1`, of the pairs of field and value of each document, and the share of
        each field's values that are found.
    """
    gold, predicted = [], []
    for page, (tags, _) in zip(pages, tagged, strict=True):
        # Words without text have no label.
        kept = [i for i, label in enumerate(page["word_labels"]) if label is not None]
        gold.append([page["word_labels"][i] for i in kept])
        predicted.append([tags[i] for i in kept])
    scores = entity_f1(gold, predicted)._asdict()
    if name != "funsd":
        scores |= field_scores(pages, tagged)
    return {key: round(100 * value, 2) for key, value in scores.items()}


def field_scores(
    pages: Sequence[Mapping], tagged: Sequence[Tagged]
) -> dict[str, float]:
    """F1 of values, and the share of each field's values that are found."""
    found: dict[str, dict] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    fields = {}
    for page, (tags, confidences) in zip(pages, tagged, strict=True):
        document = str(page["id"])
        fields[document] = page["fields"]
        for name, start, end in _spans(tags):
            key = value_key(name, " ".join(page["words"][start:end]))
            confidence = float(np.mean(confidences[start:end]))
            found[document][name][key].append(confidence)
    right = predicted = 0
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for document, wanted in fields.items():
        for name in {*wanted, *found[document]}:
            gold = {value_key(name, value) for value in wanted.get(name, ())}
            got = _chosen(name, found[document][name])
            right += len(gold & got)
            predicted += len(got)
            counts[name][0] += len(gold & got)
            counts[name][1] += len(gold)
    total = sum(n for _, n in counts.values())
    shares = {f"found_{k}": a / n for k, (a, n) in sorted(counts.items()) if n}
    return {"field_f1": PrecisionRecallF1.of(right, predicted, total).f1, **shares}


def _chosen(name: str, values: Mapping[str, list[float]]) -> set[str]:
    """The value that most speaks for, and further sure ones where there are many."""
    if not values:
        return set()
    chosen = {max(values, key=lambda key: sum(values[key]))}
    if name in MANY:
        chosen |= {key for key in values if max(values[key]) >= SURE}
    return chosen


def _spans(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    spans, start = [], None
    for i, tag in enumerate([*tags, "O"]):
        if start is not None and not tag.startswith("I-"):
            spans.append((tags[start][2:], start, i))
            start = None
        if tag.startswith("B-"):
            start = i
    return spans
