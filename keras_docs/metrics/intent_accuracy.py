"""Share of utterances with the right intent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.metrics.nlu_outcomes import zip_predictions


def intent_accuracy(
    gold: Sequence[LabelledUtterance],
    predicted: Sequence[Mapping[str, Any] | LabelledUtterance],
) -> float:
    """Share of utterances whose predicted intent is the right one.

    Args:
        gold: list of `LabelledUtterance`.
        predicted: list as long, of dicts with `intent` and `slots`, as `parse` returns,
            or of `LabelledUtterance`.

    Returns:
        Float from 0 to 1.

    Raises:
        ValueError: the lists are empty or differ in length, or an element is malformed.

    Example:
    ```python
    gold = [LabelledUtterance("wake me", "alarm_set", [])]
    intent_accuracy(gold, [{"intent": "alarm_set", "slots": []}])  # 1.0
    ```
    """
    pairs = zip_predictions(gold, predicted)
    return sum(row.intent == intent for row, (intent, _) in pairs) / len(pairs)
