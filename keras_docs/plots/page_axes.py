"""Axes with a page's image below, to draw boxes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras_docs.documents.page_boxes import GRID
from keras_docs.plots.new_figure import GREY, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Of a page whose proportions are not known: A4's.
A4 = 297 / 210


def page_axes(
    image: Any, size: tuple[float, float] | None, width: float
) -> tuple[Figure, Any]:
    """A figure with the proportions of a page.

    Args:
        image: a Pillow image, or `None`.
        size: (width, height) of the page, or `None` for A4's proportions.
        width: float, inches.

    Returns:
        The figure and its axes, from 0 to 1000 both ways with the origin at the top
        left.

    Raises:
        ImportError: matplotlib is missing.
    """
    ratio = A4 if size is None else size[1] / size[0]
    # Receipts are long: no higher than a screen, and then narrower.
    height = min(width * ratio, 2 * width)
    figure, (axes,) = new_figure(height / ratio, height)
    axes.set_xlim(0, GRID)
    axes.set_ylim(GRID, 0)
    axes.set_aspect(ratio)
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set(visible=True, color=GREY, lw=0.8)
    if image is not None:
        # Lighter, so that boxes are seen on it.
        axes.imshow(
            image, extent=(0, GRID, GRID, 0), aspect=ratio, cmap="gray",
            vmin=0, vmax=255, alpha=0.75,
        )  # fmt: skip
    return figure, axes
