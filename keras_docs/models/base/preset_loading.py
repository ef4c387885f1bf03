"""Builds models from preset folders that `keras_docs.hub` has verified."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from pathlib import Path
from typing import Any

import keras
import keras_hub

from keras_docs import registry
from keras_docs.hub import PresetFormatError, PresetIncompleteError
from keras_docs.hub.resolve_preset import resolve_preset
from keras_docs.models.base import (
    adaptation,
    kerashub_parts,
    preset_files,
    weights,
)
from keras_docs.models.base.unknown_arguments import constructor_arguments
from keras_docs.models.base.weight_allowance import allow_weights

HUB_ARGUMENTS = ("revision", "token", "cache_dir", "local_files_only")
DTYPE_POLICIES = ("DTypePolicy", "DTypePolicyMap")
# Arguments that change no weight's shape; any other is the caller's own risk.
HARMLESS_ARGUMENTS = {"dtype", "name", "trainable", "dropout"}


def load_backbone(
    cls: type, preset: str | Path, load_weights: bool, kwargs: dict[str, Any]
) -> keras.Model:
    """`Backbone.from_preset`: see there."""
    converters = registry.converters(cls) or registry.CONVERTERS
    folder, kwargs = _resolve(preset, kwargs, ("backbone",), converters)
    checkpoint = preset_files.checkpoint_config(folder)
    if checkpoint is not None:
        found = _converted(cls, preset, folder, checkpoint, load_weights, kwargs)
        _check_subclass(type(found), cls, preset)
        return found
    return _backbone(cls, preset, folder, load_weights, kwargs)


def load_preprocessor(
    cls: type, preset: str | Path, config_file: str, kwargs: dict[str, Any]
) -> keras.layers.Layer:
    """`Preprocessor.from_preset`: see there."""
    converters = registry.converters(cls)
    folder, kwargs = _resolve(preset, kwargs, ("preprocessor",), converters)
    checkpoint = preset_files.checkpoint_config(folder) if converters else None
    if checkpoint is not None:
        convert = registry.converter(checkpoint["model_type"], cls)
        return convert.load_preprocessor(folder, checkpoint, kwargs)
    return _preprocessor(cls, preset, folder, config_file, kwargs)


def load_task(
    cls: type, preset: str | Path, load_weights: bool, kwargs: dict[str, Any]
) -> keras.Model:
    """`Task.from_preset`: see there."""
    parts = ("backbone", "task", "preprocessor")
    folder, kwargs = _resolve(preset, kwargs, parts, registry.converters(cls))
    checkpoint = preset_files.checkpoint_config(folder)
    if checkpoint is not None:
        return _converted_task(cls, preset, folder, checkpoint, load_weights, kwargs)
    saved = preset_files.read_part(folder, "task.json")
    saved_cls = _part_class(saved) if saved else None
    if saved_cls is not None:
        _check_subclass(saved_cls, keras_hub.models.Task, preset)
        _check_concrete(saved_cls, preset)
    has_saved_head = saved_cls is not None and _is_a(saved_cls, cls)
    task_cls = saved_cls if has_saved_head else cls
    # A family's base takes no backbone: which of its tasks to build is not known.
    if "backbone" not in constructor_arguments(task_cls):
        raise PresetFormatError(_no_task_message(cls, preset, saved_cls))
    backbone_kwargs = {"dtype": kwargs.pop("dtype")} if "dtype" in kwargs else {}
    parts = {
        "backbone": _backbone(
            task_cls.backbone_cls, preset, folder, load_weights, backbone_kwargs
        ),
        "preprocessor": kwargs.pop("preprocessor", None)
        or _optional_preprocessor(task_cls, preset, folder),
    }
    if not has_saved_head:
        return _task_with_new_head(task_cls, preset, saved_cls, parts, kwargs)
    config = saved["config"]
    changed = _changed_arguments(task_cls, config, kwargs)
    shapes = None if changed else preset_files.stored_shapes(folder, "task")
    with allow_weights(shapes, "task", load_weights):
        task = _build(task_cls, {**config, **parts}, kwargs, preset)
    if changed:
        _warn_of_new_head(task_cls, preset, f"you asked for another {changed[0]}")
        return task
    adaptation.apply(task, saved.get("adaptation", {}))
    if load_weights:
        _load_head(task, folder, preset)
    return task


def _resolve(
    preset: str | Path,
    kwargs: dict[str, Any],
    parts: tuple[str, ...],
    converters: Collection[str] = (),
) -> tuple[Path, dict[str, Any]]:
    hub = {name: kwargs[name] for name in HUB_ARGUMENTS if name in kwargs}
    rest = {name: value for name, value in kwargs.items() if name not in hub}
    folder = resolve_preset(preset, parts=parts, converters=converters, **hub)
    return folder, rest


def _part_class(content: dict[str, Any]) -> type:
    return registry.preset_class(content.get("registered_name"))


def _backbone(
    cls: type,
    preset: str | Path,
    folder: Path,
    load_weights: bool,
    kwargs: dict[str, Any],
) -> keras.Model:
    content = preset_files.read_part(folder, "config.json")
    if content is None:
        raise PresetIncompleteError(
            f"The preset {str(preset)!r} holds no backbone: config.json is missing."
        )
    found = _part_class(content)
    _check_subclass(found, cls, preset)
    bounded = set(kwargs) <= HARMLESS_ARGUMENTS
    shapes = preset_files.stored_shapes(folder, "model") if bounded else None
    with allow_weights(shapes, "model", load_weights):
        backbone = _build(found, content["config"], kwargs, preset)
    adaptation.apply(backbone, content.get("adaptation", {}))
    if load_weights:
        preset_files.load_weights(
            folder,
            "model",
            preset,
            backbone.weights,
            backbone.load_weights,
            getattr(backbone, "set_arrays", None),
        )
    return backbone


def _preprocessor(
    cls: type,
    preset: str | Path,
    folder: Path,
    config_file: str,
    kwargs: dict[str, Any],
) -> keras.layers.Layer:
    content = preset_files.read_part(folder, config_file)
    if content is None:
        raise PresetIncompleteError(
            f"The preset {str(preset)!r} holds no preprocessor: {config_file} is "
            "missing. Save it with `task.save_to_preset` or "
            "`preprocessor.save_to_preset`."
        )
    found = _part_class(content)
    _check_subclass(found, cls, preset)
    preprocessor = _build(found, content["config"], kwargs, preset)
    preprocessor.load_preset_assets(str(folder))
    return preprocessor


def _optional_preprocessor(task_cls: type, preset: str | Path, folder: Path):
    if not preset_files.holds(folder, "preprocessor.json"):
        return None
    return _preprocessor(
        task_cls.preprocessor_cls, preset, folder, "preprocessor.json", {}
    )


def _build(
    cls: type, config: dict[str, Any], kwargs: dict[str, Any], preset: str | Path
) -> Any:
    config = {**config, **kwargs}
    if kerashub_parts.is_kerashub(cls):
        config = kerashub_parts.checked_config(cls, config)
    if isinstance(config.get("dtype"), dict):
        config["dtype"] = dtype_name(config["dtype"])
    try:
        return cls(**config)
    except ValueError:
        raise
    except Exception as error:
        # A backend raises its own errors for what it cannot build, such as more
        # memory than there is.
        if kwargs:
            raise
        raise PresetFormatError(
            f"The preset {str(preset)!r} does not fit {cls.__name__}: {error} It may "
            "come from another version of keras_docs (see its manifest.json)."
        ) from error


def dtype_name(saved: dict[str, Any]) -> str:
    """The name of the plain policy in Keras' JSON form; built from names alone."""
    settings = saved.get("config")
    if saved.get("class_name") not in DTYPE_POLICIES or not isinstance(settings, dict):
        raise PresetFormatError(
            f"`dtype` must be one of {DTYPE_POLICIES}. Received: {saved!r}."
        )
    name = settings.get("name")
    if saved["class_name"] == "DTypePolicyMap":
        name = settings.get("default_policy") or "float32"
        if isinstance(name, dict):
            return dtype_name(name)
    if not isinstance(name, str):
        raise PresetFormatError(f"`dtype` has no name. Received: {saved!r}.")
    return name


