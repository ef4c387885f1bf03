"""Writes a model as a preset folder, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import keras_hub

from keras_docs import registry
from keras_docs.hub.atomic_folder import atomic_folder
from keras_docs.hub.manifest import write_manifest
from keras_docs.models.base import adaptation, weight_arrays, weights
from keras_docs.version import __version__

WEIGHTS_FORMATS = ("safetensors", "h5")


def save_preset(
    preset_dir: str | Path,
    *,
    task: keras.Model | None = None,
    backbone: keras.Model | None = None,
    preprocessor: keras.layers.Layer | None = None,
    weights_format: str = "safetensors",
) -> None:
    """Writes the files of a preset aside, then renames the folder into place.

    Args:
        preset_dir: the folder to write. An older preset there is replaced.
        task: a task; its backbone and preprocessor are saved with it.
        backbone: a backbone, without a task.
        preprocessor: a preprocessor, without a task.
        weights_format: `"safetensors"` or `"h5"`.

    Raises:
        ValueError: the format is unknown, or a class is not one that a preset holds.
    """
    if weights_format not in WEIGHTS_FORMATS:
        raise ValueError(
            f"`weights_format` must be one of {WEIGHTS_FORMATS}. "
            f"Received: {weights_format!r}."
        )
    if task is not None:
        backbone, preprocessor = task.backbone, task.preprocessor
    parts = {"task": task, "backbone": backbone, "preprocessor": preprocessor}
    parts = {name: part for name, part in parts.items() if part is not None}
    classes = {name: _registered_name(part) for name, part in parts.items()}
    with atomic_folder(preset_dir) as folder:
        if task is not None:
            _write_model(folder / "task.json", task, weights.head_variables(task))
            _write_head_weights(folder, task, weights_format)
        if backbone is not None:
            _write_model(folder / "config.json", backbone, backbone.weights)
            _write_backbone_weights(folder, backbone, weights_format)
        if preprocessor is not None:
            _write_json(folder / preprocessor.config_file, _serialized(preprocessor))
            _save_assets(folder, preprocessor)
        _write_json(folder / "metadata.json", _metadata(task, backbone))
        write_manifest(folder, classes, versions())


def versions() -> dict[str, str]:
    """Versions of the libraries that write a preset."""
    return {
        "keras_docs": __version__,
        "keras": keras.version(),
        "keras_hub": keras_hub.version(),
    }


def _registered_name(part: Any) -> str:
    name = keras.saving.get_registered_name(type(part))
    if registry.preset_class(name) is not type(part):
        raise ValueError(
            f"{type(part)} is registered as {name!r}, which is another class of "
            "keras_docs. Register your class under a package of your own and save it "
            "as a `.keras` file."
        )
    return name


def _serialized(part: Any) -> dict[str, Any]:
    """KerasHub's form of a config file, without what only Keras' own files need."""
    config = part.get_config()
    config.pop("build_config", None)
    config.pop("compile_config", None)
    return {
        "module": type(part).__module__,
        "class_name": type(part).__name__,
        "config": config,
        "registered_name": _registered_name(part),
    }


def _write_model(path: Path, model: keras.Model, own_weights: list) -> None:
    content = _serialized(model)
    described = adaptation.describe(model, own_weights)
    if described:
        content["adaptation"] = described
    _write_json(path, content)


def _write_head_weights(folder: Path, task: keras.Model, weights_format: str) -> None:
    head = weights.head_variables(task)
    if not head:
        return
    if weights_format == "h5":
        task.save_task_weights(str(folder / "task.weights.h5"))
    else:
        weights.save_weights(folder / "task.safetensors", head)


def _write_backbone_weights(
    folder: Path, backbone: keras.Model, weights_format: str
) -> None:
    arrays = weight_arrays.named_for_file(backbone)
    if weights_format == "h5" and arrays:
        raise ValueError(
            f"{type(backbone).__name__} has its weights in NumPy arrays, which Keras' "
            'h5 files do not hold. Save with `weights_format="safetensors"`.'
        )
    if weights_format == "h5":
        backbone.save_weights(str(folder / "model.weights.h5"))
    else:
        path = folder / "model.safetensors"
        weights.save_weights(path, backbone.weights, arrays)


def _save_assets(folder: Path, preprocessor: keras.layers.Layer) -> None:
    for layer in preprocessor._flatten_layers():
        if hasattr(layer, "save_assets"):
            config_file = layer.config_file
            assets = folder / "assets" / config_file.removesuffix(".json")
            assets.mkdir(parents=True)
            layer.save_assets(str(assets))
            if layer is not preprocessor:
                _write_json(folder / config_file, _serialized(layer))


def _metadata(task: Any, backbone: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        f"{name}_version": version for name, version in versions().items()
    }
    if backbone is not None:
        model = backbone if task is None else task
        metadata["parameter_count"] = model.count_params()
    metadata["tasks"] = [] if task is None else [type(task).__name__]
    return metadata


def _write_json(path: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
