"""One utterance with its intent and slots, as read from files."""

from __future__ import annotations

from typing import NamedTuple


class LabelledUtterance(NamedTuple):
    """What the readers of utterances return a list of.

    Args:
        text: string, the utterance.
        intent: string, or `""` if the file has none.
        slots: list of dicts `{"type", "value", "start", "end"}`, sorted by `start` and
            not overlapping. `start` and `end` count characters of `text`, `end` is
            exclusive, and `value` is `text[start:end]`.
        locale: string like `"de-DE"`, or `""`.
        id: string, the same for translations of one utterance, or `""`.
        partition: string like `"train"`, `"dev"` or `"test"`, or `""`.

    Example:
    ```python
    slot = {"type": "time", "value": "five am", "start": 8, "end": 15}
    utterance = LabelledUtterance("wake me five am", "alarm_set", [slot], "en-US")
    utterance.text[slot["start"] : slot["end"]]  # "five am"
    ```
    """

    text: str
    intent: str
    slots: list[dict]
    locale: str = ""
    id: str = ""
    partition: str = ""
