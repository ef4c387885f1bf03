"""The base of every backbone of the zoo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras_hub

from keras_docs.models.base import lora_weights, preset_loading, preset_saving
from keras_docs.models.base.builtin_presets import BuiltinPresets
from keras_docs.models.base.dequantized import dequantized
from keras_docs.models.base.unknown_arguments import check_arguments


class Backbone(keras_hub.models.Backbone):
    """A network without a head: `keras_hub.models.Backbone` with stricter presets.

    A subclass builds its layers, calls `super().__init__(inputs=…, outputs=…)` and
    returns every constructor argument from `get_config()`. LoRA, quantization,
    `keras_hub.models.Backbone.from_preset(folder)` and `keras_hub.upload_preset` work
    as in KerasHub.

    Example:
    ```python
    backbone = keras_docs.Backbone.from_preset("tab_transformer_income")
    ```
    """

    presets = BuiltinPresets()

    def __init__(self, *args: Any, dtype: Any = None, **kwargs: Any):
        check_arguments(
            type(self), kwargs, {"inputs", "outputs", "name", "trainable", "dtype"}
        )
        super().__init__(*args, dtype=dtype, **kwargs)

    @classmethod
    def from_preset(
        cls, preset: str | Path, load_weights: bool = True, **kwargs: Any
    ) -> Backbone:
        """Loads the backbone of a preset.

        Args:
            preset: a built-in name, `hf://org/repo[@revision][/subfolder]`, or a
                preset folder.
            load_weights: bool. With `False` the weights are random.
            **kwargs: constructor arguments to override (`dtype="bfloat16"`, …), and
                `revision`, `token`, `cache_dir`, `local_files_only` for the Hub.

        Returns:
            A backbone of the class that the preset names.

        Raises:
            ValueError: the preset is missing, incomplete, damaged, or holds another
                class.
        """
        return preset_loading.load_backbone(cls, preset, load_weights, kwargs)

    def save_to_preset(
        self,
        preset_dir: str | Path,
        weights_format: str = "safetensors",
        max_shard_size: float | None = None,
    ) -> None:
        """Saves the backbone as a preset folder, whole or not at all.

        Args:
            preset_dir: the folder to write. An older preset there is replaced, card
                and all. `keras_docs.upload_preset` publishes it.
            weights_format: `"safetensors"`, or `"h5"`, which KerasHub opens.
            max_shard_size: accepted for KerasHub; weights are one file.
        """
        preset_saving.save_preset(
            preset_dir, backbone=self, weights_format=weights_format
        )

    def dequantize(self) -> Backbone:
        """The same backbone with weights in floating point, to be trained.

        Returns:
            A new backbone of the same class.

        Raises:
            ValueError: as in `Task.dequantize`.
        """
        return dequantized(self)

    def save_lora_weights(self, filepath: str | Path) -> None:
        """Saves the LoRA adapters and every other weight that they leave trainable.

        Args:
            filepath: string ending in `.lora.safetensors`.
        """
        lora_weights.save_lora_weights(self, filepath)

    def load_lora_weights(self, filepath: str | Path) -> None:
        """Loads what `save_lora_weights` saved, enabling LoRA where it was.

        Args:
            filepath: string, the file.
        """
        lora_weights.load_lora_weights(self, filepath)
