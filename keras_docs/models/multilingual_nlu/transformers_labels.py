"""Labels of a Transformers checkpoint as intents, or as slot types and their tags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from keras_docs.hub.errors import PresetFormatError, UnsupportedCheckpointError

ENDINGS = ("ForSequenceClassification", "ForTokenClassification")
TAG = re.compile(r"([BI])-(.+)", re.DOTALL)
MISSING = -1


class CheckpointLabels(NamedTuple):
    """What a checkpoint's head tells apart.

    Args:
        intents: names, empty for a head over tokens.
        slot_types: names, empty for a head over texts.
        columns: for each tag of ours, O, B-, I-, B-, …, the row of the checkpoint's
            classifier, or `MISSING`.
    """

    intents: list[str]
    slot_types: list[str]
    columns: list[int]


def read_labels(config: dict[str, Any]) -> CheckpointLabels | None:
    """The labels of a checkpoint, or `None` if it has neither kind of head.

    Args:
        config: its `config.json`.

    Raises:
        UnsupportedCheckpointError: the head computes something else, or its labels are
            not BIO.
        PresetFormatError: the labels are not numbered one by one.
    """
    architecture = head_name(config)
    if architecture is None:
        return None
    names = _names(config)
    if architecture.endswith("ForTokenClassification"):
        return _slots(names, config)
    problem = config.get("problem_type")
    if len(names) < 2 or problem not in (None, "single_label_classification"):
        raise UnsupportedCheckpointError(
            f"The checkpoint's head has problem_type={problem!r:.80} and "
            f"{len(names)} labels; an intent is one of two or more. Load it with "
            "transformers.",
            config["model_type"],
        )
    return CheckpointLabels(names, [], [])


def head_name(config: dict[str, Any]) -> str | None:
    """The class that the checkpoint was saved from, if it has a head of ours."""
    architectures = config.get("architectures")
    name = architectures[0] if isinstance(architectures, list) and architectures else ""
    return name if isinstance(name, str) and name.endswith(ENDINGS) else None


def _names(config: dict[str, Any]) -> list[str]:
    labels = config.get("id2label")
    if labels is None:
        # Transformers leaves its default out.
        labels = {"0": "LABEL_0", "1": "LABEL_1"}
    expected = set(map(str, range(len(labels)))) if isinstance(labels, dict) else None
    if expected is None or set(labels) != expected:
        raise PresetFormatError(
            "id2label in the checkpoint's config.json must number its labels from 0 "
            f"on. Received: {labels!r:.120}."
        )
    names = [labels[str(index)] for index in range(len(labels))]
    if len(set(map(str, names))) != len(names) or not all(
        isinstance(name, str) for name in names
    ):
        raise PresetFormatError(
            "id2label in the checkpoint's config.json must be different strings. "
            f"Received: {names!r:.120}."
        )
    return names


def _slots(names: Sequence[str], config: dict[str, Any]) -> CheckpointLabels:
    index = {name: i for i, name in enumerate(names)}
    matches = {name: TAG.fullmatch(name) for name in names if name != "O"}
    strange = next((name for name, match in matches.items() if not match), None)
    if strange is not None:
        raise _not_bio(config, f"It has {strange!r:.120}")
    if "O" not in index or not matches:
        raise _not_bio(config, "It has no 'O'" if matches else "It has 'O' alone")
    types = list(dict.fromkeys(match[2] for match in matches.values()))
    for name in types:
        if f"B-{name}" not in index:
            raise _not_bio(
                config,
                f"It has 'I-{name:.80}' without a 'B-': in IOB1 a slot begins with I-",
            )
    tags = ["O", *(f"{kind}-{name}" for name in types for kind in "BI")]
    return CheckpointLabels([], types, [index.get(tag, MISSING) for tag in tags])


def _not_bio(config: dict[str, Any], what: str) -> UnsupportedCheckpointError:
    return UnsupportedCheckpointError(
        "The labels of a checkpoint over tokens must be BIO: 'O', and 'B-x' and 'I-x' "
        f"of each type x. {what}. If id2label in config.json lost the names that the "
        "model was trained with, restore them there; other schemes are not decoded "
        "here: load it with transformers.",
        config["model_type"],
    )
