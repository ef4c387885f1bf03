"""Read a preset's card (README.md) as a stranger's file, and check it."""

import ast
import os
from pathlib import Path
from typing import Any

from keras_docs.hub.errors import PresetError, PresetFormatError
from keras_docs.hub.preset_paths import locate_preset_file

CARD_FILE = "README.md"
MAX_CARD_BYTES = 2**20
# Both are parsed in far more time and memory than they take on disk.
MAX_METADATA_CHARACTERS = 2**17
MAX_SNIPPET_CHARACTERS = 2**16
_SNIPPET_STARTS = ("```python", "```py")


def check_card(folder: str | os.PathLike[str]) -> str:
    """Check that a card names a licence and that its Python can be parsed.

    Nothing in the card is executed.

    Args:
        folder: path of a preset folder.

    Returns:
        str. What was seen, for example "licence mit, 1 snippet".

    Raises:
        PresetIncompleteError: If there is no README.md.
        PresetFormatError: If its metadata cannot be read or name no licence, or a
            snippet is no Python.

    Example:

    >>> check_card("my_preset")  # doctest: +SKIP
    'licence mit, 1 snippet'
    """
    text = _read_card(Path(folder))
    metadata = _parse_metadata(text)
    snippets = _python_snippets(text)
    if not snippets:
        raise PresetFormatError(
            "README.md has no ```python snippet that shows how to use the preset. Add "
            "one to card.json and run: keras-docs card FOLDER"
        )
    if sum(map(len, snippets)) > MAX_SNIPPET_CHARACTERS:
        raise PresetFormatError(
            "The Python snippets of README.md have more than "
            f"{MAX_SNIPPET_CHARACTERS:,} characters. Show how the preset is used; put "
            "programs elsewhere."
        )
    for number, snippet in enumerate(snippets, 1):
        try:
            ast.parse(snippet)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise PresetFormatError(
                f"Python snippet {number} of README.md cannot be parsed: {error}. "
                "Correct it in card.json, then run: keras-docs card FOLDER"
            ) from error
    return (
        f"licence {metadata['license']}, {len(snippets)} "
        f"snippet{'s' if len(snippets) > 1 else ''}"
    )


def card_license(folder: str | os.PathLike[str]) -> str | None:
    """Return the licence that a preset's card names; None without card or licence.

    Args:
        folder: path of a preset folder.

    Example:

    >>> card_license("my_preset")  # doctest: +SKIP
    'mit'
    """
    try:
        return _parse_metadata(_read_card(Path(folder)))["license"]
    except PresetError:
        return None


def _read_card(folder: Path) -> str:
    with open(locate_preset_file(folder, CARD_FILE), "rb") as file:
        data = file.read(MAX_CARD_BYTES + 1)
    if len(data) > MAX_CARD_BYTES:
        raise PresetFormatError(
            f"README.md is larger than {MAX_CARD_BYTES:,} bytes. Put long texts and "
            "pictures into files of their own."
        )
    try:
        return data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise PresetFormatError(
            f"README.md is not UTF-8 text ({error}). Save it as UTF-8."
        ) from error


def _python_snippets(text: str) -> list[str]:
    snippets: list[list[str]] = []
    inside = False
    for line in text.split("\n"):
        if inside and line.startswith("```"):
            inside = False
        elif inside:
            snippets[-1].append(line)
        elif line.rstrip() in _SNIPPET_STARTS:
            inside = True
            snippets.append([])
    return ["\n".join(lines) for lines in snippets]


def _metadata_text(text: str) -> str:
    """Return what stands between the first line, `---`, and the next such line."""
    lines = [line.rstrip() for line in text.split("\n")]
    if lines[0] != "---" or "---" not in lines[1:]:
        return ""
    return "\n".join(lines[1 : lines.index("---", 1)])


def _parse_metadata(text: str) -> dict[str, Any]:
    import yaml

    class Loader(yaml.SafeLoader):
        def flatten_mapping(self, node: Any) -> None:
            """Merge keys (`<<`) are refused: they let 1 kB of YAML fill the memory."""

    metadata_text = _metadata_text(text)
    if len(metadata_text) > MAX_METADATA_CHARACTERS:
        raise PresetFormatError(
            f"The metadata at the top of README.md have {len(metadata_text):,} "
            f"characters; at most {MAX_METADATA_CHARACTERS:,} are read. Shorten them."
        )
    try:
        metadata = yaml.load(metadata_text, Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = " ".join(str(error).split())[:200]
        raise PresetFormatError(
            f"The metadata at the top of README.md is not plain YAML ({problem}). "
            "Correct it, or write the card again: keras-docs card FOLDER"
        ) from error
    licence = metadata.get("license") if isinstance(metadata, dict) else None
    if not isinstance(licence, str) or not licence.strip():
        raise PresetFormatError(
            "README.md names no licence. Begin it with the lines '---', "
            "'license: apache-2.0' (or yours) and '---', or write the card again: "
            "keras-docs card FOLDER"
        )
    return metadata
