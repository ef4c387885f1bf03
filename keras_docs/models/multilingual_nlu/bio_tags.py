"""Slots of a text as one BIO tag for each unit, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

OUTSIDE = 0


def begin_tag(slot_type: int) -> int:
    """The tag B- of a type; its I- is the next."""
    return 1 + 2 * slot_type


def tags_of_slots(
    spans: Sequence[tuple[int, int]],
    slots: Sequence[Mapping[str, Any]],
    type_index: Mapping[str, int],
) -> list[int]:
    """A tag for each unit: B- for the first that a slot touches, I- for the others.

    Args:
        spans: (start, end) of each unit, in order.
        slots: checked slots, in order, that do not overlap.
        type_index: numbers of the slot types.

    Returns:
        List of ints, 0 outside of slots. A unit that two slots touch is the first's.
    """
    tags = [OUTSIDE] * len(spans)
    unit = 0
    for slot in slots:
        tag = begin_tag(type_index[slot["type"]])
        inside = tag + 1
        while unit < len(spans) and spans[unit][1] <= slot["start"]:
            unit += 1
        while unit < len(spans) and spans[unit][0] < slot["end"]:
            tags[unit] = tag
            tag = inside
            unit += 1
    return tags


def slots_of_tags(
    text: str,
    spans: Sequence[tuple[int, int]],
    tags: Sequence[int],
    confidences: Sequence[float],
    slot_types: Sequence[str],
) -> list[dict[str, Any]]:
    """Slots from one tag for each unit.

    Args:
        text: string.
        spans: (start, end) of each unit.
        tags: ints, as many as spans or fewer. An I- that continues nothing begins.
        confidences: probability of each tag.
        slot_types: names of the slot types.

    Returns:
        List of `{"type", "value", "start", "end", "confidence"}`; the confidence is
        the mean over the slot's units.
    """
    found: list[tuple[int, int, int]] = []
    for unit, tag in enumerate(tags):
        if tag == OUTSIDE:
            continue
        slot_type = (tag - 1) // 2
        continues = found and found[-1][0] == slot_type and found[-1][2] == unit
        if tag % 2 == 0 and continues:
            found[-1] = (slot_type, found[-1][1], unit + 1)
        else:
            found.append((slot_type, unit, unit + 1))
    slots = []
    for slot_type, first, last in found:
        start, end = spans[first][0], spans[last - 1][1]
        slots.append(
            {
                "type": slot_types[slot_type],
                "value": text[start:end],
                "start": start,
                "end": end,
                "confidence": float(sum(confidences[first:last]) / (last - first)),
            }
        )
    return slots
