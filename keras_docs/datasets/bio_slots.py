"""Slots from BIO tags."""

from __future__ import annotations

from collections.abc import Iterable


def bio_slots(
    text: str, spans: Iterable[tuple[int, int]], tags: Iterable[str]
) -> list[dict]:
    """Joins the tokens of each slot.

    As in conlleval, `I-x` that goes on after no `x` begins a slot.

    Args:
        text: string, the utterance.
        spans: (start, end) of each token in `text`.
        tags: strings, one per token: `O`, `B-type` or `I-type`.

    Returns:
        List of dicts `{"type", "value", "start", "end"}`, as in `LabelledUtterance`.

    Raises:
        ValueError: a tag is none of these.

    Example:
    ```python
    bio_slots("at five am", [(0, 2), (3, 7), (8, 10)], ["O", "B-time", "I-time"])
    # [{"type": "time", "value": "five am", "start": 3, "end": 10}]
    ```
    """
    slots: list[dict] = []
    before = ""
    for (start, end), tag in zip(spans, tags, strict=True):
        prefix, _, kind = tag.partition("-")
        if tag != "O" and (prefix not in ("B", "I") or not kind):
            raise ValueError(f"a tag must be O, B-type or I-type, not {tag!r:.60}")
        if prefix == "I" and kind == before:
            start = slots.pop()["start"]
        if kind:
            slots.append(
                {"type": kind, "value": text[start:end], "start": start, "end": end}
            )
        before = kind
    return slots
