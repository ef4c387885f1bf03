"""Whether a student can learn from a teacher's answers to the same arrays."""

from __future__ import annotations

import json
from typing import Any

import keras

# What does not change the arrays.
NAMES = {"name", "dtype", "trainable", "config_file", "tokenizer", "build_config"}


def check_teacher(teacher: Any, student: Any) -> None:
    """Checks that both models take the same arrays and answer in the same classes.

    Args:
        teacher: a task.
        student: a task.

    Raises:
        ValueError: they do not; says what differs, and the way out.
    """
    _check_preprocessing(teacher, student)
    for what in ("input", "output"):
        theirs, own = _shapes(getattr(teacher, what)), _shapes(getattr(student, what))
        if not _fit(theirs, own):
            raise ValueError(
                f"`teacher` and `student` must have the same {what}s. The teacher's "
                f"are {theirs}, the student's {own}. Build the student for the same "
                "columns or tokens and the same classes, with "
                "`preprocessor=teacher.preprocessor`."
            )


def _check_preprocessing(teacher: Any, student: Any) -> None:
    preprocessors = [getattr(task, "preprocessor", None) for task in (teacher, student)]
    if None in preprocessors or preprocessors[0] is preprocessors[1]:
        return
    theirs, own = (_settings(preprocessor) for preprocessor in preprocessors)
    differing = sorted(
        name for name in theirs.keys() | own.keys() if theirs.get(name) != own.get(name)
    )
    if differing:
        name = differing[0]
        raise ValueError(
            "`teacher` and `student` must turn raw data into the same arrays, and "
            f"their preprocessors differ in {', '.join(differing)}. For `{name}` the "
            f"teacher has {theirs.get(name)!s:.80}, the student {own.get(name)!s:.80}. "
            "Build the student with `preprocessor=teacher.preprocessor`. If it must "
            "read in another way, take the teacher's answers as labels: `student.fit` "
            "on what the teacher predicts."
        )


def _settings(preprocessor: Any) -> dict[str, str]:
    """Everything that the arrays depend on, as text: NaN does not equal itself."""
    config = preprocessor.get_config()
    settings = {name: config[name] for name in config.keys() - NAMES}
    tokenizer = getattr(preprocessor, "tokenizer", None)
    if tokenizer is not None:
        config = tokenizer.get_config()
        settings["tokenizer"] = [
            type(tokenizer).__name__,
            {name: config[name] for name in config.keys() - NAMES},
        ]
        settings["vocabulary"] = list(tokenizer.get_vocabulary())
    return {
        name: json.dumps(value, sort_keys=True, default=str)
        for name, value in settings.items()
    }


def _shapes(tensors: Any) -> dict[Any, tuple[int | None, ...]]:
    if not isinstance(tensors, dict):
        tensors = dict(enumerate(keras.tree.flatten(tensors)))
    return {name: tuple(tensor.shape) for name, tensor in sorted(tensors.items())}


def _fit(theirs: dict, own: dict) -> bool:
    """Whether names and sizes are the same, where sizes are known."""
    return theirs.keys() == own.keys() and all(
        len(theirs[name]) == len(own[name])
        and all(
            None in (a, b) or a == b
            for a, b in zip(theirs[name], own[name], strict=True)
        )
        for name in own
    )