def _load_head(task: keras.Model, folder: Path, preset: str | Path) -> None:
    head = weights.head_variables(task)
    if head:
        preset_files.load_weights(folder, "task", preset, head, task.load_task_weights)


def _task_with_new_head(task_cls, preset, saved_cls, parts, kwargs) -> keras.Model:
    held = saved_cls.__name__ if saved_cls else "a backbone without a head"
    try:
        task = task_cls(**parts, **kwargs)
    except ValueError as error:
        raise PresetFormatError(
            f"The preset {str(preset)!r} holds {held}, and a {task_cls.__name__} with "
            f"a new head on its backbone cannot be built: {error}"
        ) from error
    _warn_of_new_head(task_cls, preset, f"the preset holds {held}")
    return task


def _warn_of_new_head(task_cls: type, preset: str | Path, reason: str) -> None:
    warnings.warn(
        f"The head of {task_cls.__name__} from {str(preset)!r} is new and untrained: "
        f"{reason}. Call `fit()` before you use its answers.",
        stacklevel=4,
    )


def _check_subclass(found: type, cls: type, preset: str | Path) -> None:
    if not _is_a(found, cls):
        raise PresetFormatError(
            f"The preset {str(preset)!r} holds a {found.__name__}, which is not a "
            f"{cls.__name__}. Load it with `{found.__name__}.from_preset`."
        )


