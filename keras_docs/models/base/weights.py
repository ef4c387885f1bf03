"""Weights on disk: safetensors keyed by `variable.path`, read strictly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from keras import ops

from keras_docs.hub.errors import PresetCorruptError


def save_weights(path: Path, variables: Sequence[keras.Variable]) -> None:
    """Writes variables to a safetensors file, each under its path.

    Args:
        path: the file.
        variables: Keras variables with distinct paths.

    Raises:
        ValueError: two variables share a path.
    """
    from safetensors.numpy import save

    tensors = {}
    for variable in variables:
        if variable.path in tensors:
            raise ValueError(
                f"Two weights are called {variable.path!r}. Give the layers of the "
                "model different names, so that a preset can tell them apart."
            )
        value = np.asarray(ops.convert_to_numpy(variable.value))
        tensors[variable.path] = np.ascontiguousarray(value)
    path.write_bytes(save(tensors, metadata={"format": "keras_docs"}))


def stored_shapes(path: Path) -> list[tuple[int, ...]]:
    """Shapes of the tensors in a safetensors file, from its header alone.

    Args:
        path: the file.

    Raises:
        PresetCorruptError: it is no safetensors file.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="numpy") as file:
            return [tuple(file.get_slice(name).get_shape()) for name in file.keys()]  # noqa: SIM118
    except SafetensorError as error:
        raise _unreadable(path, error) from error


def load_weights(path: Path, variables: Sequence[keras.Variable]) -> None:
    """Reads a safetensors file into variables, one tensor for each, or raises.

    Nothing is assigned before everything fits. A floating-point tensor may be read
    into a variable of another floating-point dtype; any other difference is an error.

    Args:
        path: the file.
        variables: the variables to fill.

    Raises:
        PresetCorruptError: a tensor is missing, unknown, of another shape or dtype;
            lists the first differences by path.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="numpy") as file:
            stored = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            _check(path, stored, variables)
            for variable in variables:
                variable.assign(file.get_tensor(variable.path))
    except SafetensorError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> PresetCorruptError:
    return PresetCorruptError(
        f"{path.name} is not a readable safetensors file ({error}). Download or save "
        "the preset again."
    )


def _check(path: Path, stored: dict, variables: Sequence[keras.Variable]) -> None:
    wanted = {variable.path: variable for variable in variables}
    problems = [
        f"{name}: missing from the file" for name in wanted if name not in stored
    ]
    problems += [f"{name}: not in the model" for name in stored if name not in wanted]
    for name in wanted.keys() & stored.keys():
        found, expected = tuple(stored[name].get_shape()), tuple(wanted[name].shape)
        if found != expected:
            problems.append(
                f"{name}: shape {found} in the file, {expected} in the model"
            )
        elif not _same_kind(stored[name].get_dtype(), wanted[name].dtype):
            problems.append(
                f"{name}: dtype {stored[name].get_dtype()} in the file, "
                f"{wanted[name].dtype} in the model"
            )
    if problems:
        more = f"\n… and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise PresetCorruptError(
            f"{path.name} does not fit the model that the preset describes:\n"
            + "\n".join(sorted(problems)[:5])
            + more
            + "\nThe files come from different models; save the preset again."
        )


def _same_kind(stored: str, dtype: str) -> bool:
    if stored.startswith(("F", "BF")):
        return "float" in dtype
    kind, bits = stored.rstrip("0123456789"), stored.lstrip("BIOLU")
    return {"I": "int", "U": "uint", "BOOL": "bool"}.get(kind, "?") + bits == dtype


def head_variables(task: keras.Model) -> list[keras.Variable]:
    """The weights of a task that are not its backbone's."""
    backbone = {id(variable) for variable in task.backbone.weights}
    return [variable for variable in task.weights if id(variable) not in backbone]
