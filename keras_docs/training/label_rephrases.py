"""Labels what fails with what its rephrase means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.training.rephrase import Rephrase


class PseudoLabelledUtterance(NamedTuple):
    """What `label_rephrases` returns a list of.

    Args:
        record: `LabelledUtterance`, the defective text with its rephrase's meaning.
        rephrase: `Rephrase` that it comes from.
        label_confidence: float, the model's confidence in the rephrase's intent.
        dropped_slots: list of the rephrase's slots that `record` lacks.
    """

    record: LabelledUtterance
    rephrase: Rephrase
    label_confidence: float
    dropped_slots: list[dict]


def label_rephrases(
    model: Any,
    rephrases: Sequence[Rephrase],
    *,
    min_label_confidence: float = 0.5,
    require_all_slots: bool = True,
    locale: str = "",
) -> list[PseudoLabelledUtterance]:
    """Gives each defective utterance the label that a model gives its rephrase.

    A slot of the rephrase is projected to where its value stands in the defective text,
    as whole words and whatever their case: the first such place that no other slot has
    taken, longer values first. A value that does not occur there cannot be projected:
    by default such a pair gives no record, since its words would be labelled as no
    slot.

    Args:
        model: a task with `parse`, such as `MultilingualNLU`.
        rephrases: list of `Rephrase`.
        min_label_confidence: float, the confidence in the rephrase's intent.
        require_all_slots: bool. With `False`, slots that cannot be projected are
            dropped.
        locale: string, of the records.

    Returns:
        List of `PseudoLabelledUtterance`, in the order of `rephrases`.

    Example:
    ```python
    pairs = [Rephrase("wake me fife tomorrow", "set an alarm for tomorrow", 3, 0.9)]
    label_rephrases(model, pairs)[0].record
    ```

    Reference: Falke et al. 2020, "Leveraging User Paraphrasing Behavior In Dialog
    Systems To Automatically Collect Annotations For Long-Tail Utterances",
    https://doi.org/10.18653/v1/2020.coling-industry.3, which makes annotated training
    examples of users' paraphrases, too.
    """
    parses = model.parse([pair.rephrase for pair in rephrases]) if rephrases else []
    found = []
    for pair, parse in zip(rephrases, parses, strict=True):
        if parse["intent"] is None or parse["confidence"] < min_label_confidence:
            continue
        slots, dropped = _project(parse["slots"], pair.defective)
        if dropped and require_all_slots:
            continue
        record = LabelledUtterance(pair.defective, parse["intent"], slots, locale)
        found.append(
            PseudoLabelledUtterance(record, pair, parse["confidence"], dropped)
        )
    return found


def _project(slots: Sequence[dict], text: str) -> tuple[list[dict], list[dict]]:
    projected, dropped = [], []
    for slot in sorted(slots, key=lambda slot: -len(slot["value"])):
        places = re.finditer(
            rf"(?<!\w){re.escape(slot['value'])}(?!\w)", text, re.IGNORECASE
        )
        free = [
            match.span()
            for match in places
            if all(
                match.end() <= other["start"] or match.start() >= other["end"]
                for other in projected
            )
        ]
        if not free:
            dropped.append(slot)
            continue
        start, end = free[0]
        projected.append(
            {"type": slot["type"], "value": text[start:end], "start": start, "end": end}
        )
    return sorted(projected, key=lambda slot: slot["start"]), dropped
