"""Share of utterances understood without a mistake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.metrics.nlu_outcomes import nlu_outcomes


def exact_match(
    gold: Sequence[LabelledUtterance],
    predicted: Sequence[Mapping[str, Any] | LabelledUtterance],
    official: bool = True,
) -> float:
    """Share of utterances whose intent and slots are all right.

    Slots are right if every token has the right label (`massive_labels`).

    Args:
        gold: list of `LabelledUtterance`.
        predicted: list as long, of dicts with `intent` and `slots`, as `parse` returns,
            or of `LabelledUtterance`.
        official: bool. True to compare with published figures, False to score against
            slots as annotated; differs in ja-JP, zh-CN and zh-TW, see `massive_labels`.

    Returns:
        Float from 0 to 1.

    Raises:
        ValueError: the lists are empty or differ in length, or an element is malformed.

    Example:
    ```python
    slot = {"type": "time", "value": "five", "start": 8, "end": 12}
    gold = [LabelledUtterance("wake me five", "alarm_set", [slot])]
    exact_match(gold, [{"intent": "alarm_set", "slots": []}])  # 0.0
    ```

    Reference: https://github.com/alexa/massive, "exact match accuracy".
    """
    outcomes = nlu_outcomes(gold, predicted, official)
    return float((outcomes.intent_right & outcomes.slots_right).mean())
