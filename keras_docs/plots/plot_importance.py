"""Bars of the columns' importance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from keras_docs.plots.new_figure import COLORS, INK, add_titles, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_importance(explained: Any, max_columns: int = 20) -> Figure:
    """Draws what `model.explain(df)` returned, the most important column on top.

    Args:
        explained: DataFrame with the columns `column`, `importance` and `sd`.
        max_columns: int, how many of the most important columns are drawn.

    Returns:
        A matplotlib `Figure`: save it by `figure.savefig("importance.png")`, or leave
        it as the last value of a notebook's cell.

    Raises:
        ImportError: matplotlib is missing.
        ValueError: `explained` is not what `explain` returns.

    Example:
    ```python
    figure = keras_docs.plot_importance(model.explain(test_rows))
    ```
    """
    absent = {"column", "importance", "sd"} - set(getattr(explained, "columns", ()))
    if absent or not len(explained):
        raise ValueError(
            "`explained` must be the DataFrame that `model.explain(df)` returns. "
            f"Received a {type(explained).__name__} without {sorted(absent) or 'rows'}."
        )
    ranked = explained.sort_values("importance", ascending=False, kind="stable")
    drawn = ranked.head(max_columns)[::-1]
    names = [_shorten(str(name)) for name in drawn["column"]]
    values = drawn["importance"].to_numpy()
    spread = np.nan_to_num(drawn["sd"].to_numpy())
    figure, (axes,) = new_figure(8, 1.5 + 0.33 * len(drawn))
    axes.barh(names, values, height=0.68, color=COLORS[0], zorder=2)
    axes.errorbar(
        values, names, xerr=spread, fmt="none", ecolor=INK, capsize=3, zorder=3, lw=1.2
    )
    _write_values(axes, values, spread)
    axes.axvline(0, color=INK, lw=0.8)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, len(drawn) - 0.4)
    measure = getattr(explained, "attrs", {}).get("measure", "importance")
    axes.set_xlabel(measure)
    notes = []
    if len(drawn) < len(explained):
        notes.append(f"the {len(drawn)} strongest of {len(explained)} columns")
    if spread.any():
        notes.append("whiskers: ± 1 sd")
    add_titles(
        figure,
        axes,
        "What the model's answers depend on",
        "\n".join(
            filter(None, [f"when a column is shuffled: {measure}", "; ".join(notes)])
        ),
    )
    return figure


def _write_values(axes: Any, values: np.ndarray, spread: np.ndarray) -> None:
    """Numbers right of bar and whisker, with room for them."""
    ends = np.maximum(values + spread, 0)
    low, high = min(0.0, (values - spread).min()), max(ends.max(), 1e-12)
    margin = high - low
    axes.set_xlim(low - (0.03 * margin if low else 0), high + 0.14 * margin)
    digits = np.log10(max(np.abs(values).max(), 1e-12))
    decimals = int(np.clip(2 - np.floor(digits), 0, 6))
    for row, (value, end) in enumerate(zip(values, ends, strict=True)):
        axes.annotate(
            f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−"),
            (end, row),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=9.5,
        )


def _shorten(name: str) -> str:
    return name if len(name) <= 32 else name[:31] + "…"
