"""Reads bilingual dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from keras_docs.datasets.malformed_line import malformed_line
from keras_docs.datasets.text_lines import text_lines


def read_bilingual_dictionary(
    path: str | Path, languages: Sequence[str] | None = None
) -> dict[str, dict[str, list[str]]]:
    """Reads tab-separated word pairs: language, word, translation.

    Args:
        path: a file with a pair a line, like `de<TAB>house<TAB>Haus`; `.xz`, `.gz` and
            `.bz2` are decompressed.
        languages: list of strings, as in the first column. Default: all.

    Returns:
        Dict of language -> dict of lower-case word -> list of translations, in the
        order of the file. A translation that is the word itself is left out.

    Raises:
        ValueError: the file is missing or damaged, a line is malformed, or there is
            no pair of one of the `languages`; names it.

    Example:
    ```python
    dictionaries = read_bilingual_dictionary("panlex_en-x.tsv.xz", ["de", "ja"])
    dictionaries["de"]["house"]  # ["Haus"]
    ```
    """
    path = Path(path)
    found: dict[str, dict[str, list[str]]] = {}
    for number, line in enumerate(text_lines(path), 1):
        columns = [column.strip() for column in line.split("\t")]
        if len(columns) != 3 or not all(columns):
            raise malformed_line(
                path, number, "must hold a language, a word and a translation", line
            )
        language, word, translation = columns
        if languages is not None and language not in languages:
            continue
        translations = found.setdefault(language, {}).setdefault(word.lower(), [])
        if translation.lower() != word.lower() and translation not in translations:
            translations.append(translation)
    absent = [language for language in languages or () if language not in found]
    if absent or not found:
        raise ValueError(
            f"{path} has no word pairs of {', '.join(absent) or 'any language'}. It "
            f"has, of those asked for: {', '.join(sorted(found)) or 'none'}."
        )
    return {
        language: {word: ways for word, ways in words.items() if ways}
        for language, words in found.items()
    }
