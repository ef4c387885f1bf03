"""LoRA adapters in a file of their own."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
from keras import ops

from keras_docs.hub.atomic_file import write_file_atomically
from keras_docs.hub.errors import PresetCorruptError
from keras_docs.models.base import adaptation


def save_lora_weights(backbone: keras.Model, filepath: str | Path) -> None:
    """Saves the adapters and each other weight that is still trainable (biases).

    Args:
        backbone: a model after `enable_lora`.
        filepath: string ending in `.lora.safetensors`.

    Raises:
        ValueError: LoRA is not enabled, or the name ends otherwise.
    """
    from safetensors.numpy import save

    _check_name(filepath)
    layers = _lora_layers(backbone)
    if not layers:
        raise ValueError(
            "No layer of this model has LoRA adapters. Call `enable_lora(rank)` first."
        )
    tensors = {
        variable.path: np.ascontiguousarray(ops.convert_to_numpy(variable.value))
        for variable in backbone.trainable_variables
    }
    content = save(tensors, metadata={"lora": json.dumps(layers)})
    write_file_atomically(Path(filepath), content)


def load_lora_weights(backbone: keras.Model, filepath: str | Path) -> None:
    """Loads a file of `save_lora_weights`; LoRA is enabled where the file has it.

    Args:
        backbone: a model of the class and sizes that the file was saved from.
        filepath: string ending in `.lora.safetensors`.

    Raises:
        ValueError: the adapters do not fit the model; nothing is assigned then.
    """
    _check_name(filepath)
    described, tensors = _read(Path(filepath))
    if not _adapters_are_enabled(backbone, described):
        names = {path.rsplit("/", 1)[-1] for path in described}
        rank = next(iter(described.values()))["lora_rank"]
        backbone.enable_lora(rank, target_layer_names=sorted(names))
    variables = {variable.path: variable for variable in backbone.trainable_variables}
    wrong = [
        name
        for name in variables.keys() | tensors.keys()
        if name not in variables
        or name not in tensors
        or tuple(variables[name].shape) != tensors[name].shape
    ]
    if wrong:
        raise PresetCorruptError(
            f"{Path(filepath).name} does not fit this model; first differences: "
            f"{sorted(wrong)[:5]}. Load it into the model it was saved from."
        )
    for name, variable in variables.items():
        variable.assign(tensors[name])


def _read(path: Path) -> tuple[dict, dict[str, np.ndarray]]:
    """The described layers and the tensors of a file of `save_lora_weights`."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="numpy") as file:
            described = json.loads((file.metadata() or {})["lora"])
            names = file.keys()
            tensors = {name: file.get_tensor(name) for name in names}
        if not described or not all(e["lora_rank"] for e in described.values()):
            raise ValueError("it names no layer")
    except (SafetensorError, LookupError, TypeError, ValueError, AttributeError) as e:
        raise PresetCorruptError(
            f"{path.name} is no file of `save_lora_weights` ({e}). Save it again."
        ) from e
    return described, tensors


def _adapters_are_enabled(backbone: keras.Model, described: dict) -> bool:
    enabled = {path: e["lora_rank"] for path, e in _lora_layers(backbone).items()}
    if not enabled:
        return False
    wanted = {path: entry["lora_rank"] for path, entry in described.items()}
    if enabled != wanted:
        raise ValueError(
            f"The model has LoRA on {enabled}, the file on {wanted}. Load the file "
            "into a model without adapters; it then enables them itself."
        )
    return True


def _lora_layers(backbone: keras.Model) -> dict[str, dict]:
    layers = adaptation.describe(backbone, backbone.weights).get("layers", {})
    return {path: entry for path, entry in layers.items() if "lora_rank" in entry}


def _check_name(filepath: str | Path) -> None:
    if not str(filepath).endswith(".lora.safetensors"):
        raise ValueError(
            f"`filepath` must end in `.lora.safetensors`. Received: {filepath!s}."
        )
