"""Fonts to draw pages with, opened once."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import Any, NamedTuple

from keras_docs.documents.page_image import pillow

LINE_HEIGHT = 1.3


class PageFont(NamedTuple):
    """A font of some size.

    Args:
        drawn: Pillow's font.
        width: function of a text, its width in pixels.
        line: int, from line to line in pixels.
    """

    drawn: Any
    width: Any
    line: int


@functools.cache
def page_font(size: int, path: str | None) -> PageFont:
    """Opens a font.

    Args:
        size: int, in pixels.
        path: string, a TrueType or OpenType file; `None`: Pillow's own, which has the
            letters of English alone.

    Raises:
        ImportError: Pillow is missing.
        ValueError: there is no such font.
    """
    pillow()
    from PIL import ImageFont

    try:
        if path is None:
            font = ImageFont.load_default(size=size)
        else:
            font = ImageFont.truetype(path, size)
    except OSError as error:
        raise ValueError(
            f"`font` must be the path of a font file. Received: {path!r} ({error})."
        ) from None
    # Words repeat, and measuring takes most of the time.
    measure = functools.lru_cache(maxsize=100_000)(font.getlength)
    return PageFont(font, measure, round(size * LINE_HEIGHT))


@functools.cache
def matplotlib_font(name: str = "DejaVuSans") -> str | None:
    """The path of a font that comes with matplotlib, without importing it.

    Args:
        name: string, the file's without `.ttf`.

    Returns:
        A path, or `None` where it is not installed.
    """
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or not spec.origin:
        return None
    path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / f"{name}.ttf"
    return str(path) if path.is_file() else None
