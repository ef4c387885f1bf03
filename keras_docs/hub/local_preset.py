"""A built-in name or a path to the folder it means."""

import difflib
from pathlib import Path

from keras_docs.hub.atomic_folder import recover_folder
from keras_docs.hub.builtin_presets import builtin_presets
from keras_docs.hub.errors import PresetNotFoundError


def local_preset(location: str, is_path: bool = False) -> Path:
    """Return the folder of a built-in preset or a local one; nothing in it is read.

    Args:
        location: str. A built-in name or a path.
        is_path: bool. Whether it can only be a path.

    Returns:
        pathlib.Path of an existing folder.

    Raises:
        PresetNotFoundError: If there is none; names the nearest built-in presets.

    Example:

    >>> local_preset("tab_transformer_income").name  # doctest: +SKIP
    'tab_transformer_income'
    """
    builtin = builtin_presets()
    if location in builtin and not is_path:
        return builtin[location]
    folder = Path(location).expanduser()
    if not folder.exists():
        recover_folder(folder)
    if folder.is_dir():
        return folder.absolute()
    if folder.exists():
        raise PresetNotFoundError(
            f"{location} is a file; a preset is a folder. Give the folder that holds "
            "config.json."
        )
    near = difflib.get_close_matches(location, builtin, n=3)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise PresetNotFoundError(
        f"There is no built-in preset and no folder {location[:200]!r}.{hint} "
        f"Built-in: {', '.join(builtin) or 'none'}. For the Hub write 'hf://org/repo'."
    )
