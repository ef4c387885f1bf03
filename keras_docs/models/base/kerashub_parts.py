"""Builds KerasHub's classes from preset files, with the care our own take themselves.

KerasHub's constructors swallow unknown arguments, and a tokenizer's vocabulary may be
the name of any file. So a config is checked here before it reaches them.
"""

from __future__ import annotations

import re
from typing import Any

import keras_hub

from keras_docs import registry
from keras_docs.hub.errors import PresetFormatError, PresetUnsafeError
from keras_docs.models.base.unknown_arguments import constructor_arguments

COMMON_ARGUMENTS = {"name", "trainable", "dtype", "config_file"}
# A preset keeps these in `assets/`; here they could name a file outside of it.
FILE_ARGUMENTS = ("vocabulary", "merges", "proto")
CONFIG_FILE = re.compile(r"[A-Za-z0-9_]+\.json")


def is_kerashub(cls: type) -> bool:
    """Whether a class is KerasHub's own, not a subclass of ours."""
    return cls.__module__.startswith("keras_hub.")


def checked_config(cls: type, config: dict[str, Any]) -> dict[str, Any]:
    """Arguments for a KerasHub class, with a nested tokenizer built.

    Args:
        cls: a class of `registry.KERAS_HUB_CLASSES`.
        config: what a preset file says. Parts that are built already, such as a
            task's backbone, are taken as they are.

    Returns:
        A dict to call `cls` with. `dtype` may still be in Keras' JSON form.

    Raises:
        PresetFormatError: an argument is unknown to `cls`, or is no plain value.
        PresetUnsafeError: an argument names a file.
    """
    known = COMMON_ARGUMENTS.union(*map(constructor_arguments, cls.__mro__[:-1]))
    checked = {}
    for name, value in config.items():
        if name not in known:
            raise PresetFormatError(
                f"The preset gives {cls.__name__} the argument {name[:80]!r}, which "
                "this version of KerasHub does not know. It may come from a newer one: "
                "pip install -U keras-hub"
            )
        checked[name] = _checked_value(cls, name, value)
    return checked


def _checked_value(cls: type, name: str, value: Any) -> Any:
    if name == "tokenizer" and isinstance(value, dict):
        return _tokenizer(value)
    if name in FILE_ARGUMENTS and value is not None:
        raise PresetUnsafeError(
            f"The preset gives {cls.__name__} its {name} in JSON. It is read from "
            "the preset's assets alone; do not use this preset."
        )
    if name == "config_file" and not CONFIG_FILE.fullmatch(str(value)):
        raise PresetUnsafeError(
            f"The preset gives {cls.__name__} the config_file {value!r:.80}, which is "
            "no plain file name; do not use this preset."
        )
    if isinstance(value, dict) and name != "dtype":
        raise PresetFormatError(
            f"The preset gives {cls.__name__} an object as {name!r}. Only plain values "
            f"are read. Received: {value!r:.200}."
        )
    return value


def _tokenizer(content: dict[str, Any]) -> Any:
    cls = registry.preset_class(content.get("registered_name"))
    config = content.get("config")
    is_tokenizer = issubclass(cls, keras_hub.tokenizers.Tokenizer)
    if not is_tokenizer or not isinstance(config, dict):
        raise PresetFormatError(
            "The preset's tokenizer must be a tokenizer of keras_docs or of KerasHub. "
            f"Received: {content.get('registered_name')!r:.80}."
        )
    config = checked_config(cls, config)
    # A tokenizer computes integers; Keras' default for it is right.
    config.pop("dtype", None)
    return cls(**config)
