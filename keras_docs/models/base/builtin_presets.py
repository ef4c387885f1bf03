"""`SomeClass.presets`: what ships for a class."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from keras_docs import registry
from keras_docs.hub.builtin_presets import builtin_presets, preset_metadata


def _class_in(folder: Path, config_file: str) -> type | None:
    path = folder / config_file
    if not path.is_file():
        return None
    return registry.preset_class(json.loads(path.read_text())["registered_name"])


class BuiltinPresets:
    """Class-level property: name -> metadata of the built-in presets of a class.

    Args:
        of: the class whose presets are listed. Default: the class that is asked.
    """

    def __init__(self, of: type | None = None):
        self.of = of

    def __get__(self, _: object, owner: type) -> dict[str, dict[str, Any]]:
        owner = self.of or owner
        files = ("task.json", "config.json", "preprocessor.json")
        return {
            name: preset_metadata(name)
            for name, folder in builtin_presets().items()
            if any(
                found is not None and issubclass(found, owner)
                for found in (_class_in(folder, file) for file in files)
            )
        }
