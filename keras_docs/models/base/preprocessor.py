"""The base of every preprocessor of the zoo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras_hub

from keras_docs.models.base import preset_loading, preset_saving
from keras_docs.models.base.unknown_arguments import check_arguments


class Preprocessor(keras_hub.models.Preprocessor):
    """Turns raw input into arrays, in plain NumPy, a whole batch at a time.

    A subclass implements `call(x, y=None, sample_weight=None)` and returns what
    `keras.utils.pack_x_y_sample_weight` packs. Everything learned from data is
    plain JSON in `get_config()`, so a preset holds all of it.

    Args:
        name: string, the layer's name.
        dtype: the layer's dtype policy. Preprocessors compute in NumPy; it is
            kept for Keras' configs.
        config_file: string, the preset file that holds this preprocessor.

    Example:
    ```python
    preprocessor = keras_docs.TabTransformerPreprocessor.from_preset(
        "tab_transformer_income"
    )
    x = preprocessor(dataframe)
    ```
    """

    def __init__(self, **kwargs: Any):
        check_arguments(
            type(self), kwargs, {"name", "dtype", "trainable", "config_file"}
        )
        super().__init__(**kwargs)
        # There are no variables; Keras' `quantize` refuses layers that are not built.
        self.built = True

    def __call__(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        # Straight to `call`: Keras would flatten nested Python lists leaf by leaf,
        # which took 29 of 31 seconds of a text preprocessor's time.
        if y is None and isinstance(x, tuple) and len(x) in (2, 3):
            return self.call(*x)
        return self.call(x, y=y, sample_weight=sample_weight)

    @classmethod
    def from_preset(
        cls, preset: str | Path, *, config_file: str = "preprocessor.json", **kwargs
    ) -> Preprocessor:
        """Loads the preprocessor of a preset.

        Args:
            preset: a built-in name, `hf://org/repo[@revision][/subfolder]`, or a
                preset folder.
            config_file: string, the file in the preset.
            **kwargs: constructor arguments to override, and `revision`, `token`,
                `cache_dir`, `local_files_only` for the Hub.

        Returns:
            A preprocessor, with everything that it learned.

        Raises:
            ValueError: the preset is missing, incomplete, damaged, or holds a
                preprocessor of another class.
        """
        return preset_loading.load_preprocessor(cls, preset, config_file, kwargs)

    def load_preset_assets(self, preset: str) -> None:
        """Loads the files of this preprocessor, and of its tokenizer if it has one.

        Args:
            preset: string, a preset folder.
        """
        super().load_preset_assets(preset)
        if hasattr(self, "load_assets"):
            stem = self.config_file.removesuffix(".json")
            self.load_assets(str(Path(preset) / "assets" / stem))

    def save_to_preset(self, preset_dir: str | Path) -> None:
        """Saves the preprocessor as a preset folder, whole or not at all.

        Args:
            preset_dir: the folder to write. An older preset there is replaced, card
                and all. `keras_docs.upload_preset` publishes it.
        """
        preset_saving.save_preset(preset_dir, preprocessor=self)
