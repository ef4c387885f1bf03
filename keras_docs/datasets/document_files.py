"""Files that data sets of documents consist of: JSON lines, images, tables."""

from __future__ import annotations

import csv
import io
import json
import lzma
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from keras_docs.datasets.malformed_line import malformed_line
from keras_docs.datasets.text_lines import text_lines

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
BOXES = ("word", "segment")


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Objects of a file with one in each line, with the lines' numbers from 1.

    Raises:
        ValueError: the file is missing or damaged, or a line is no JSON object.
    """
    for number, line in enumerate(text_lines(path), 1):
        if not line.strip():
            continue
        try:
            content = json.loads(line)
        except json.JSONDecodeError as error:
            raise malformed_line(
                path, number, f"is not JSON ({error.msg})", line
            ) from None
        if not isinstance(content, dict):
            raise malformed_line(path, number, "must hold a JSON object", line)
        yield number, content


def json_file(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        ValueError: the file is missing or damaged, or is not JSON.
    """
    try:
        return json.loads("\n".join(text_lines(path)))
    except json.JSONDecodeError as error:
        raise ValueError(
            f"Line {error.lineno} of {path} is not JSON ({error.msg}). Download it "
            "again."
        ) from None


def images_by_name(folder: Path) -> dict[str, Path]:
    """The images of a folder, by their names without suffix; none if there is none."""
    if not folder.is_dir():
        return {}
    return {
        path.stem: path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in IMAGE_SUFFIXES
    }


def check_boxes(boxes: str) -> None:
    """Raises a `ValueError` unless it is one of `BOXES`."""
    if boxes not in BOXES:
        raise ValueError(
            '`boxes` must be "word", each word\'s own, or "segment", that of the text '
            f"it belongs to. Received: {boxes!r}."
        )


def table_files(path: Path) -> Mapping[str, bytes]:
    """CSV files by the last two parts of their paths.

    Args:
        path: a folder, or a `.tar`, `.tar.gz`, `.tar.bz2` or `.tar.xz` of one.

    Raises:
        ValueError: there is no such file or folder, or it is damaged.
    """
    if path.is_dir():
        files = sorted(path.rglob("*.csv"))
        return {"/".join(file.parts[-2:]): file.read_bytes() for file in files}
    found = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(".csv"):
                    name = "/".join(Path(member.name).parts[-2:])
                    found[name] = archive.extractfile(member).read()
    except FileNotFoundError:
        raise ValueError(f"There is no file or folder {path}.") from None
    except (OSError, EOFError, tarfile.TarError, lzma.LZMAError) as error:
        raise ValueError(
            f"{path} cannot be read ({error}). Download it again."
        ) from error
    return found


def table_rows(content: bytes, name: str, **form: Any) -> list[list[str]]:
    """Rows of a CSV file.

    Args:
        content: bytes, UTF-8.
        name: string, the file's, for errors.
        **form: of `csv.reader`.

    Raises:
        ValueError: it is not UTF-8, or not CSV.
    """
    try:
        text = content.decode("utf-8")
        return [row for row in csv.reader(io.StringIO(text, newline=""), **form) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"The table {name} cannot be read ({error}).") from None
