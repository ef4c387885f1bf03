"""A sheet that entities are written on, one after the other."""

from __future__ import annotations

from typing import Any, NamedTuple

from keras_docs.documents.page_font import PageFont


class Written(NamedTuple):
    """Where an entity was written.

    Args:
        entity: int, its index.
        right: float, where its longest line ends, in pixels.
        bottom: float, in pixels.
    """

    entity: int
    right: float
    bottom: float


class FormSheet:
    """Takes down words, rules and links; `FormSheet.draw` then draws them.

    Args:
        width: int, in pixels.
        margin: int, at each side, in pixels.
    """

    def __init__(self, width: int, margin: int):
        self.width = width
        self.margin = margin
        self.bottom = 0.0
        self.words: list[str] = []
        self.places: list[list[float]] = []
        self.entities: list[dict[str, Any]] = []
        self.links: list[tuple[int, int]] = []
        self._fonts: list[PageFont] = []
        self._lines: list[list[float]] = []

    @property
    def room(self) -> float:
        """Pixels between the margins."""
        return self.width - 2 * self.margin

    def write(
        self,
        text: str,
        label: str,
        left: float,
        top: float,
        room: float,
        font: PageFont,
        centred: bool = False,
    ) -> Written | None:
        """Writes an entity; it wraps where it has no more room.

        Args:
            text: string.
            label: string.
            left: float, where its lines begin, in pixels.
            top: float, in pixels.
            room: float, how long its lines may be, in pixels. A longer word is alone on
                its line, and reaches beyond.
            font: `PageFont`.
            centred: bool, whether lines are in the middle of `room`.

        Returns:
            `Written`, or `None` for a text without words.
        """
        lines = _lines_of(text.split(), room, font)
        if not lines:
            return None
        first, right, space = len(self.words), left, font.width(" ")
        for number, line in enumerate(lines):
            widths = [font.width(word) for word in line]
            whole = sum(widths) + space * (len(line) - 1)
            x = left + max(room - whole, 0) / 2 if centred else left
            above = top + number * font.line
            for word, width in zip(line, widths, strict=True):
                self.words.append(word)
                self.places.append([x, above, x + width, above + font.line])
                self._fonts.append(font)
                x += width + space
            right = max(right, x - space)
        indices = list(range(first, len(self.words)))
        self.entities.append({"label": label, "words": indices, "text": text})
        bottom = top + len(lines) * font.line
        self.bottom = max(self.bottom, bottom)
        return Written(len(self.entities) - 1, right, bottom)

    def link(self, one: Written | None, other: Written | None) -> None:
        """Says that the second belongs to the first, where both were written."""
        if one is not None and other is not None:
            self.links.append((one.entity, other.entity))

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Draws a line."""
        self._lines.append([x0, y0, x1, y1])
        self.bottom = max(self.bottom, y0, y1)

    def frame(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Draws the outline of a rectangle."""
        for line in ([x0, y0, x1, y0], [x0, y1, x1, y1]):
            self.rule(*line)
        for line in ([x0, y0, x0, y1], [x1, y0, x1, y1]):
            self.rule(*line)

    def draw(self, image: Any, ink: int = 0) -> None:
        """Draws it all.

        Args:
            image: a grey Pillow image.
            ink: int, from 0 to 255.
        """
        from PIL import ImageDraw

        draw = ImageDraw.Draw(image)
        for line in self._lines:
            draw.line(line, fill=ink)
        for word, place, font in zip(self.words, self.places, self._fonts, strict=True):
            draw.text(place[:2], word, fill=ink, font=font.drawn)


def _lines_of(words: list[str], room: float, font: PageFont) -> list[list[str]]:
    lines: list[list[str]] = []
    space, x = font.width(" "), 0.0
    for word in words:
        width = font.width(word)
        if lines and x + space + width <= room:
            lines[-1].append(word)
            x += space + width
        else:
            lines.append([word])
            x = width
    return lines
