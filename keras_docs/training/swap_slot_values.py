"""Utterances with the slot values of others, to learn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from keras_docs.datasets.labelled_utterance import LabelledUtterance

# Where a value may come from: the locale, the intent and the slot type.
Place = tuple[str, str, str]


def swap_slot_values(
    records: Iterable[Any], *, share: float = 0.5, seed: int = 0
) -> list[LabelledUtterance]:
    """Gives records the slot values of others of their intent and locale.

    A model that has seen each value in one sentence learns the sentence by heart;
    with values that change, it has to learn from the words around a slot what the slot
    is. The new value is drawn uniformly from the different ones that the records of
    the same locale and intent have for the type of the slot, so that rare values are
    seen as often as common ones. Words around it stay: they may no longer agree with
    it in languages that inflect them.

    Args:
        records: of `LabelledUtterance`, or tuples (text, intent, slots).
        share: float from 0 to 1, the probability that the slots of a record change.
        seed: int; another one draws other values, as in the next epoch.

    Returns:
        List of `LabelledUtterance`, one for each record and in their order.

    Raises:
        ValueError: `share` is no probability, or a slot runs past its text or into
            the one before; names the record.

    Example:
    ```python
    five = ("wake me at five", "alarm_set", [{"type": "time", "start": 11, "end": 15}])
    noon = ("alarm for noon", "alarm_set", [{"type": "time", "start": 10, "end": 14}])
    swap_slot_values([five, noon], share=1.0, seed=1)[0].text  # "wake me at noon"
    ```

    Reference: Dai and Adel 2020, "An Analysis of Simple Data Augmentation for Named
    Entity Recognition", https://arxiv.org/abs/2010.11683 (mention replacement).
    """
    if not 0 <= share <= 1:
        raise ValueError(f"`share` is a probability from 0 to 1. Received: {share!r}.")
    records = [LabelledUtterance(*record) for record in records]
    for number, record in enumerate(records):
        _check_slots(record, number)
    values = _values(records)
    random = np.random.default_rng(seed)
    changes = random.random(len(records)) < share
    return [
        _swapped(record, values, random) if change and record.slots else record
        for record, change in zip(records, changes, strict=True)
    ]


def _place(record: LabelledUtterance, slot: dict) -> Place:
    return record.locale, record.intent, slot["type"]


def _values(records: list[LabelledUtterance]) -> dict[Place, list[str]]:
    """The different values at each place, in the order of their first record."""
    values: dict[Place, dict[str, None]] = defaultdict(dict)
    for record in records:
        for slot in record.slots:
            value = record.text[slot["start"] : slot["end"]]
            values[_place(record, slot)][value] = None
    return {place: list(found) for place, found in values.items()}


def _swapped(
    record: LabelledUtterance,
    values: dict[Place, list[str]],
    random: np.random.Generator,
) -> LabelledUtterance:
    text, slots, done = "", [], 0
    for slot in sorted(record.slots, key=lambda slot: slot["start"]):
        choices = values[_place(record, slot)]
        value = choices[random.integers(len(choices))]
        text += record.text[done : slot["start"]]
        start, done = len(text), slot["end"]
        text += value
        slots.append({**slot, "value": value, "start": start, "end": len(text)})
    return record._replace(text=text + record.text[done:], slots=slots)


def _check_slots(record: LabelledUtterance, number: int) -> None:
    done = 0
    for slot in sorted(record.slots, key=lambda slot: slot["start"]):
        if not done <= slot["start"] < slot["end"] <= len(record.text):
            raise ValueError(
                f"A slot of record {number} runs past its text, or into the slot "
                f"before it: {slot!r} in {record.text!r:.80}. `start` and `end` count "
                "characters from 0, and `end` is exclusive."
            )
        done = slot["end"]
