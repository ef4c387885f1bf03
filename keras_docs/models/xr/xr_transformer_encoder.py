"""An encoder inside the config of a model that has one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from keras_docs import registry
from keras_docs.models.base import kerashub_parts
from keras_docs.models.base.preset_loading import dtype_name


def encoder_config(encoder: keras.Model) -> dict[str, Any]:
    """An encoder as plain JSON.

    Raises:
        ValueError: it is not of a class that a preset may hold.
    """
    name = keras.saving.get_registered_name(type(encoder))
    if registry.preset_class(name) is not type(encoder):
        raise ValueError(
            f"{type(encoder)} is registered as {name!r}, which is another class. "
            "Register your class under a package of your own."
        )
    return {"registered_name": name, "config": encoder.get_config()}


def read_encoder(encoder: keras.Model | Mapping[str, Any]) -> keras.Model:
    """An encoder as it is, or built from what `encoder_config` returned.

    Raises:
        ValueError: the config names a class that presets may not hold, or has unknown
            arguments.
    """
    if not isinstance(encoder, Mapping):
        return encoder
    cls = registry.preset_class(encoder.get("registered_name"))
    config = encoder.get("config")
    if not isinstance(config, Mapping) or not issubclass(cls, keras.Model):
        raise ValueError(
            "`encoder` must be a Keras model, or the registered name and the config of "
            f"one. Received: {encoder!r:.200}."
        )
    config = dict(config)
    if kerashub_parts.is_kerashub(cls):
        config = kerashub_parts.checked_config(cls, config)
    if isinstance(config.get("dtype"), Mapping):
        config["dtype"] = dtype_name(config["dtype"])
    return cls(**config)
