"""Reads the SNIPS data set of 2017."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.datasets.text_lines import text_lines


def read_snips(path: str | Path) -> list[LabelledUtterance]:
    """Reads a file of the SNIPS benchmark of custom intents.

    The file is JSON, `{intent: [{"data": [{"text": ...}, {"text": ..., "entity":
    ...}]}]}`: the texts of an utterance's pieces make it up, and a piece with `entity`
    (or `slot_name`, which has the preference) is a slot. White space at the ends of a
    slot is no part of it, and a slot of nothing else is none.

    Args:
        path: a file like `AddToPlaylist/train_AddToPlaylist_full.json`; `.gz`, `.xz`
            and `.bz2` are decompressed. The name up to its first `_` is the partition.

    Returns:
        List of `LabelledUtterance`, with locale `"en"`.

    Raises:
        ValueError: the file is missing, damaged or not UTF-8, as some of the published
            ones, or an utterance is malformed; names it.

    Example:
    ```python
    valid = read_snips("GetWeather/validate_GetWeather.json")
    valid[0].intent, valid[0].partition  # ("GetWeather", "validate")
    ```

    Reference: Coucke et al., "Snips Voice Platform: an embedded Spoken Language
    Understanding system for private-by-design voice interfaces", 2018,
    https://arxiv.org/abs/1805.10190; https://github.com/sonos/nlu-benchmark.
    """
    path = Path(path)
    try:
        intents = json.loads("\n".join(text_lines(path)))
    except json.JSONDecodeError as error:
        raise ValueError(
            f"Line {error.lineno} of {path} is not JSON ({error.msg}). Download it "
            "again."
        ) from None
    if not isinstance(intents, dict) or not all(
        isinstance(entries, list) for entries in intents.values()
    ):
        raise ValueError(
            f"{path} must hold a JSON object of intents with a list of utterances each."
            f" Received: {intents!r:.120}."
        )
    partition = path.name.partition("_")[0] if "_" in path.name else ""
    utterances = []
    for intent, entries in intents.items():
        for number, entry in enumerate(entries, 1):
            try:
                text, slots = _join(entry["data"])
            except (KeyError, TypeError):
                raise ValueError(
                    f"Utterance {number} of {intent} in {path} must be an object with "
                    "`data`, a list of objects with a string `text` and, in slots, "
                    f"`entity`. Received: {entry!r:.120}."
                ) from None
            utterances.append(
                LabelledUtterance(text, intent, slots, "en", partition=partition)
            )
    return utterances


def _join(pieces: list[dict[str, Any]]) -> tuple[str, list[dict]]:
    text, slots = "", []
    for piece in pieces:
        kind = piece.get("slot_name") or piece.get("entity")
        value = piece["text"].strip() if isinstance(piece["text"], str) else None
        if value is None or not isinstance(kind, str | None):
            raise TypeError
        if kind and value:
            start = len(text) + piece["text"].index(value)
            end = start + len(value)
            slots.append({"type": kind, "value": value, "start": start, "end": end})
        text += piece["text"]
    return text, slots
