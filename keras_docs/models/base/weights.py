"""Weights on disk: safetensors keyed by `variable.path`, read strictly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import keras
import ml_dtypes
import numpy as np
from keras import ops

from keras_docs.hub.errors import PresetCorruptError
from keras_docs.models.base import weight_arrays

# The names of safetensors for what a Keras variable can hold.
_DTYPES = {
    "BOOL": np.dtype("bool"),
    "BF16": np.dtype(ml_dtypes.bfloat16),
    "F8_E4M3": np.dtype(ml_dtypes.float8_e4m3fn),
    "F8_E5M2": np.dtype(ml_dtypes.float8_e5m2),
    **{f"F{8 * n}": np.dtype(f"<f{n}") for n in (2, 4, 8)},
    **{f"I{8 * n}": np.dtype(f"<i{n}") for n in (1, 2, 4, 8)},
    **{f"U{8 * n}": np.dtype(f"<u{n}") for n in (1, 2, 4, 8)},
}


def save_weights(
    path: Path,
    variables: Sequence[keras.Variable],
    arrays: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Writes variables to a safetensors file, each under its path.

    Args:
        path: the file.
        variables: Keras variables, in the order of the model.
        arrays: NumPy arrays to write with them, by their names in the file.
    """
    from safetensors.numpy import save

    tensors = {}
    for name, variable in named(variables).items():
        value = ops.convert_to_numpy(variable.value)
        # Not `ascontiguousarray`, which makes a vector of a scalar.
        tensors[name] = np.asarray(value, order="C")
    for name, array in (arrays or {}).items():
        tensors[name] = np.asarray(array, order="C")
    path.write_bytes(save(tensors, metadata={"format": "keras_docs"}))


def named(variables: Sequence[keras.Variable]) -> dict[str, keras.Variable]:
    """Variables by their names in a file.

    That is a variable's path; the second of the same path, as two encoders of one
    ensemble have it, is called `path:2`, the third `path:3`.

    Args:
        variables: Keras variables, in the order of the model.
    """
    found: dict[str, keras.Variable] = {}
    times: dict[str, int] = {}
    for variable in variables:
        number = times[variable.path] = times.get(variable.path, 0) + 1
        name = variable.path if number == 1 else f"{variable.path}:{number}"
        found[name] = variable
    return found


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


def load_weights(
    path: Path,
    variables: Sequence[keras.Variable],
    set_arrays: Callable[[dict[str, np.ndarray]], None] | None = None,
) -> None:
    """Reads a safetensors file into variables, one tensor for each, or raises.

    Nothing is assigned before everything fits. A floating-point tensor may be read
    into a variable of another floating-point dtype; any other difference is an error.

    Args:
        path: the file.
        variables: the variables to fill.
        set_arrays: function that checks and takes the file's NumPy arrays; `None` if
            the model has none. They are mapped: changing one does not change the file.

    Raises:
        PresetCorruptError: a tensor is missing, unknown, of another shape or dtype;
            lists the first differences by path.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="numpy") as file:
            # In the order of the data, which the library has checked to be gapless.
            stored = {name: file.get_slice(name) for name in file.offset_keys()}
            own = {
                name: (_DTYPES[entry.get_dtype()], tuple(entry.get_shape()))
                for name, entry in stored.items()
                if set_arrays is not None and name.startswith(weight_arrays.PREFIX)
            }
            stored = {name: entry for name, entry in stored.items() if name not in own}
            dtypes = {name: entry.get_dtype() for name, entry in stored.items()}
            _check(path, stored, variables)
    except SafetensorError as error:
        raise _unreadable(path, error) from error
    if set_arrays is not None:
        set_arrays(weight_arrays.map_arrays(path, own))
    wanted = named(variables)
    offsets = weight_arrays.data_offsets(path)
    # Read, not mapped: the pages of a mapped file count as memory of the process
    # until all of it is read, which doubles the peak.
    with open(path, "rb") as file:
        for name, dtype in dtypes.items():
            # A new array each time: JAX may keep it as the variable's own memory.
            value = np.empty(wanted[name].shape, _DTYPES[dtype])
            file.seek(offsets[name])
            if file.readinto(value.reshape(-1).view(np.uint8)) != value.nbytes:
                raise _unreadable(path, "it ends too early")
            wanted[name].assign(value)


def _unreadable(path: Path, error: Exception | str) -> PresetCorruptError:
    return PresetCorruptError(
        f"{path.name} is not a readable safetensors file ({error}). Download or save "
        "the preset again."
    )


def _check(path: Path, stored: dict, variables: Sequence[keras.Variable]) -> None:
    wanted = named(variables)
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
    if stored not in _DTYPES:
        return False
    return _DTYPES[stored].name == dtype or ("F" in stored and "float" in dtype)


def head_variables(task: keras.Model) -> list[keras.Variable]:
    """The weights of a task that are not its backbone's."""
    backbone = {id(variable) for variable in task.backbone.weights}
    return [variable for variable in task.weights if id(variable) not in backbone]
