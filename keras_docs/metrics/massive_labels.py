"""The labels that MASSIVE's slots are scored by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from keras_docs.metrics.massive_tokens import CHARACTER_LOCALES, massive_tokens

OUTSIDE = "Other"


def massive_labels(
    text: str,
    slots: Iterable[Mapping[str, Any]],
    locale: str = "",
    official: bool = True,
) -> list[str]:
    """Labels each token of an utterance with the type of its slot.

    A token has the label of the first slot that shares a character with it.

    Args:
        text: string, the utterance.
        slots: dicts with `type`, `start` and `end`, in characters of `text`.
        locale: string like `"de-DE"`; chooses the tokens, see `massive_tokens`.
        official: bool. True for gold slots that are compared with published figures:
            in ja-JP, zh-CN and zh-TW the published preparation does not end a slot
            whose last word is ASCII, so that what follows has its label, up to the
            next slot. This concerns 708, 53 and 280 utterances (117, 4 and 42 of
            test). False for predicted slots, and for gold slots as annotated.

    Returns:
        List of strings, one per token; `"Other"` outside slots.

    Raises:
        ValueError: a slot lacks a key, or has a `start` or `end` that is no int.

    Example:
    ```python
    slots = [{"type": "app_name", "start": 1, "end": 8}]
    massive_labels("用grubhub订餐", slots, "zh-CN")
    # ["Other", "app_name", "app_name", "app_name"]
    massive_labels("用grubhub订餐", slots, "zh-CN", official=False)
    # ["Other", "app_name", "Other", "Other"]
    ```

    Reference: the preparation of https://github.com/alexa/massive, for FitzGerald et
    al., https://arxiv.org/abs/2204.08582.
    """
    tokens = massive_tokens(text, locale)
    labels = [OUTSIDE] * len(tokens)
    spans = _spans(slots)
    if spans and official and locale in CHARACTER_LOCALES:
        spans = _never_ended(text, spans)
    # Backwards, so that the first slot has the last word.
    for label, start, end in reversed(spans):
        for i, (_, token_start, token_end) in enumerate(tokens):
            if token_start < end and start < token_end:
                labels[i] = label
    return labels


def _spans(slots: Iterable[Mapping[str, Any]]) -> list[tuple[str, int, int]]:
    spans = []
    for slot in slots:
        try:
            label, start, end = slot["type"], slot["start"], slot["end"]
            spans.append((label, start.__index__(), end.__index__()))
        except (KeyError, TypeError, AttributeError):
            raise ValueError(
                "A slot must be a dict with a string `type` and ints `start` and "
                f"`end`. Received: {slot!r:.120}."
            ) from None
    return sorted(spans, key=lambda span: span[1])


def _never_ended(
    text: str, spans: list[tuple[str, int, int]]
) -> list[tuple[str, int, int]]:
    nexts = [start for _, start, _ in spans[1:]] + [len(text)]
    return [
        (label, start, following if _ends_in_ascii(text[start:end]) else end)
        for (label, start, end), following in zip(spans, nexts, strict=True)
    ]


def _ends_in_ascii(value: str) -> bool:
    words = value.split()
    return bool(words) and words[-1].isascii()
