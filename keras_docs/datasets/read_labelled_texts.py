"""Reads tab-separated documents with the numbers of their labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from keras_docs.datasets.labelled_texts import LabelledTexts
from keras_docs.datasets.text_lines import text_lines

SUFFIXES = (".tsv", ".tsv.xz", ".tsv.gz", ".tsv.bz2")
LABELS_FILE = "labels.tsv"


def read_labelled_texts(
    folder: str | Path, part: str = "trn", *, text_columns: Sequence[int] = (-1,)
) -> LabelledTexts:
    """Reads one part of a labelled set of texts.

    `labels.tsv` has a label a line: identifier, tab, name. `<part>.tsv`, which may be
    compressed (`.xz`, `.gz`, `.bz2`), has a document a line: the numbers of its labels,
    separated by commas, where 0 is the first line of `labels.tsv`; a tab; and further
    columns, separated by tabs. Quotes have no meaning.

    Args:
        folder: the folder of the set.
        part: string, the name of the file without suffix.
        text_columns: ints, the columns that make up the text, joined by a space. 0 is
            the column of the labels, and -1 the last.

    Returns:
        `LabelledTexts`.

    Raises:
        ValueError: a file is missing or damaged, or a line is malformed; names it.

    Example:
    ```python
    train = read_labelled_texts("data/tibkat-gnd", "trn", text_columns=(4, 5))
    train.texts[0], train.labels[0]
    ```
    """
    folder = Path(folder)
    label_ids, label_names = _read_labels(folder / LABELS_FILE)
    path = _part_path(folder, part)
    texts: list[str] = []
    labels: list[list[int]] = []
    for number, line in enumerate(text_lines(path), 1):
        columns = line.split("\t")
        try:
            row = [int(label) for label in columns[0].split(",") if label]
            texts.append(" ".join([columns[column] for column in text_columns]))
        except (ValueError, IndexError):
            raise _malformed(
                path,
                number,
                "must hold numbers of labels separated by commas, and tab-separated "
                f"columns with {list(text_columns)} among them",
                line,
            ) from None
        if row and not 0 <= min(row) <= max(row) < len(label_ids):
            raise _malformed(
                path, number, f"names a label outside 0..{len(label_ids) - 1}", line
            )
        labels.append(row)
    return LabelledTexts(texts, labels, label_ids, label_names)


def _read_labels(path: Path) -> tuple[list[str], list[str]]:
    ids, names = [], []
    for number, line in enumerate(text_lines(path), 1):
        columns = line.split("\t")
        if len(columns) != 2:
            raise _malformed(
                path, number, "must hold an identifier, a tab, a name", line
            )
        ids.append(columns[0])
        names.append(columns[1])
    if not ids or len(set(ids)) != len(ids):
        raise ValueError(f"{path} must hold labels with different identifiers.")
    return ids, names


def _part_path(folder: Path, part: str) -> Path:
    for suffix in SUFFIXES:
        if (folder / f"{part}{suffix}").is_file():
            return folder / f"{part}{suffix}"
    raise ValueError(
        f"There is none of {', '.join(part + suffix for suffix in SUFFIXES)} in "
        f"{folder}. Name another `part` or folder."
    )


def _malformed(path: Path, number: int, what: str, line: str) -> ValueError:
    return ValueError(f"Line {number} of {path} {what}. Received: {line!r:.120}.")
