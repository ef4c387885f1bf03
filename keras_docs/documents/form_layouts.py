"""How the pairs of a section of a form are laid out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from keras_docs.documents.form_sheet import FormSheet, Written
from keras_docs.documents.page_font import PageFont

KEY, VALUE, HEADER, OTHER = "question", "answer", "header", "other"
# In pixels.
PADDING = 5
MARKS = ("X", "x", "✓", "")

Pairs = Sequence[tuple[str, str | Sequence[str]]]


class FormStyle(NamedTuple):
    """What a form's sections have in common.

    Args:
        header_font: `PageFont` of headers.
        key_font: `PageFont` of keys.
        value_font: `PageFont` of what is filled in.
        gap: float, from row to row, in pixels.
        columns: int, pairs side by side at most.
        has_rules: bool, whether values stand on lines.
        has_frames: bool, whether cells are framed.
        is_aligned: bool, whether the values of a column begin below each other.
    """

    header_font: PageFont
    key_font: PageFont
    value_font: PageFont
    gap: float
    columns: int
    has_rules: bool
    has_frames: bool
    is_aligned: bool


def value_beside_key(
    sheet: FormSheet, pairs: Pairs, top: float, style: FormStyle
) -> list[Written]:
    """`Key: value`, in one or more columns; returns the keys."""
    keys = []
    columns = min(style.columns, len(pairs))
    width = sheet.room / columns
    most = 0.5 * width - 2 * PADDING
    reach = [
        max(min(style.key_font.width(key), most) for key, _ in pairs[column::columns])
        for column in range(columns)
    ]
    for start in range(0, len(pairs), columns):
        bottom = top + style.value_font.line
        for column, (key, value) in enumerate(pairs[start : start + columns]):
            left = sheet.margin + column * width + PADDING
            right = left + width - 2 * PADDING
            written = sheet.write(key, KEY, left, top, most, style.key_font)
            at = (left + reach[column]) if style.is_aligned else written.right
            at += 2 * PADDING
            # Beside the last line of a key that wraps.
            level = max(top, written.bottom - style.key_font.line)
            answer = sheet.write(
                str(value), VALUE, at, level, right - at, style.value_font
            )
            sheet.link(written, answer)
            below = max(written.bottom, answer.bottom if answer else 0)
            if style.has_rules:
                sheet.rule(at, below, right, below)
            keys.append(written)
            bottom = max(bottom, below)
        if style.has_frames:
            for column in range(columns):
                left = sheet.margin + column * width
                sheet.frame(
                    left, top - PADDING, left + width, bottom + style.gap - PADDING
                )
        top = bottom + style.gap
    return keys


def value_below_key(
    sheet: FormSheet, pairs: Pairs, top: float, style: FormStyle
) -> list[Written]:
    """A key above its value, several of these in a row; returns the keys."""
    keys = []
    columns = min(style.columns + 1, len(pairs))
    width = sheet.room / columns
    for start in range(0, len(pairs), columns):
        bottom = top + style.key_font.line + style.value_font.line
        for column, (key, value) in enumerate(pairs[start : start + columns]):
            left = sheet.margin + column * width + PADDING
            room = width - 2 * PADDING
            written = sheet.write(key, KEY, left, top, room, style.key_font)
            answer = sheet.write(
                str(value), VALUE, left, written.bottom, room, style.value_font
            )
            sheet.link(written, answer)
            keys.append(written)
            bottom = max(bottom, answer.bottom if answer else written.bottom)
        for column in range(columns):
            left = sheet.margin + column * width
            if style.has_frames:
                sheet.frame(left, top - PADDING, left + width, bottom + PADDING)
            elif style.has_rules:
                sheet.rule(left + PADDING, bottom, left + width - PADDING, bottom)
        top = bottom + 2 * PADDING + (0 if style.has_frames else style.gap)
    return keys


def values_in_columns(
    sheet: FormSheet, pairs: Pairs, top: float, style: FormStyle
) -> list[Written]:
    """Keys side by side, and a column of values below each; returns the keys."""
    width = sheet.room / len(pairs)
    rows = [[key for key, _ in pairs]]
    count = max(len(values) for _, values in pairs)
    for row in range(count):
        cells = [values[row] if row < len(values) else "" for _, values in pairs]
        rows.append(list(map(str, cells)))
    keys: list[Written] = []
    for number, row in enumerate(rows):
        font = style.value_font if number else style.key_font
        bottom = top + font.line
        written = []
        for column, text in enumerate(row):
            left = sheet.margin + column * width + PADDING
            label = VALUE if number else KEY
            cell = sheet.write(text, label, left, top, width - 2 * PADDING, font)
            written.append(cell)
            bottom = max(bottom, cell.bottom if cell else 0)
        if number:
            for key, cell in zip(keys, written, strict=True):
                sheet.link(key, cell)
        else:
            keys = written
        for column in range(len(row)):
            left = sheet.margin + column * width
            if style.has_frames:
                sheet.frame(left, top - PADDING, left + width, bottom + PADDING)
        if style.has_rules and not number:
            right = sheet.margin + sheet.room
            sheet.rule(sheet.margin, bottom + PADDING, right, bottom + PADDING)
        top = bottom + 2 * PADDING
    return keys


def marks_beside_keys(
    sheet: FormSheet, pairs: Pairs, top: float, style: FormStyle
) -> list[Written]:
    """Boxes to tick, each before its key; returns the keys."""
    keys = []
    columns = min(style.columns + 2, len(pairs))
    width = sheet.room / columns
    side = style.key_font.line - 4
    for start in range(0, len(pairs), columns):
        bottom = top + style.key_font.line
        for column, (key, mark) in enumerate(pairs[start : start + columns]):
            left = sheet.margin + column * width + PADDING
            if style.has_frames:
                sheet.frame(left, top + 2, left + side, top + 2 + side)
            else:
                low = top + style.key_font.line
                sheet.rule(left, low, left + 1.5 * side, low)
            at = left + 2 * side
            room = width - 2 * side - 2 * PADDING
            answer = sheet.write(
                str(mark), VALUE, left + 3, top, side, style.value_font
            )
            written = sheet.write(key, KEY, at, top, room, style.key_font)
            sheet.link(written, answer)
            keys.append(written)
            bottom = max(bottom, written.bottom)
        top = bottom + style.gap
    return keys


def laid_out(
    sheet: FormSheet,
    pairs: Pairs,
    top: float,
    style: FormStyle,
    random: np.random.Generator,
) -> list[Written]:
    """Writes pairs as what they are asks for; the rest is drawn by lot.

    Args:
        sheet: `FormSheet`.
        pairs: (key, value) or (key, list of values), at least one. Where there is a
            list, all are columns; where all values are among `MARKS`, boxes to tick.
        top: float, in pixels.
        style: `FormStyle`.
        random: NumPy generator.

    Returns:
        The keys.
    """
    if any(not isinstance(value, str) for _, value in pairs):
        columns = [(k, [v] if isinstance(v, str) else v) for k, v in pairs]
        return values_in_columns(sheet, columns, top, style)
    if all(value in MARKS for _, value in pairs) and any(v for _, v in pairs):
        return marks_beside_keys(sheet, pairs, top, style)
    layout = value_beside_key if random.random() < 0.7 else value_below_key
    return layout(sheet, pairs, top, style)
