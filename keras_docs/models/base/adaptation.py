"""LoRA adapters and quantization of a model's layers, as plain JSON and back."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Sequence
from typing import Any

import keras

from keras_docs.hub.errors import PresetCorruptError

QUANTIZATION_MODES = ("int8", "int4", "float8")


def describe(
    model: keras.Model, own_weights: Sequence[keras.Variable]
) -> dict[str, Any]:
    """What was done to a model's layers after they were built.

    Args:
        model: a backbone or a task.
        own_weights: the weights to speak of; layers without any of them are left out.

    Returns:
        `{"layers": {layer path: {"lora_rank", "lora_alpha", "quantization"}},
        "frozen": [paths of weights that LoRA froze]}`, or an empty dict for a model
        that is as it was built.

    Raises:
        ValueError: a layer is quantized in a way that a preset cannot hold.
    """
    own = {id(variable) for variable in own_weights}
    layers = {
        layer.path: entry
        for layer in model._flatten_layers()
        if any(id(variable) in own for variable in layer.weights)
        and (entry := _describe_layer(layer))
    }
    if not layers:
        return {}
    described: dict[str, Any] = {"layers": layers}
    if any("lora_rank" in entry for entry in layers.values()):
        described["frozen"] = [v.path for v in own_weights if not v.trainable]
    return described


def _describe_layer(layer: keras.layers.Layer) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    if getattr(layer, "lora_enabled", False):
        entry["lora_rank"] = int(layer.lora_rank)
        entry["lora_alpha"] = float(layer.lora_alpha)
    mode = layer.quantization_mode
    if mode is None or isinstance(layer, keras.Model):
        return entry
    if mode not in QUANTIZATION_MODES:
        raise ValueError(
            f"The layer {layer.path!r} is quantized with {mode!r}. A preset holds "
            f"{QUANTIZATION_MODES}."
        )
    return {**entry, "quantization": mode}


def apply(model: keras.Model, described: object) -> None:
    """Quantizes, adds LoRA adapters and freezes as `describe` found it.

    Args:
        model: a model that was just built.
        described: what `describe` returned, as read from a preset.

    Raises:
        PresetCorruptError: an entry names nothing in the model, or is malformed.
    """
    if described == {}:
        return
    if not isinstance(described, dict) or not isinstance(described.get("layers"), dict):
        raise PresetCorruptError(
            f"`adaptation` must hold an object `layers`. Received: {described!r}."
        )
    with _frozen_garbage():
        _apply_layers(model, described["layers"])
    frozen = described.get("frozen", [])
    if not isinstance(frozen, list):
        raise PresetCorruptError(
            f"`frozen` must be a list of weights' paths. Received: {frozen!r}."
        )
    for variable in model.weights:
        if variable.path in frozen:
            variable.trainable = False


def _apply_layers(model: keras.Model, entries: dict[str, Any]) -> None:
    by_path = {layer.path: layer for layer in model._flatten_layers()}
    for path, entry in entries.items():
        layer = by_path.get(path)
        if layer is None or not _is_valid(entry):
            raise PresetCorruptError(
                f"The preset adapts the layer {path!r} by {entry!r}, which the model "
                "does not have or that is not understood. Save the preset again."
            )
        if "quantization" in entry and layer.quantization_mode is None:
            layer.quantize(entry["quantization"])
        if "lora_rank" in entry:
            layer.enable_lora(entry["lora_rank"], lora_alpha=entry["lora_alpha"])


@contextlib.contextmanager
def _frozen_garbage() -> Iterator[None]:
    """Keras collects garbage for each layer it quantizes; let that not search all.

    What a caller has frozen already stays so: `unfreeze` knows no owners.
    """
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _is_valid(entry: object) -> bool:
    if not isinstance(entry, dict) or not entry:
        return False
    rank, alpha = entry.get("lora_rank", 1), entry.get("lora_alpha", 1)
    return (
        # `type`, since True is an int too.
        type(rank) is int
        and 0 < rank <= 4096
        and type(alpha) in (int, float)
        and ("lora_rank" in entry) == ("lora_alpha" in entry)
        and entry.get("quantization", QUANTIZATION_MODES[0]) in QUANTIZATION_MODES
    )
