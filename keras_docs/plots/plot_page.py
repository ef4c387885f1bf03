"""A page with what was read on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_docs.documents.page_boxes import page_boxes
from keras_docs.documents.page_image import open_image
from keras_docs.documents.words_of_text import words_of_text
from keras_docs.plots.new_figure import COLORS, GREY, INK
from keras_docs.plots.page_axes import page_axes
from keras_docs.plots.write_words import write_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OUTSIDE = "O"
ANSWER_COLOR = "#E69F00"


def plot_page(
    page: Mapping[str, Any],
    labels: Sequence[str | None] | None = None,
    links: Sequence[tuple[int, int]] | None = None,
    answer: str | Sequence[int] | None = None,
    box_format: str = "xyxy",
    show_words: bool | None = None,
    width: float = 7.0,
) -> Figure:
    """Draws a page, the boxes of its words, their labels, links, and an answer.

    Args:
        page: dict of `words`, `boxes`, perhaps `image` and `size`, and for links
            `entities`, as the readers and `read_pages` return it.
        labels: list of a label for each word: its colour. BIO prefixes don't count, `O`
            and `None` are grey. `None`: the page's `word_labels`, if it has any.
        links: list of pairs (from, to) of indices of `entities`: arrows. `None`: the
            page's.
        answer: words to highlight, as their indices, or a text, which is marked
            wherever it is written.
        box_format: string, as of `DocFormerV2Preprocessor`.
        show_words: bool, whether to write the words. `None`: if there is no image.
        width: float, inches.

    Returns:
        A matplotlib `Figure`: save it by `figure.savefig("page.png")`, or leave it as
        the last value of a notebook's cell.

    Raises:
        ImportError: matplotlib, or Pillow for an image, is missing.
        ValueError: labels, links or answer don't fit the page.

    Example:
    ```python
    (page,) = keras_docs.read_pages("form.png", ocr=keras_docs.RapidOCR())
    figure = keras_docs.plot_page(page, answer="12.50")
    ```
    """
    words = list(page["words"])
    source = page.get("image", page.get("images"))
    image = None if source is None else open_image(source)
    size = page.get("size", page.get("sizes"))
    size = image.size if size is None and image is not None else size
    boxes = page_boxes(page["boxes"], words, box_format, size)
    labels = page.get("word_labels") if labels is None else labels
    if labels is not None and len(labels) != len(words):
        raise ValueError(
            f"`labels` must have one for each of the {len(words)} words. Received: "
            f"{len(labels)}."
        )
    figure, axes = page_axes(image, size, width)
    kinds = _kinds(labels, len(words))
    _draw_boxes(axes, boxes, kinds)
    if show_words or (show_words is None and image is None):
        write_words(axes, words, boxes, width)
    if answer is not None:
        _highlight(axes, boxes[_answer_words(answer, words)])
    links = page.get("links") if links is None else links
    if links:
        _draw_links(axes, boxes, page.get("entities"), links)
    return figure


def _kinds(labels: Sequence[str | None] | None, count: int) -> list[str | None]:
    """Labels without prefix; `None` for what is outside."""
    if labels is None:
        return [None] * count
    return [
        None
        if label is None or label == OUTSIDE
        else str(label).removeprefix("B-").removeprefix("I-")
        for label in labels
    ]


def _draw_boxes(axes: Any, boxes: np.ndarray, kinds: list[str | None]) -> None:
    from matplotlib.collections import PolyCollection

    names = sorted({kind for kind in kinds if kind is not None})
    for i, name in enumerate([None, *names]):
        places = [place for place, kind in enumerate(kinds) if kind == name]
        if not places:
            continue
        color = GREY if name is None else COLORS[(i - 1) % len(COLORS)]
        x0, y0, x1, y1 = boxes[places].T
        corners = np.stack([x0, y0, x1, y0, x1, y1, x0, y1], axis=1)
        axes.add_collection(
            PolyCollection(
                corners.reshape(-1, 4, 2),
                facecolors="none" if name is None else [(*_rgb(color), 0.22)],
                edgecolors=[(*_rgb(color), 0.9)],
                linewidths=0.5 if name is None else 0.9,
                label=None if name is None else name,
            )
        )
    if names:
        axes.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, -0.01),
            ncols=min(len(names), 4),
            frameon=False,
            fontsize=9,
        )


def _highlight(axes: Any, boxes: np.ndarray) -> None:
    from matplotlib.patches import Rectangle

    for x0, y0, x1, y1 in boxes:
        axes.add_patch(
            Rectangle(
                (x0 - 3, y0 - 2),
                x1 - x0 + 6,
                y1 - y0 + 4,
                facecolor=(*_rgb(ANSWER_COLOR), 0.4),
                edgecolor=ANSWER_COLOR,
                lw=1.6,
                gid="answer",
            )
        )


def _answer_words(answer: str | Sequence[int], words: list[str]) -> list[int]:
    if not isinstance(answer, str):
        places = [int(i) for i in answer]
        if not all(0 <= i < len(words) for i in places):
            raise ValueError(
                f"`answer` must be indices of words from 0 to {len(words) - 1}, or a "
                f"text. Received: {answer!r:.80}."
            )
        return places
    return words_of_text(answer, words)


def _draw_links(
    axes: Any, boxes: np.ndarray, entities: Any, links: Sequence[tuple[int, int]]
) -> None:
    count = len(entities or ())
    for head, tail in links:
        if not (0 <= head < count and 0 <= tail < count):
            raise ValueError(
                f"`links` must be pairs of indices of the page's {count} `entities`. "
                f"Received: {(head, tail)}."
            )
        ends = [boxes[list(entities[i]["words"])] for i in (head, tail)]
        if not all(len(part) for part in ends):
            continue
        start, end = (
            (np.concatenate([part[:, :2].min(0), part[:, 2:].max(0)])) for part in ends
        )
        axes.annotate(
            "",
            _nearest(end, start),
            _nearest(start, end),
            arrowprops={
                "arrowstyle": "-|>",
                "color": INK,
                "lw": 1.0,
                "shrinkA": 0,
                "shrinkB": 0,
                "mutation_scale": 8,
            },
        )


def _nearest(box: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """The point of a box that is nearest to the middle of the other."""
    x, y = (other[:2] + other[2:]) / 2
    return float(np.clip(x, box[0], box[2])), float(np.clip(y, box[1], box[3]))


def _rgb(color: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    return to_rgb(color)
