"""Reads what belongs to a preset from its verified folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras

from keras_docs.hub import PresetFormatError, PresetIncompleteError, read_manifest
from keras_docs.hub.preset_parts import CONFIG_FILES, MANIFEST_FILE
from keras_docs.hub.strict_json import read_json_object
from keras_docs.models.base import h5_weights, weights


def read_part(folder: Path, name: str) -> dict[str, Any] | None:
    """The content of a part's JSON file, or `None` if the preset has no such part.

    Args:
        folder: a verified preset folder.
        name: the file's name.

    Raises:
        PresetFormatError: it has no object `config`.
    """
    if not holds(folder, name):
        return None
    content = read_json_object(folder / name)
    if not isinstance(content.get("config"), dict):
        raise PresetFormatError(
            f"{name} has no object `config`. Received: {content.get('config')!r}. "
            "Save the preset again with `save_to_preset`."
        )
    return content


def checkpoint_config(folder: Path) -> dict[str, Any] | None:
    """The `config.json` of a Transformers checkpoint, or `None` for a Keras preset.

    Args:
        folder: a verified folder. One with a manifest is a preset of ours.
    """
    path = folder / CONFIG_FILES["backbone"]
    if (folder / MANIFEST_FILE).is_file() or not path.is_file():
        return None
    config = read_json_object(path)
    return None if "registered_name" in config else config


def holds(folder: Path, name: str) -> bool:
    """Whether a file belongs to the preset: with a manifest, only what it lists."""
    if (folder / MANIFEST_FILE).is_file():
        return name in read_manifest(folder).files
    return (folder / name).is_file()


def _weights_file(folder: Path, stem: str) -> Path | None:
    for suffix in ("safetensors", "weights.h5", "weights.json"):
        if holds(folder, f"{stem}.{suffix}"):
            return folder / f"{stem}.{suffix}"
    return None


def stored_shapes(folder: Path, stem: str) -> list[tuple[int, ...]] | None:
    """Shapes of the weights that a preset stores, or `None` if it stores none.

    Args:
        folder: a verified preset folder.
        stem: `"model"` or `"task"`.
    """
    path = _weights_file(folder, stem)
    if path is None:
        return None
    if path.suffix == ".safetensors":
        return weights.stored_shapes(path)
    return h5_weights.stored_shapes(path)


def load_weights(
    folder: Path,
    stem: str,
    preset: str | Path,
    variables: Sequence[keras.Variable],
    load_h5: Callable[[str], None],
    set_arrays: Callable[[dict], None] | None = None,
) -> None:
    """Fills variables with the weights that a preset stores, all of them or none.

    Args:
        folder: a verified preset folder.
        stem: `"model"` or `"task"`.
        preset: how the user named the preset, for messages.
        variables: the variables to fill.
        load_h5: Keras' method that reads h5 weights by a file's name.
        set_arrays: function that takes NumPy arrays stored with the weights, see
            `weight_arrays`.

    Raises:
        PresetIncompleteError: there are no weights.
        PresetCorruptError: they do not fit.
    """
    path = _weights_file(folder, stem)
    if path is None:
        raise PresetIncompleteError(
            f"The preset {str(preset)!r} has no weights: neither {stem}.safetensors "
            f"nor {stem}.weights.h5 is there. `load_weights=False` builds the model "
            "with random weights."
        )
    if path.suffix == ".safetensors":
        weights.load_weights(path, variables, set_arrays)
    else:
        h5_weights.load_weights(path, variables, load_h5)
