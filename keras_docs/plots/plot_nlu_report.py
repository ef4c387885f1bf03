"""Intent accuracy, slot F1 and exact match of every locale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from keras_docs.plots.new_figure import COLORS, GREY, add_titles, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCORES = {
    "intent_accuracy": ("intent accuracy", "o"),
    "slot_f1": ("slot F1", "D"),
    "exact_match": ("exact match", "s"),
}
SORTED_BY, MEAN = "exact_match", "mean"
# Of a normal distribution: 95 % are within so many standard errors.
WIDTH = 1.96


def plot_nlu_report(report: Any) -> Figure:
    """Draws what `nlu_report` returned, the best locale on top.

    A row is a locale, with a marker for each score and its 95 % confidence interval.
    Dashed lines are the means over locales.

    Args:
        report: DataFrame of `nlu_report`, or some of its rows.

    Returns:
        A matplotlib `Figure`: save it by `figure.savefig("report.png")`, or leave it as
        the last value of a notebook's cell.

    Raises:
        ImportError: matplotlib is missing.
        ValueError: `report` is not what `nlu_report` returns, or has no locale.

    Example:
    ```python
    figure = keras_docs.plot_nlu_report(keras_docs.nlu_report(test, predicted))
    ```
    """
    wanted = {name for score in SCORES for name in (score, f"{score}_se")}
    absent = wanted - set(getattr(report, "columns", ()))
    if absent or not len(report.drop(index=MEAN, errors="ignore")):
        raise ValueError(
            "`report` must be the DataFrame that `nlu_report` returns. Received a "
            f"{type(report).__name__} without {sorted(absent) or 'locales'}."
        )
    locales = report.drop(index=MEAN, errors="ignore")
    # Drawn upwards.
    locales = locales.sort_values(SORTED_BY, kind="stable")
    figure, (axes,) = new_figure(8.5, 1.9 + 0.21 * len(locales))
    rows = np.arange(len(locales))
    values = 100 * locales[list(SCORES)].to_numpy(dtype=float)
    spread = values.min(axis=1), values.max(axis=1)
    axes.hlines(rows, *spread, color="#E6E6E6", lw=1.5, zorder=0)
    for color, (score, (name, marker)) in zip(COLORS, SCORES.items(), strict=False):
        if MEAN in report.index:
            mean = 100 * report.loc[MEAN, score]
            name = f"{name}, mean {mean:.1f}"
            axes.axvline(mean, color=color, lw=1, ls=(0, (4, 3)), zorder=1)
        axes.errorbar(
            100 * locales[score],
            rows,
            xerr=100 * WIDTH * locales[f"{score}_se"],
            color=color,
            fmt=marker,
            ms=5 if marker == "o" else 4.3,
            elinewidth=1.1,
            label=name,
            zorder=3,
        )
    _set_axes(axes, locales.index, values)
    figure.legend(
        loc="outside lower center", ncols=len(SCORES), handletextpad=0.3, frameon=False
    )
    add_titles(
        figure,
        axes,
        "Intents and slots by locale",
        f"{_amount(len(locales))}; whiskers: 95 % confidence intervals",
    )
    return figure


def _set_axes(axes: Any, names: Any, values: np.ndarray) -> None:
    low = max(10 * np.floor(values.min() / 10 - 0.3), 0)
    axes.set_xlim(low, min(10 * np.ceil(values.max() / 10 + 0.3), 101))
    axes.set_ylim(-0.7, len(names) - 0.3)
    axes.set_yticks(range(len(names)), names, fontsize=9)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", color=GREY)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("%")


def _amount(count: int) -> str:
    return "1 locale" if count == 1 else f"{count} locales, sorted by exact match"
