"""A model of 8-bit weights as one that can be trained."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

MODE = "int8"


def dequantized(model: keras.Model) -> keras.Model:
    """Builds the same model with weights in floating point, all of them trainable.

    Args:
        model: a backbone or a task of the zoo, with or without layers in 8 bits.

    Returns:
        A new model of the same class, with the same preprocessor. Its weights are what
        those of `model` stand for: what rounding has lost is not there again.

    Raises:
        ValueError: a layer has LoRA adapters, or is quantized in another way.
    """
    config = model.get_config()
    if "backbone" in config:
        # A preprocessor has files, too, which are not in the config.
        config["backbone"] = dequantized(model.backbone)
        config["preprocessor"] = model.preprocessor
    else:
        # KerasHub's names the quantized layers besides.
        policy = model.dtype_policy
        config["dtype"] = getattr(policy, "default_policy", policy).name
    new = type(model).from_config(config)
    pairs = zip(new._flatten_layers(), model._flatten_layers(), strict=True)
    for ours, theirs in pairs:
        if not isinstance(theirs, keras.Model):
            _check(theirs)
            _fill(ours, theirs)
    return new


def _check(layer: keras.layers.Layer) -> None:
    mode = layer.quantization_mode
    if getattr(layer, "lora_enabled", False) or mode not in (None, MODE):
        raise ValueError(
            f"Only layers in {MODE} without LoRA adapters can be dequantized. "
            f"Received: the layer {layer.path!r}, with quantization_mode={mode!r} and "
            f"lora_enabled={getattr(layer, 'lora_enabled', False)}. Dequantize before "
            "`enable_lora`."
        )


def _fill(ours: keras.layers.Layer, theirs: keras.layers.Layer) -> None:
    stored = _own_weights(theirs)
    for name, variable in _own_weights(ours).items():
        value = ops.cast(stored[name], "float32")
        if f"{name}_scale" in stored:
            value = value / _scale(theirs, name, stored[f"{name}_scale"])
        # JAX would share the array of a weight that is the same in both.
        variable.assign(ops.copy(ops.cast(value, variable.dtype)))


def _scale(layer: keras.layers.Layer, name: str, scale: Any) -> Any:
    """The scale in a shape that divides the weight's."""
    if name == "embeddings":
        return ops.expand_dims(scale, -1)
    if isinstance(layer, keras.layers.EinsumDense):
        return layer._adjust_scale_for_dequant(scale)
    return scale


def _own_weights(layer: keras.layers.Layer) -> dict[str, keras.Variable]:
    """A layer's weights that are in none of the layers within it."""
    inner = {
        id(variable)
        for child in layer._flatten_layers(include_self=False)
        for variable in child.weights
    }
    return {v.name: v for v in layer.weights if id(v) not in inner}
