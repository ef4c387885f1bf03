"""A first card for a preset that has none, from what its files tell."""

from pathlib import Path
from typing import Any

from keras_docs.hub.manifest import Manifest, read_manifest
from keras_docs.hub.pipeline_tags import pipeline_tag
from keras_docs.hub.preset_handle import PresetHandle

# The part that a user loads first.
_MAIN_PARTS = ("task", "backbone", "preprocessor")


def draft_card(folder: Path, handle: PresetHandle, license: str) -> dict[str, Any]:
    """Return a card record that says what a preset holds and how to load it.

    Args:
        folder: pathlib.Path of a preset folder with a manifest.
        handle: PresetHandle. Where the preset will be found.
        license: str. Identifier of the licence on the Hub, such as "apache-2.0".

    Returns:
        dict for `write_model_card`.

    Raises:
        PresetFormatError: If its task is not known to the Hub.

    Example:

    >>> handle = PresetHandle.parse("hf://me/my-model")
    >>> draft_card(Path("my_preset"), handle, "mit")["title"]  # doctest: +SKIP
    'my-model'
    """
    manifest = read_manifest(folder)
    name = handle.subfolder or handle.location
    return {
        "title": name.rsplit("/", 1)[-1],
        "summary": _summary(manifest),
        "license": license,
        "pipeline_tag": pipeline_tag(manifest.classes),
        "snippet": _snippet(manifest, handle),
    }


def _class_names(manifest: Manifest) -> dict[str, str]:
    return {
        part: manifest.classes[part].partition(">")[2]
        for part in _MAIN_PARTS
        if part in manifest.classes
    }


def _summary(manifest: Manifest) -> str:
    names = _class_names(manifest)
    held = ", ".join(f"{name} ({part})" for part, name in names.items())
    versions = ", ".join(f"{k} {v}" for k, v in sorted(manifest.versions.items()))
    return (
        f"A preset of keras_docs with {held}. "
        f"Written with {versions or 'unknown versions'}."
    )


def _snippet(manifest: Manifest, handle: PresetHandle) -> str:
    names = _class_names(manifest)
    part = next(iter(names), "task")
    cls = names.get(part, "Task")
    if manifest.classes.get(part, "").partition(">")[0] != "keras_docs":
        cls = part.capitalize()
    lines = [
        "import keras_docs",
        "",
        f'{part} = keras_docs.{cls}.from_preset("{handle}")',
        f"print({part})" if part == "preprocessor" else f"{part}.summary()",
    ]
    return "\n".join(lines)
