"""The presets that are shipped with this library."""

from pathlib import Path
from typing import Any

from keras_docs.hub.errors import PresetNotFoundError
from keras_docs.hub.strict_json import read_json_object

_PACKAGE = Path(__file__).resolve().parents[1]


def _preset_roots() -> list[Path]:
    # A wheel carries them inside the package, a checkout beside it.
    return [_PACKAGE / "presets", _PACKAGE.parent / "presets"]


def builtin_presets() -> dict[str, Path]:
    """Return the shipped presets.

    Returns:
        dict from preset name to its folder (pathlib.Path), sorted by name.

    Example:

    >>> sorted(builtin_presets())  # doctest: +SKIP
    ['tab_transformer_income']
    """
    for root in _preset_roots():
        folders = root.iterdir() if root.is_dir() else ()
        # A name with a dot is a folder that is being saved.
        visible = [path for path in folders if not path.name.startswith(".")]
        found = {p.name: p for p in visible if (p / "config.json").is_file()}
        if found:
            return dict(sorted(found.items()))
    return {}


def preset_metadata(name: str) -> dict[str, Any]:
    """Return what is known about a shipped preset without loading it.

    Args:
        name: str. A name in `builtin_presets()`.

    Returns:
        dict with the fields of its `metadata.json` and, under "card", those of its
        `card.json`; a file that the preset lacks adds nothing.

    Raises:
        PresetNotFoundError: If no shipped preset has that name.

    Example:

    >>> preset_metadata("tab_transformer_income")["card"]["title"]  # doctest: +SKIP
    """
    presets = builtin_presets()
    if name not in presets:
        raise PresetNotFoundError(
            f"There is no built-in preset {name!r}. There are: "
            f"{', '.join(presets) or 'none'}."
        )
    folder = presets[name]
    metadata: dict[str, Any] = {}
    if (folder / "metadata.json").is_file():
        metadata.update(read_json_object(folder / "metadata.json"))
    if (folder / "card.json").is_file():
        metadata["card"] = read_json_object(folder / "card.json")
    return metadata
