"""F1 of all predicted slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.metrics.nlu_outcomes import nlu_outcomes


def slot_micro_f1(
    gold: Sequence[LabelledUtterance],
    predicted: Sequence[Mapping[str, Any] | LabelledUtterance],
    official: bool = True,
) -> float:
    """Micro-averaged F1 of slots, by MASSIVE's conventions.

    Every token has a label (`massive_labels`), and a slot is a run of tokens with one
    label. It is found if a predicted slot has the same tokens and label. With all
    utterances together, F1 = 2 found / (gold slots + predicted slots).

    Args:
        gold: list of `LabelledUtterance`.
        predicted: list as long, of dicts with `intent` and `slots`, as `parse` returns,
            or of `LabelledUtterance`.
        official: bool. True to compare with published figures, False to score against
            slots as annotated; differs in ja-JP, zh-CN and zh-TW, see `massive_labels`.

    Returns:
        Float from 0 to 1; 0 if there are no slots.

    Raises:
        ValueError: the lists are empty or differ in length, or an element is malformed.

    Example:
    ```python
    slot = {"type": "time", "value": "five", "start": 8, "end": 12}
    gold = [LabelledUtterance("wake me five", "alarm_set", [slot])]
    slot_micro_f1(gold, [{"intent": "alarm_set", "slots": [slot]}])  # 1.0
    ```

    Reference: seqeval's `f1_score` of the labels as BIO gives the same numbers,
    https://github.com/chakki-works/seqeval; https://github.com/alexa/massive.
    """
    outcomes = nlu_outcomes(gold, predicted, official)
    total = outcomes.gold_spans.sum() + outcomes.predicted_spans.sum()
    return float(2 * outcomes.common_spans.sum() / total) if total else 0.0
