"""Curves of loss and metrics over the epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_docs.plots.new_figure import COLORS, GREY, INK, add_titles, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_PANELS = 4


def plot_training(history: Any) -> Figure:
    """Draws the loss and up to three metrics of a training, the best epoch marked.

    The best epoch is the one with the smallest validation loss (without validation,
    the smallest training loss), as `fit` without `epochs` chooses it.

    Args:
        history: the `keras.callbacks.History` that `fit` returned, or its `history`
            dict.

    Returns:
        A matplotlib `Figure`: save it by `figure.savefig("training.png")`, or leave it
        as the last value of a notebook's cell.

    Raises:
        ImportError: matplotlib is missing.
        ValueError: `history` holds no epoch.

    Example:
    ```python
    figure = keras_docs.plot_training(model.fit(df))
    ```
    """
    curves = getattr(history, "history", history)
    if not isinstance(curves, Mapping) or not curves.get("loss"):
        raise ValueError(
            "`history` must be what `fit` returned, after at least one epoch. "
            f"Received: {history!r}."
        )
    names = [
        name
        for name in curves
        if not name.startswith("val_") and name not in ("loss", "learning_rate")
    ]
    names = ["loss", *names][:MAX_PANELS]
    judge = "val_loss" if "val_loss" in curves else "loss"
    # An epoch that gave NaN is not the best one.
    judged = np.nan_to_num(np.asarray(curves[judge], "float64"), nan=np.inf)
    best = int(np.argmin(judged))
    figure, panels = new_figure(1.2 + 4.6 * len(names), 4.2, len(names))
    for axes, name in zip(panels, names, strict=True):
        _draw(axes, curves, name, best)
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=3,
        frameon=False,
    )
    epochs = len(curves["loss"])
    add_titles(
        figure,
        panels[0],
        "Training",
        f"{epochs} epoch{'s' * (epochs > 1)}; dashed: epoch {best + 1}, the smallest "
        f"{'validation' if judge == 'val_loss' else 'training'} loss",
    )
    return figure


def _draw(axes: Any, curves: Mapping[str, Sequence], name: str, best: int) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.axvline(best + 1, color=GREY, lw=1.2, ls=(0, (4, 3)), zorder=1)
    marked = name
    for key, label, color, style in (
        (name, "training", COLORS[0], "-"),
        (f"val_{name}", "validation", COLORS[1], "-"),
    ):
        if key not in curves:
            continue
        values = np.asarray(curves[key], "float64")
        epochs = np.arange(1, len(values) + 1)
        dots = "o" if len(values) == 1 else None
        axes.plot(epochs, values, style, marker=dots, color=color, lw=2, label=label)
        marked = key
    value = curves[marked][best]
    # Beside the curve: below its valleys, above its hills.
    is_valley = value <= np.mean(curves[marked][max(best - 1, 0) : best + 2])
    axes.plot(
        best + 1, value, "o", ms=8, mfc="white", mec=INK, mew=1.8, zorder=4,
        label="best epoch",
    )  # fmt: skip
    _write_value(axes, best, value, len(curves["loss"]), is_valley)
    axes.margins(y=0.14)
    axes.set_xlabel("epoch")
    axes.set_ylabel(name.replace("_", " "))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))


def _write_value(axes: Any, best: int, value: float, epochs: int, below: bool) -> None:
    right = best + 1 > 0.7 * epochs
    axes.annotate(
        f"{value:.4g}",
        (best + 1, value),
        (-9 if right else 9, -9 if below else 9),
        textcoords="offset points",
        ha="right" if right else "left",
        va="top" if below else "bottom",
        fontweight="bold",
        bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.8},
        zorder=5,
    )
