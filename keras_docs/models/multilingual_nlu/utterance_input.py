"""Texts, records or labels as the user gives them, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Label = tuple[str, list[Mapping[str, Any]]]


def read_texts(x: Any) -> list[str]:
    """Texts of a list, array or Series of strings, or of records.

    Raises:
        ValueError: there is something else; names the first such place.
    """
    if isinstance(x, str):
        raise ValueError(
            "`x` must be a list of texts. Received one string; put it into a list: "
            f"[{x!r:.60}]."
        )
    texts = [_text(item) for item in _items(x)]
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            raise ValueError(
                "`x` must be a list of strings, or of records (text, intent, slots). "
                f"Received at position {position}: {x[position]!r:.80} of "
                f"{type(text).__name__}."
            )
    return texts


def read_labels(x: Any, y: Any) -> list[Label] | None:
    """Intents and slots from `y`, or from the records in `x`; None without either.

    Raises:
        ValueError: a record has no label, or one of another form; names its position.
    """
    if y is None:
        items = [item[1:3] for item in _items(x) if _is_record(item)]
        if not items:
            return None
    else:
        items = list(y)
    if len(items) != len(x):
        raise ValueError(
            "Each text needs an intent and its slots. Received "
            f"{len(x)} texts and {len(items)} labels. Give records (text, intent, "
            "slots), or `y` as a list of (intent, slots)."
        )
    return [_label(item, position) for position, item in enumerate(items)]


def read_pairs(x: Any) -> list[Sequence[str]]:
    """Pairs of a text and its translation.

    Raises:
        ValueError: there are none, or something is no pair; names the first such place.
    """
    pairs = list(_items(x))
    if not pairs:
        raise ValueError("`x` must be a list of pairs of texts. Received an empty one.")
    for position, pair in enumerate(pairs):
        is_pair = isinstance(pair, tuple | list) and len(pair) == 2
        if not (is_pair and all(isinstance(text, str) for text in pair)):
            raise ValueError(
                "`x` must be a list of pairs (text, translation), two strings each. "
                f"Received at position {position}: {pair!r:.80}."
            )
    return pairs


def _items(x: Any) -> Sequence[Any]:
    return x.tolist() if hasattr(x, "tolist") else x


def _is_record(item: Any) -> bool:
    return isinstance(item, tuple | list) and len(item) >= 3


def _text(item: Any) -> Any:
    return item[0] if _is_record(item) else item


def _label(item: Any, position: int) -> Label:
    if isinstance(item, str):
        return item, []
    try:
        intent, slots = item
        slots = list(slots)
    except (TypeError, ValueError):
        raise _malformed(item, position) from None
    if not isinstance(intent, str):
        raise _malformed(item, position)
    return intent, slots


def _malformed(item: Any, position: int) -> ValueError:
    return ValueError(
        "A label must be (intent, slots): a string and a list of dicts with `type`, "
        f"`start` and `end`. Received at position {position}: {item!r:.120}."
    )


def checked_slots(
    text: str, slots: Sequence[Mapping[str, Any]], position: int
) -> list[Mapping[str, Any]]:
    """Slots in order.

    Raises:
        ValueError: a slot lacks something, is empty, runs past the text, or overlaps
            another; names the record.
    """
    try:
        ordered = sorted(slots, key=lambda slot: slot["start"])
        spans = [(slot["start"], slot["end"], str(slot["type"])) for slot in ordered]
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"A slot must be a dict with `type`, `start` and `end`. Received in record "
            f"{position}: {slots!r:.160} ({error!r})."
        ) from None
    last = 0
    for start, end, name in spans:
        if not 0 <= start < end <= len(text):
            raise ValueError(
                f"Slot {name!r} of record {position} is {start} to {end}; the text "
                f"{text!r:.60} has {len(text)} characters. `start` and `end` count "
                "characters from 0, and `end` is exclusive."
            )
        if start < last:
            raise ValueError(
                f"Slot {name!r} of record {position} begins at {start}, inside of the "
                f"slot before it, which ends at {last}. Slots of a text cannot overlap:"
                " keep one of the two."
            )
        last = end
    return ordered
