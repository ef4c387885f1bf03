"""A picture of a label tree: levels as rows, nodes as wide as they have labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from keras_docs.plots.new_figure import COLORS, GREY, INK, add_titles, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from keras_docs.models.xr.label_tree import LabelTree

# Levels of more nodes become one surface per colour: nobody could tell them apart.
MAX_DRAWN_NODES = 2000
# Shares of the width from which a node has a number, and a white edge.
WRITTEN_WIDTH, EDGED_WIDTH = 0.035, 0.004
# The level that decides on colours: the first with so many nodes.
MIN_COLORED_NODES = 3
SHOWN_LEAVES, SHOWN_LABELS, MAX_LETTERS = 6, 7, 23
LINE_HEIGHT = 0.27


def plot_label_tree(
    tree: LabelTree, label_names: Sequence[str] | None = None
) -> Figure:
    """Draws a label tree as an icicle: each level is a row, the root on top.

    A node is as wide as the share of labels below it and stands below its parent.
    Numbers in the nodes count the labels below; what is below one of the top nodes has
    its colour.

    Args:
        tree: a `LabelTree`.
        label_names: list of strings, one per label. With names, some leaves from left
            to right are opened to show labels that share them.

    Returns:
        A matplotlib `Figure`: save it by `figure.savefig("tree.png")`, or leave it as
        the last value of a notebook's cell.

    Raises:
        ImportError: matplotlib is missing.
        ValueError: there is not one name per label.

    Example:
    ```python
    figure = keras_docs.plot_label_tree(tree, label_names=ranker.labels)
    ```
    """
    if label_names is not None and len(label_names) != tree.num_labels:
        raise ValueError(
            f"`label_names` must have one name for each of the {tree.num_labels} "
            f"labels of the tree. Received: {len(label_names)}."
        )
    levels = _place(tree)
    columns = [] if label_names is None else _columns(tree, levels[-1], label_names)
    lines = max((len(column.lines) for column in columns), default=-2)
    height = len(levels) + LINE_HEIGHT * (lines + 2)
    figure, (axes,) = new_figure(11, 1.1 + 0.62 * height)
    for row, nodes in enumerate(levels):
        _draw_level(axes, row, nodes)
    for i, column in enumerate(columns):
        _draw_column(axes, len(levels) - 0.6, i, len(columns), column)
    axes.set_xlim(0, 1)
    axes.set_ylim(height - 0.4, -0.45)
    axes.set_yticks(range(len(levels)), _row_names(tree))
    axes.tick_params(length=0)
    axes.set_xticks([])
    axes.grid(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    add_titles(figure, axes, "Label tree", _summary(tree))
    return figure


class _Nodes(NamedTuple):
    """Where the nodes of a level stand, from 0 to 1, and their colours."""

    starts: np.ndarray
    widths: np.ndarray
    labels: np.ndarray
    colors: np.ndarray


class _Column(NamedTuple):
    """A leaf, where it stands, and lines to write below it."""

    left: float
    right: float
    color: int
    lines: list[str]


def _place(tree: LabelTree) -> list[_Nodes]:
    """The root, and the clusters of each level."""
    counts = [(tree.parents[-1] >= 0).astype("int64")]
    for t in range(tree.depth - 1, -1, -1):
        kept = tree.parents[t] >= 0
        size = (1, *tree.level_sizes)[t]
        counts.insert(0, np.bincount(tree.parents[t][kept], counts[0][kept], size))
    total = counts[0][0]
    starts, colors = [np.zeros(1)], [np.full(1, -1)]
    for t in range(tree.depth - 1):
        first, ids = tree.child_lists(t - 1)
        ends = np.cumsum(counts[t + 1][ids])
        owners = np.repeat(np.arange(len(first) - 1), np.diff(first))
        at_owner = (ends - counts[t + 1][ids])[first[:-1]]
        place = np.zeros(tree.level_sizes[t])
        place[ids] = starts[t][owners] + ends - counts[t + 1][ids] - at_owner[owners]
        starts.append(place)
        colors.append(_colors(tree, t, ids, owners, colors[t]))
    return [
        _Nodes(start / total, count / total, count, color)
        for start, count, color in zip(starts, counts, colors, strict=False)
    ]


def _colors(
    tree: LabelTree, t: int, ids: np.ndarray, owners: np.ndarray, above: np.ndarray
) -> np.ndarray:
    """Numbers of colours; -1 above the level that decides."""
    colors = np.full(tree.level_sizes[t], -1)
    if above[0] >= 0:
        colors[ids] = above[owners]
    elif tree.level_sizes[t] >= MIN_COLORED_NODES or t == tree.depth - 2:
        colors[ids] = np.arange(len(ids)) % len(COLORS)
    return colors


def _draw_level(axes: Any, row: int, nodes: _Nodes) -> None:
    order = np.argsort(nodes.starts, kind="stable")
    order = order[nodes.widths[order] > 0]
    starts, widths = nodes.starts[order], nodes.widths[order]
    labels, colors = nodes.labels[order], nodes.colors[order]
    if len(order) > MAX_DRAWN_NODES:
        first = np.flatnonzero(np.r_[True, np.diff(colors) != 0])
        starts, colors = starts[first], colors[first]
        widths, labels = np.diff(np.r_[starts, 1.0]), None
    edged = widths.min() > EDGED_WIDTH
    axes.broken_barh(
        np.stack([starts, widths], axis=1),
        (row - 0.4, 0.8),
        facecolors=[_fill(color, i, edged) for i, color in enumerate(colors)],
        edgecolors="white" if edged else "none",
        linewidth=1.2 if edged else 0,
    )
    if labels is None:
        return
    for start, width, count in zip(starts, widths, labels, strict=True):
        if width >= WRITTEN_WIDTH:
            axes.text(
                start + width / 2, row, f"{count:,.0f}", ha="center", va="center",
                fontsize=9, color="white",
            )  # fmt: skip


def _fill(color: int, position: int, edged: bool) -> tuple:
    """Every other node is paler where edges would hide them all."""
    from matplotlib.colors import to_rgb

    rgb = np.array(to_rgb(GREY if color < 0 else COLORS[color]))
    return tuple(rgb if edged or position % 2 else 1 - 0.72 * (1 - rgb))


def _columns(
    tree: LabelTree, leaves: _Nodes, label_names: Sequence[str]
) -> list[_Column]:
    """Some leaves from left to right, and the names of labels that share them."""
    order = np.argsort(leaves.starts, kind="stable")
    count = min(SHOWN_LEAVES, len(order))
    centers = (np.arange(count) + 0.5) / count
    places = np.searchsorted(leaves.starts[order], centers, side="right") - 1
    columns = []
    for leaf in order[places]:
        labels = tree.children(tree.depth - 2, leaf)
        lines = [_shorten(str(label_names[i])) for i in labels[:SHOWN_LABELS]]
        if len(labels) > SHOWN_LABELS:
            lines.append(f"+ {len(labels) - SHOWN_LABELS:,} more")
        start, width = leaves.starts[leaf], leaves.widths[leaf]
        columns.append(_Column(start, start + width, leaves.colors[leaf], lines))
    return columns


def _draw_column(
    axes: Any, top: float, position: int, count: int, column: _Column
) -> None:
    """A wedge from the leaf down to its labels."""
    left, right = (position + 0.04) / count, (position + 0.96) / count
    bottom = top + 2 * LINE_HEIGHT
    corners = [column.left, column.right, right, left]
    color = _fill(column.color, 1, True)
    axes.fill(corners, [top, top, bottom, bottom], color=color, alpha=0.18, lw=0)
    for i, line in enumerate(column.lines):
        axes.text(
            left, bottom + LINE_HEIGHT * (i + 0.8), line, fontsize=8.5, va="center",
            color=GREY if i == SHOWN_LABELS else INK,
        )  # fmt: skip


def _row_names(tree: LabelTree) -> list[str]:
    names = ["root"]
    for level, size in enumerate(tree.level_sizes[:-1]):
        what = "leaves" if level == tree.depth - 2 else "nodes"
        names.append(f"level {level}\n{size:,} {what}")
    return names


def _summary(tree: LabelTree) -> str:
    sizes = np.diff(tree.child_lists(tree.depth - 2)[0])
    low, high = sizes.min(), sizes.max()
    inside = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    pruned = tree.num_labels - sizes.sum()
    return (
        f"{sizes.sum():,} labels, {inside} in a leaf; widths are shares of labels"
        f"{f'; pruned and not drawn: {pruned:,}' if pruned else ''}"
    )


def _shorten(name: str) -> str:
    return name if len(name) <= MAX_LETTERS else name[: MAX_LETTERS - 1] + "…"
