"""Write any preset that loads as a preset folder of ours."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from keras_docs import registry
from keras_docs.hub import atomic_folder, read_manifest, refresh_card, resolve_preset
from keras_docs.hub.manifest import files_on_disk, write_manifest
from keras_docs.hub.model_card import CARD_RECORD
from keras_docs.hub.preset_parts import MANIFEST_FILE, PARTS, part_of
from keras_docs.hub.preset_paths import locate_preset_file
from keras_docs.models.base.backbone import Backbone
from keras_docs.models.base.preprocessor import Preprocessor
from keras_docs.models.base.preset_files import holds
from keras_docs.models.base.preset_saving import save_preset
from keras_docs.models.base.task import Task


def convert_preset(
    preset: str | Path,
    folder: str | Path,
    *,
    weights_format: str = "safetensors",
    revision: str | None = None,
    cache_dir: str | Path | None = None,
) -> Path:
    """Loads a preset and writes it as a preset folder of keras_docs.

    Its card, pictures and other assets go along; weights files it does not need do not.

    Args:
        preset: a built-in name, an `hf://` handle or a folder: a preset of keras_docs,
            one of KerasHub, or a Transformers checkpoint that has a converter.
        folder: the folder to write. An older preset there is replaced.
        weights_format: `"safetensors"`, or `"h5"`, which KerasHub opens.
        revision: string, branch, tag or commit on the Hub.
        cache_dir: the Hub's cache folder.

    Returns:
        The folder that was written.

    Raises:
        ValueError: the preset cannot be loaded, or the folder cannot be replaced.

    Example:
    ```python
    convert_preset("tab_transformer_income", "./for_kerashub", weights_format="h5")
    ```
    """
    source = resolve_preset(
        preset,
        revision=revision,
        cache_dir=cache_dir,
        parts=(*PARTS, "card"),
        converters=registry.CONVERTERS,
    )
    with TemporaryDirectory() as temporary:
        ready = Path(temporary) / "preset"
        save_preset(ready, **_load_parts(source), weights_format=weights_format)
        _carry_over(source, ready)
        with atomic_folder(folder) as place:
            shutil.copytree(ready, place, dirs_exist_ok=True)
    return Path(folder)


def _load_parts(source: Path) -> dict[str, Any]:
    if holds(source, "task.json"):
        return {"task": Task.from_preset(source)}
    parts: dict[str, Any] = {}
    if holds(source, "config.json"):
        parts["backbone"] = Backbone.from_preset(source)
    if holds(source, "preprocessor.json"):
        parts["preprocessor"] = Preprocessor.from_preset(source)
    return parts


def _carry_over(source: Path, target: Path) -> None:
    """Copies what saving does not write: the card, pictures, example rows."""
    written = read_manifest(target)
    if os.path.lexists(source / MANIFEST_FILE):
        names = list(read_manifest(source).files)
    else:
        names = files_on_disk(source)
    for name in names:
        is_extra = part_of(name) == "card" or name.startswith("assets/")
        if is_extra and not (target / name).exists():
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(locate_preset_file(source, name), copy)
    write_manifest(target, written.classes, written.versions)
    if (target / CARD_RECORD).is_file():
        # The card tells sizes, and these are others now.
        refresh_card(target)
