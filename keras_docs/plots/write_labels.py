"""Labels beside points, without overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Where a label may go, as (horizontal, vertical) steps from its point.
DIRECTIONS = (
    (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1),
)  # fmt: skip
GAPS = (3, 10, 19)
MAX_LETTERS = 26


def write_labels(
    figure: Figure,
    axes: Any,
    labels: Sequence[str],
    points: Sequence[Sequence[float]],
    colors: Sequence[str],
    areas: Sequence[float],
) -> None:
    """Writes each label at the first free place near its point, largest first.

    A label that finds no free place is left out.

    Args:
        figure: the figure, complete but for the labels.
        axes: the axes to write in.
        labels: strings.
        points: pairs of floats, in the units of the axes.
        colors: a colour per label.
        areas: the markers' areas in square points; larger ones choose first.
    """
    if not labels:
        return
    figure.draw_without_rendering()
    frame = axes.get_window_extent()
    at = axes.transData.transform(np.asarray(points))
    pixel = figure.dpi / 72
    sides = np.sqrt(np.asarray(areas))
    taken = [
        _box(x, y, 0, 0, side * pixel, side * pixel)
        for (x, y), side in zip(at, sides, strict=True)
    ]
    for i in np.argsort(-sides, kind="stable"):
        text = axes.annotate(
            _shorten(labels[i]),
            points[i],
            (0, 0),
            textcoords="offset points",
            fontsize=8.5,
            color=_darken(colors[i]),
            zorder=4,
        )
        extent = text.get_window_extent()
        place = _free_place(
            at[i], sides[i] / 2, extent.width, extent.height, taken, frame, pixel
        )
        if place is None:
            text.remove()
            continue
        box, (right, up), radius = place
        taken.append(box)
        text.set_position((right * radius, up * radius))
        text.set_ha({1: "left", 0: "center", -1: "right"}[right])
        text.set_va({1: "bottom", 0: "center", -1: "top"}[up])
        if radius > sides[i] / 2 + GAPS[0]:
            _lead(axes, points[i], (right * radius, up * radius), colors[i])


def _free_place(
    at: np.ndarray,
    edge: float,
    width: float,
    height: float,
    taken: list,
    frame: Any,
    pixel: float,
) -> tuple | None:
    for gap in GAPS:
        radius = edge + gap
        for right, up in DIRECTIONS:
            x, y = at + np.array([right, up]) * radius * pixel
            box = _box(x, y, right, up, width, height)
            inside = (
                box[0] >= frame.x0
                and box[1] >= frame.y0
                and box[2] <= frame.x1
                and box[3] <= frame.y1
            )
            if inside and not any(_overlap(box, other) for other in taken):
                return box, (right, up), radius
    return None


def _lead(axes: Any, point: Sequence[float], offset: tuple, color: str) -> None:
    """A thin line from a point to its label."""
    axes.annotate(
        "",
        point,
        offset,
        textcoords="offset points",
        arrowprops={"arrowstyle": "-", "color": color, "lw": 0.6, "alpha": 0.6},
        zorder=2,
    )


def _box(
    x: float, y: float, right: int, up: int, width: float, height: float
) -> tuple[float, float, float, float]:
    """The rectangle of a label whose side or middle is at (x, y)."""
    left = x - width * (1 - right) / 2
    low = y - height * (1 - up) / 2
    return left, low, left + width, low + height


def _overlap(a: tuple, b: tuple) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _darken(color: str) -> tuple[float, float, float]:
    """Text needs more contrast than a marker."""
    from matplotlib.colors import to_rgb

    return tuple(0.7 * part for part in to_rgb(color))


def _shorten(label: str) -> str:
    return label if len(label) <= MAX_LETTERS else label[: MAX_LETTERS - 1] + "…"
