"""A heat map of what a model read on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_docs.documents.page_boxes import GRID, page_boxes
from keras_docs.documents.page_image import open_image
from keras_docs.plots.new_figure import GREY, add_titles
from keras_docs.plots.page_axes import page_axes
from keras_docs.plots.write_words import write_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# From what speaks against, through nothing, to what speaks for.
AGAINST, FOR = "#0072B2", "#D55E00"
OPACITY = 0.6
# The scale reaches so far at least, in nats: less is nothing.
LEAST_SCALE = 0.1


def plot_evidence(
    page: Mapping[str, Any],
    evidence: Mapping[str, Any],
    box_format: str = "xyxy",
    width: float = 7.0,
) -> Figure:
    """Draws which words, and which parts of the image, an output was read from.

    The method is occlusion: the colour of a word, or of a cell of the image, tells by
    how much the output's log-probability falls when it alone is hidden. Orange speaks
    for the output, blue against it, and what has no colour played no part. Words of
    which each is enough by itself get little colour, since the others stay.

    Args:
        page: dict of `words`, `boxes`, perhaps `image` and `size`.
        evidence: what `evidence` of a `DocFormerV2Seq2SeqLM` or of a
            `DocFormerV2TokenClassifier` returned for this page.
        box_format: string, as of `DocFormerV2Preprocessor`.
        width: float, inches.

    Returns:
        A matplotlib `Figure`.

    Raises:
        ImportError: matplotlib, or Pillow for an image, is missing.
        ValueError: the evidence is that of another page.

    Example:
    ```python
    found = model.evidence(page, "What is the total?")
    figure = keras_docs.plot_evidence(page, found)
    ```

    Reference:
    - [Zeiler and Fergus 2014](https://arxiv.org/abs/1311.2901), section 4.2
    """
    words = list(page["words"])
    of_words = np.asarray(evidence["words"], "float64")
    if of_words.shape != (len(words),):
        raise ValueError(
            f"`evidence` must be of this page, which has {len(words)} words. Received: "
            f"`words` of shape {of_words.shape}."
        )
    source = page.get("image", page.get("images"))
    image = None if source is None else open_image(source)
    size = page.get("size", page.get("sizes"))
    size = image.size if size is None and image is not None else size
    boxes = page_boxes(page["boxes"], words, box_format, size)
    cells = evidence.get("cells")
    scale = _scale(of_words, cells)
    figure, axes = page_axes(image, size, width)
    if cells is not None:
        _draw_cells(axes, np.asarray(cells, "float64"), scale)
    _draw_words(axes, boxes, of_words, scale)
    if image is None:
        write_words(axes, words, boxes, width)
    _mark_source(axes, boxes, evidence.get("word"))
    _add_scale(figure, axes, scale)
    add_titles(figure, axes, *_titles(evidence, words))
    return figure


def _scale(words: np.ndarray, cells: Any) -> float:
    known = [
        words[np.isfinite(words)],
        *([np.ravel(cells)] if cells is not None else ()),
    ]
    return max(LEAST_SCALE, *(float(np.abs(part).max(initial=0)) for part in known))


def _colors(values: np.ndarray, scale: float) -> np.ndarray:
    """Red, green, blue and opacity of each value; NaN has none."""
    from matplotlib.colors import to_rgb

    values = np.nan_to_num(values) / scale
    colors = np.where(values[:, None] < 0, to_rgb(AGAINST), to_rgb(FOR))
    # The root, since few words have most of it.
    opacity = OPACITY * np.sqrt(np.abs(values))
    return np.concatenate([colors, opacity[:, None]], axis=1)


def _draw_cells(axes: Any, cells: np.ndarray, scale: float) -> None:
    colors = _colors(cells.ravel(), scale)
    # Below the words, and fainter: a cell holds many.
    colors[:, 3] *= 0.5
    axes.imshow(
        colors.reshape(*cells.shape, 4),
        extent=(0, GRID, GRID, 0),
        aspect=axes.get_aspect(),
        interpolation="nearest",
        gid="cells",
    )


def _draw_words(axes: Any, boxes: np.ndarray, values: np.ndarray, scale: float) -> None:
    from matplotlib.collections import PolyCollection

    if not len(boxes):
        return
    x0, y0, x1, y1 = boxes.T
    corners = np.stack([x0, y0, x1, y0, x1, y1, x0, y1], axis=1).reshape(-1, 4, 2)
    axes.add_collection(
        PolyCollection(
            corners, facecolors=_colors(values, scale), edgecolors=GREY, linewidths=0.3
        )
    )


def _mark_source(axes: Any, boxes: np.ndarray, word: int | None) -> None:
    from matplotlib.patches import Rectangle

    if word is None:
        return
    x0, y0, x1, y1 = boxes[word]
    axes.add_patch(
        Rectangle((x0 - 3, y0 - 2), x1 - x0 + 6, y1 - y0 + 4, fill=False, lw=1.6)
    )


def _add_scale(figure: Figure, axes: Any, scale: float) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    colors = _colors(np.linspace(-scale, scale, 255), scale)
    # On white, as on paper.
    opaque = colors[:, :3] * colors[:, 3:] + 1 - colors[:, 3:]
    bar = figure.colorbar(
        ScalarMappable(Normalize(-scale, scale), ListedColormap(opaque)),
        ax=axes,
        location="bottom",
        shrink=0.6,
        aspect=40,
        pad=0.02,
    )
    bar.set_label("fall of the log-probability when hidden", fontsize=9)
    bar.ax.tick_params(labelsize=8)
    bar.outline.set_visible(False)


def _titles(evidence: Mapping[str, Any], words: list[str]) -> tuple[str, str]:
    sure = f"probability {np.exp(evidence['log_probability']):.2f}"
    if "question" in evidence:
        return f"{evidence['answer'] or '(nothing)'}", f"{evidence['question']}  {sure}"
    return f"{evidence['label']}", f"the word {words[evidence['word']]!r}  {sure}"
