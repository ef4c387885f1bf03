"""Write a preset's card again, and the manifest that lists it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras_docs.hub.errors import PresetFormatError, PresetIncompleteError
from keras_docs.hub.manifest import (
    files_on_disk,
    read_manifest,
    verify_manifest,
    write_manifest,
)
from keras_docs.hub.model_card import write_model_card
from keras_docs.hub.preset_parts import MANIFEST_FILE, part_of


def refresh_card(
    folder: str | os.PathLike[str], record: Mapping[str, Any] | None = None
) -> Path:
    """Write README.md from a card record, and list it in the manifest.

    All other files are verified first: writing the manifest again must not turn damage
    into something that looks intact.

    Args:
        folder: path of a preset folder with a manifest.
        record: dict, or None to read `card.json`; fields as in `write_model_card`.

    Returns:
        pathlib.Path of the `README.md`.

    Raises:
        PresetError: If the preset is damaged, has no manifest, or the record is not
            complete.

    Example:

    >>> refresh_card("my_preset", {"title": "My model", ...})  # doctest: +SKIP
    """
    folder = Path(folder)
    if not os.path.lexists(folder / MANIFEST_FILE):
        raise PresetIncompleteError(
            f"{folder} has no manifest.json, so it is no preset of keras_docs. Write "
            "one from it: keras-docs convert FOLDER NEW_FOLDER"
        )
    manifest = read_manifest(folder)
    verify_manifest(
        folder, [name for name in manifest.files if part_of(name) != "card"]
    )
    unlisted = [
        name
        for name in files_on_disk(folder)
        if name not in manifest.files and part_of(name) != "card"
    ]
    if unlisted:
        raise PresetFormatError(
            f"{folder} holds {unlisted[0]!r}, which is not in its manifest: listing it "
            "now could change what the preset loads. Move it away, or save the preset "
            "again."
        )
    path = write_model_card(folder, record)
    write_manifest(folder, manifest.classes, manifest.versions)
    return path
