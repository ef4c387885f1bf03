"""Where the lines of a receipt are on its page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from receipt_contents import Receipt
from receipt_draws import Line, Part

# Letters of a line; pixels of the page's width; height of a line by a letter's width.
COLUMNS, WIDTHS, PITCHES = (30, 52), (450, 1100), (1.6, 2.6)
# The height of letters by that of lines.
LETTERS = 0.85
# Lines whose left parts are read before their right ones.
LONGEST_BAND = 6


def receipt_record(
    receipt: Receipt, name: str, random: np.random.Generator
) -> dict[str, Any]:
    """A receipt as `keras_docs.datasets.read_sroie` takes it.

    Args:
        receipt: a `Receipt`.
        name: string, its id.
        random: what draws the layout.

    Returns:
        Dict of `id`, `size` (width and height in pixels), `lines` (dicts of `text` and
        `box`, in pixels) and `fields`.
    """
    width = int(random.integers(*WIDTHS))
    left = float(random.uniform(0.02, 0.2)) * width
    paper = width - left - float(random.uniform(0.02, 0.2)) * width
    letter = paper / int(random.integers(*COLUMNS))
    pitch = letter * float(random.uniform(*PITCHES))
    slope = float(random.normal(0, 0.004))
    looseness = float(random.uniform(0, 0.3))
    y = float(random.uniform(0.5, 8)) * pitch
    rows: list[list[dict[str, Any]]] = []
    for line in receipt.lines:
        height = pitch * max(part.size for part in line)
        rows.append([])
        for part, start, length in _placed(line, paper, letter):
            top = y + slope * start + float(random.normal(0, 0.03)) * pitch
            box = (left + start, top, left + start + length, top + height * LETTERS)
            rows[-1].append({"text": part.text, "box": box})
        is_loose = random.random() < looseness
        y += height * (1 + (float(random.uniform(0.3, 2)) if is_loose else 0))
    height = round(y + float(random.uniform(0.5, 6)) * pitch)
    lines = [
        {"text": line["text"], "box": _inside(line["box"], width, height)}
        for line in _in_order(rows, random)
    ]
    return {
        "id": name,
        "size": [width, height],
        "lines": lines,
        "fields": receipt.fields,
    }


def _inside(box: Sequence[float], width: int, height: int) -> list[int]:
    """In whole pixels of the page."""
    x0, y0, x1, y1 = (max(round(x), 0) for x in box)
    return [min(x0, width - 2), y0, min(max(x1, x0 + 1), width), min(y1, height)]


def _placed(line: Line, paper: float, letter: float) -> list[tuple[Part, float, float]]:
    """Parts with where they begin and how long they are, in pixels."""
    placed: list[tuple[Part, float, float]] = []
    end = 0.0
    letter *= min(1.0, paper / _length(line, letter))
    for number, part in enumerate(line):
        length = len(part.text) * part.size * letter
        # What comes after it on the line has to have room, too.
        room = _length(line[number + 1 :], letter)
        start = max(min(_start(part, length, paper), paper - length - room), end)
        placed.append((part, start, length))
        end = start + length + letter
    return placed


def _length(parts: Sequence[Part], letter: float) -> float:
    return sum(len(part.text) * part.size + 1 for part in parts) * letter


def _start(part: Part, length: float, paper: float) -> float:
    if isinstance(part.place, float):
        return part.place * paper
    return {"left": 0, "centre": (paper - length) / 2, "right": paper - length}[
        part.place
    ]


def _in_order(
    rows: Sequence[list[dict[str, Any]]], random: np.random.Generator
) -> list[dict[str, Any]]:
    """From above and left, as annotators and OCR mostly but not always read."""
    lines: list[dict[str, Any]] = []
    band_share = float(random.choice([0.0, 0.0, 0.15]))
    place = 0
    while place < len(rows):
        count = 1
        if random.random() < band_share:
            count = int(random.integers(2, LONGEST_BAND + 1))
        band = rows[place : place + count]
        for column in range(max(map(len, band))):
            lines += [row[column] for row in band if column < len(row)]
        place += count
    if random.random() < 0.15:
        # What was overlooked comes at the end.
        late = random.random(len(lines)) < 0.06
        order = np.argsort(late, kind="stable")
        lines = [lines[i] for i in order]
    return lines
