"""A list of strings as a text file, one JSON string a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from keras_docs.hub import PresetCorruptError, PresetIncompleteError
from keras_docs.hub.atomic_file import write_file_atomically


def write_strings(path: Path, strings: Sequence[str]) -> None:
    """Writes strings, whatever characters they hold, one a line.

    Args:
        path: the file.
        strings: the strings.
    """
    encode = json.JSONEncoder(ensure_ascii=False).encode
    text = "".join(f"{encode(string)}\n" for string in strings)
    # Half of a surrogate pair is no character, but Python lets a string hold one.
    write_file_atomically(path, text.encode("utf-8", "surrogatepass"), durable=False)


def read_strings(path: Path) -> list[str]:
    """Reads what `write_strings` wrote.

    Args:
        path: the file.

    Returns:
        The strings, in their order.

    Raises:
        ValueError: there is no such file, a line is no JSON string, or two are equal.
    """
    try:
        text = path.read_bytes().decode("utf-8", "surrogatepass")
        # One parse of all lines is 30 times faster than one of each.
        strings = json.loads("[" + text.removesuffix("\n").replace("\n", ",") + "]")
    except FileNotFoundError as error:
        raise PresetIncompleteError(
            f"{path.name} is missing from {path.parent}. Download or save the preset "
            "again."
        ) from error
    except (ValueError, RecursionError) as error:
        raise _corrupt(path, str(error)) from error
    if not strings or set(map(type, strings)) != {str}:
        raise _corrupt(path, "it must hold a JSON string a line")
    if len(set(strings)) != len(strings):
        raise _corrupt(path, "a line is there twice")
    return strings


def _corrupt(path: Path, reason: str) -> PresetCorruptError:
    return PresetCorruptError(
        f"{path.name} is not a list of strings that a preset holds ({reason:.200}). "
        "Download or save the preset again."
    )
