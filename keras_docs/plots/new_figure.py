"""An empty figure in the zoo's style."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's palette without its yellow (too light on white), and dark tones after
# Paul Tol: colour-blind readers tell neighbours in this order apart.
COLORS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9",
    "#E69F00", "#5D3A9B", "#882255", "#999933", "#4D4D4D",
)  # fmt: skip
INK, GREY = "#222222", "#8A8A8A"
STYLE = {
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E6E6E6",
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "figure.dpi": 120,
}


def new_figure(
    width: float, height: float, panels: int = 1
) -> tuple[Figure, list[Any]]:
    """A figure with panels side by side, not held open by pyplot.

    Args:
        width: float, inches.
        height: float, inches.
        panels: int.

    Returns:
        The figure, which a notebook shows once when it is a cell's last value, and
        its list of axes.

    Raises:
        ImportError: matplotlib is missing.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise ImportError(
            'Plots need matplotlib. Install it with `pip install "keras-docs[plots]"`.'
        ) from None
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            1, panels, figsize=(width, height), squeeze=False, layout="constrained"
        )
    plt.close(figure)
    return figure, list(axes[0])


def add_titles(figure: Figure, axes: Any, title: str, subtitle: str) -> None:
    """Says what is seen: a bold line, and a grey one below it.

    Args:
        figure: the figure.
        axes: the axes above whose left edge the lines start.
        title: string.
        subtitle: string.
    """
    lines = subtitle.count("\n") + 1
    axes.annotate(
        title,
        (0, 1),
        (0, 10 + 14 * lines),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=14,
        fontweight="bold",
        va="bottom",
        color=INK,
    )
    axes.annotate(
        subtitle,
        (0, 1),
        (0, 8),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=10.5,
        va="bottom",
        color="#555555",
    )
