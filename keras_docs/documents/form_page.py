"""A form drawn as a page, with what is a key and what its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_docs.documents.form_layouts import HEADER, OTHER, FormStyle, laid_out
from keras_docs.documents.form_sheet import FormSheet
from keras_docs.documents.page_boxes import page_boxes
from keras_docs.documents.page_font import matplotlib_font, page_font
from keras_docs.documents.page_image import pillow

OUTSIDE = "O"
PARTS = ("header", "pairs", "text")
FONTS = (
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSansMono-Bold",
    "DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSans-Oblique", "DejaVuSansMono-Oblique",
    "STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic",
)  # fmt: skip
# Pixels of the widest margin; height by width of a letter; share of specks.
MARGIN, PROPORTION, SPECKS = 90, 1.29, 0.003


def form_page(
    sections: Sequence[Mapping[str, Any]],
    width: int = 850,
    fonts: Sequence[str | Path] | None = None,
    noise: float = 0.5,
    seed: int | np.random.Generator | None = None,
) -> dict[str, Any]:
    """Draws a filled form, and tells its words, entities and links.

    Fonts, sizes, columns, rules and frames are drawn by lot, and so is where a value
    is: beside its key or below it. To train models that label and link forms where no
    annotated ones may be used.

    Args:
        sections: list of dicts, each with any of

            - `header`: string, such as `"Shipping address"`;
            - `pairs`: list of (key, value). Empty values leave room. A list of values
              makes a column below its key, and the section a table. Where all values
              are `"X"`, `"x"`, `"✓"` or empty, they are boxes to tick;
            - `text`: string, a paragraph that is neither.
        width: int, of the page in pixels. It is as high as a letter, or higher where
            there is more to write.
        fonts: list of paths of TrueType or OpenType files, of which two are drawn.
            `None`: those of matplotlib (`keras-docs[plots]`); without matplotlib
            Pillow's own, which has the letters of English alone.
        noise: float, from 0 to 1, how much the image is like a bad copy: specks, grey
            paper, pale or blurred ink. Boxes stay where the words are.
        seed: int or NumPy generator, or `None`.

    Returns:
        Dict of `image` (a grey Pillow image), `size` (its width and height), `words`,
        `boxes` (int32 array (words, 4) from 0 to 1000), `word_labels` (`O`,
        `B-QUESTION`, `I-QUESTION`, … as of FUNSD), `entities` (labels `question`,
        `answer`, `header`, `other`) and `links`, pairs of entities: of a header and
        its keys, and of a key and its values. `DocFormerV2Preprocessor` takes it as it
        is.

    Raises:
        ImportError: Pillow is missing.
        ValueError: there is nothing to write, a section is none of those described, or
            there is no such font.

    Example:
    ```python
    page = keras_docs.form_page(
        [
            {"header": "Order", "pairs": [("Date:", "3 May 2021"), ("No.", "1042")]},
            {"pairs": [("Item", ["Bolt", "Nut"]), ("Amount", ["20", "40"])]},
            {"header": "Payment", "pairs": [("Cash", "X"), ("Card", "")]},
        ],
        seed=0,
    )
    page["entities"][1], page["links"]
    ```

    The labels are those of Jaume et al., "FUNSD", 2019,
    https://arxiv.org/abs/1905.13538.
    """
    _check(sections, width, noise)
    random = np.random.default_rng(seed)
    paths = _default_fonts() if fonts is None else [str(font) for font in fonts]
    sheet = FormSheet(width, int(random.integers(MARGIN // 3, MARGIN)))
    style = _style(paths, random)
    top = float(sheet.margin)
    for section in sections:
        top = _section(sheet, section, top, style, random)
    if not sheet.words:
        raise ValueError(
            f"`sections` have nothing to write. Received: {sections!r:.80}"
        )
    height = max(round(width * PROPORTION), int(sheet.bottom) + sheet.margin)
    image = _image(sheet, (width, height), noise, random)
    places = np.array(sheet.places)
    # A word that is longer than the page ends at its edge.
    places[:, 0::2] = places[:, 0::2].clip(0, width)
    return {
        "image": image,
        "size": image.size,
        "words": sheet.words,
        "boxes": page_boxes(places, sheet.words, "pixel", image.size),
        "word_labels": _word_labels(sheet),
        "entities": sheet.entities,
        "links": sheet.links,
    }


def _check(sections: Any, width: Any, noise: Any) -> None:
    for i, section in enumerate(sections):
        if not isinstance(section, Mapping) or set(section) - set(PARTS):
            raise ValueError(
                f"`sections` must be dicts of any of {', '.join(PARTS)}. Received, as "
                f"number {i}: {section!r:.80}."
            )
        for pair in section.get("pairs") or ():
            if isinstance(pair, str) or len(pair) != 2 or not str(pair[0]).strip():
                raise ValueError(
                    f"`pairs` of section {i} must be of a key, that is not empty, and "
                    f"a value. Received: {pair!r:.80}."
                )
    if not isinstance(width, int) or width < 4 * MARGIN:
        raise ValueError(
            f"`width` must be an int, {4 * MARGIN} or more. Received: {width!r}."
        )
    if not 0 <= noise <= 1:
        raise ValueError(f"`noise` must be from 0 to 1. Received: {noise!r}.")


def _default_fonts() -> list[str | None]:
    found = [path for path in map(matplotlib_font, FONTS) if path]
    return found or [None]


def _style(paths: Sequence[str | None], random: np.random.Generator) -> FormStyle:
    key, value = (paths[i] for i in random.integers(0, len(paths), 2))
    size = int(random.integers(11, 17))
    has_frames = bool(random.random() < 0.3)
    return FormStyle(
        header_font=page_font(size + int(random.integers(0, 5)), key),
        key_font=page_font(size, key),
        value_font=page_font(size + int(random.integers(-1, 3)), value),
        gap=float(random.integers(4, 22)),
        columns=int(random.choice([1, 1, 2, 2, 3])),
        has_rules=bool(not has_frames and random.random() < 0.5),
        has_frames=has_frames,
        is_aligned=bool(random.random() < 0.5),
    )


def _section(
    sheet: FormSheet,
    section: Mapping[str, Any],
    top: float,
    style: FormStyle,
    random: np.random.Generator,
) -> float:
    """Writes a section; returns where the next one begins."""
    # Sections of a form differ a little.
    style = style._replace(columns=max(1, style.columns - int(random.integers(0, 2))))
    header = None
    if section.get("header"):
        header = sheet.write(
            section["header"],
            HEADER,
            sheet.margin,
            top,
            sheet.room,
            style.header_font,
            centred=bool(random.random() < 0.5),
        )
        top = sheet.bottom + style.gap
    pairs = section.get("pairs")
    if pairs:
        for key in laid_out(sheet, pairs, top, style, random):
            sheet.link(header, key)
        top = sheet.bottom + style.gap
    if section.get("text"):
        left = sheet.margin + random.integers(0, 30)
        room = sheet.room - (left - sheet.margin)
        sheet.write(section["text"], OTHER, left, top, room, style.key_font)
    return sheet.bottom + style.gap + float(random.integers(4, 60))


def _image(
    sheet: FormSheet,
    size: tuple[int, int],
    noise: float,
    random: np.random.Generator,
) -> Any:
    from PIL import ImageFilter

    module = pillow().Image
    paper = 255 - int(random.integers(0, 1 + round(40 * noise)))
    image = module.new("L", size, paper)
    sheet.draw(image, ink=int(random.integers(0, 1 + round(120 * noise))))
    if not noise:
        return image
    if random.random() < 0.5:
        image = image.filter(ImageFilter.GaussianBlur(noise * random.random()))
    pixels = np.array(image)
    count = int(pixels.size * SPECKS * noise * random.random())
    at = random.integers(0, pixels.size, count)
    pixels.reshape(-1)[at] = random.integers(0, 256, count)
    return module.fromarray(pixels)


def _word_labels(sheet: FormSheet) -> list[str]:
    labels = [OUTSIDE] * len(sheet.words)
    for entity in sheet.entities:
        if entity["label"] != OTHER:
            name = entity["label"].upper()
            for place, word in enumerate(entity["words"]):
                labels[word] = f"{'I' if place else 'B'}-{name}"
    return labels
