"""What is right and wrong in predicted intents and slots, utterance by utterance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.metrics.massive_labels import OUTSIDE, massive_labels


class NLUOutcomes(NamedTuple):
    """Arrays (utterances,). A span is a run of tokens with one label, not outside.

    Args:
        intent_right: bool, the intent is the gold one.
        slots_right: bool, the label of every token is the gold one.
        gold_spans: int.
        predicted_spans: int.
        common_spans: int, spans that are both, with the same label.
        tokens: int.
    """

    intent_right: np.ndarray
    slots_right: np.ndarray
    gold_spans: np.ndarray
    predicted_spans: np.ndarray
    common_spans: np.ndarray
    tokens: np.ndarray


def nlu_outcomes(
    gold: Sequence[LabelledUtterance],
    predicted: Sequence[Mapping[str, Any] | LabelledUtterance],
    official: bool,
) -> NLUOutcomes:
    """Compares each prediction with what is right.

    Args:
        gold: list of `LabelledUtterance`.
        predicted: list as long, of `LabelledUtterance` or of dicts with `intent` and
            `slots`.
        official: bool, see `massive_labels`; for `gold`.

    Raises:
        ValueError: the lists are empty or differ in length, or an element is malformed.
    """
    rows = [
        _compare(utterance, prediction, official)
        for utterance, prediction in zip_predictions(gold, predicted)
    ]
    columns = np.array(rows).T
    return NLUOutcomes(columns[0] > 0, columns[1] > 0, *columns[2:])


def zip_predictions(
    gold: Sequence[LabelledUtterance], predicted: Sequence[Any]
) -> list[tuple[LabelledUtterance, tuple[str, Any]]]:
    """Pairs of an utterance and its predicted (intent, slots).

    Raises:
        ValueError: as `nlu_outcomes`.
    """
    if not len(gold) or len(gold) != len(predicted):
        raise ValueError(
            "`gold` and `predicted` must have one element for each utterance, and at "
            f"least one. Received: {len(gold)} and {len(predicted)} elements."
        )
    pairs = []
    for i, (utterance, prediction) in enumerate(zip(gold, predicted, strict=True)):
        if not isinstance(utterance, LabelledUtterance):
            raise ValueError(
                "`gold` must be a list of LabelledUtterance, as the readers in "
                f"keras_docs.datasets return. Received at {i}: {utterance!r:.120}."
            )
        if isinstance(prediction, LabelledUtterance):
            pairs.append((utterance, (prediction.intent, prediction.slots)))
        elif isinstance(prediction, Mapping) and {"intent", "slots"} <= set(prediction):
            pairs.append((utterance, (prediction["intent"], prediction["slots"])))
        else:
            raise ValueError(
                "`predicted` must be a list of dicts with `intent` and `slots`, as "
                "`parse` returns, or of LabelledUtterance. Received at "
                f"{i}: {prediction!r:.120}."
            )
    return pairs


def _compare(
    utterance: LabelledUtterance, prediction: tuple[str, Any], official: bool
) -> tuple[int, ...]:
    text, locale = utterance.text, utterance.locale
    intent, slots = prediction
    right = massive_labels(text, utterance.slots, locale, official)
    found = massive_labels(text, slots, locale, official=False)
    right_spans, found_spans = _spans(right), _spans(found)
    return (
        intent == utterance.intent,
        found == right,
        len(right_spans),
        len(found_spans),
        len(right_spans & found_spans),
        len(right),
    )


def _spans(labels: list[str]) -> set[tuple[str, int, int]]:
    spans, start = set(), 0
    for label, run in groupby(labels):
        end = start + sum(1 for _ in run)
        if label != OUTSIDE:
            spans.add((label, start, end))
        start = end
    return spans