def _check_concrete(task_cls: type, preset: str | Path) -> None:
    # A family's base takes no backbone: nothing was ever saved from it.
    if "backbone" not in constructor_arguments(task_cls):
        raise PresetFormatError(
            f"task.json of the preset {str(preset)!r} names {task_cls.__name__}, a "
            "base class without a head. Save the preset again with `save_to_preset`."
        )


def _is_a(found: type, cls: type) -> bool:
    """Whether `found` is a `cls`; our bare bases stand for KerasHub's."""
    if cls.__module__.startswith("keras_docs.models.base."):
        cls = next(base for base in cls.__mro__ if kerashub_parts.is_kerashub(base))
    return issubclass(found, cls)


def _head_arguments(task_cls: type) -> tuple[str, ...]:
    return getattr(task_cls, "head_arguments", ("num_classes",))


def _changed_arguments(
    task_cls: type, config: dict[str, Any], kwargs: dict[str, Any]
) -> list[str]:
    """The head's arguments that the user wants otherwise than they are stored."""
    return [
        name
        for name in _head_arguments(task_cls)
        if kwargs.get(name, config.get(name)) != config.get(name)
    ]


def _converted(
    cls: type,
    preset: str | Path,
    folder: Path,
    config: dict[str, Any],
    load_weights: bool,
    kwargs: dict[str, Any],
) -> keras.Model:
    shapes = [
        shape
        for path in sorted(folder.glob("*.safetensors"))
        for shape in weights.stored_shapes(path)
    ]
    convert = registry.converter(config["model_type"], cls).load_backbone
    bounded = set(kwargs) <= HARMLESS_ARGUMENTS
    with allow_weights(shapes if bounded else None, "model", load_weights):
        return convert(folder, config, load_weights, kwargs)


def _converted_task(
    cls: type,
    preset: str | Path,
    folder: Path,
    config: dict[str, Any],
    load_weights: bool,
    kwargs: dict[str, Any],
) -> keras.Model:
    convert = registry.converter(config["model_type"], cls)
    head = convert.load_head(folder, config)
    preprocessor = kwargs.pop("preprocessor", None)
    if preprocessor is None:
        preprocessor = convert.load_preprocessor(folder, config, {})
    backbone_kwargs = {"dtype": kwargs.pop("dtype")} if "dtype" in kwargs else {}
    # Its own converter, not that of the class of backbones that the task takes.
    backbone = _converted(cls, preset, folder, config, load_weights, backbone_kwargs)
    parts = {"backbone": backbone, "preprocessor": preprocessor}
    if head is None:
        return _task_with_new_head(cls, preset, None, parts, kwargs)
    changed = _changed_arguments(cls, head.config, kwargs)
    task = cls(**{**head.config, **parts, **kwargs})
    if changed:
        _warn_of_new_head(cls, preset, f"you asked for another {changed[0]}")
    elif load_weights:
        head.assign(task)
    return task


def _no_task_message(cls: type, preset: str | Path, saved_cls: type | None) -> str:
    if saved_cls is not None:
        return (
            f"The preset {str(preset)!r} holds a {saved_cls.__name__}, which is not a "
            f"{cls.__name__}. Load it with `{saved_cls.__name__}.from_preset`."
        )
    return (
        f"The preset {str(preset)!r} holds a backbone without a head. Choose a task "
        "class and what its head needs, for example "
        "`TabTransformerClassifier.from_preset(preset, num_classes=2)`, or load the "
        "backbone alone with `Backbone.from_preset`."
    )
