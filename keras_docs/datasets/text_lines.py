"""Lines of text files, compressed or not."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path

_OPEN = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}


def text_lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file, without the line feed that ends each.

    Only a line feed ends a line: texts may hold other characters that Python takes for
    line ends.

    Args:
        path: the file; `.gz`, `.xz` and `.bz2` are decompressed.

    Yields:
        Strings.

    Raises:
        ValueError: there is no such file, it is damaged, or it is not UTF-8.
    """
    number = 0
    try:
        with _OPEN.get(path.suffix, open)(
            path, "rt", encoding="utf-8", newline="\n"
        ) as file:
            for number, line in enumerate(file, 1):  # noqa: B007
                yield line.removesuffix("\n")
    except FileNotFoundError as error:
        raise ValueError(f"There is no file {path}.") from error
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 after line {number} ({error.reason}). Convert it."
        ) from error
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise ValueError(
            f"{path} cannot be read after line {number} ({error}). Download it again."
        ) from error
