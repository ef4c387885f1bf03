"""The score, and result lines and tables as all benchmarks have them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score, root_mean_squared_error

# The scripts run from their own folder; what all benchmarks share is above it.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from result_lines import append, markdown, read, write_tables  # noqa: E402

__all__ = [
    "append",
    "done",
    "markdown",
    "mean_sd",
    "read",
    "score",
    "write_tables",
]

FOLDER = Path(__file__).parent / "results"


def done(path: Path, *keys: str) -> set[tuple]:
    """Return the values of `keys` of each line on disk."""
    return {tuple(line.get(key) for key in keys) for line in read(path)}


def score(task: str, target: np.ndarray, prediction: np.ndarray) -> float:
    """Return AUC x100 (one class against the rest, macro mean) or the RMSE.

    Args:
        task: "binary", "multiclass" or "regression".
        target: integers 0..k-1 or numbers, shape (rows,).
        prediction: shape (rows,) for binary and regression, else (rows, k).
    """
    if task == "regression":
        return float(root_mean_squared_error(target, prediction))
    if task == "binary":
        return 100 * float(roc_auc_score(target, prediction))
    areas = [
        roc_auc_score(target == k, prediction[:, k]) for k in range(prediction.shape[1])
    ]
    return 100 * float(np.mean(areas))


def mean_sd(values: Iterable[float], digits: int = 1, splits: int = 5) -> str:
    """Write "mean ± sd", with the number of splits where it is not the full one."""
    values = list(values)
    if not values:
        return "-"
    text = f"{np.mean(values):.{digits}f}"
    if len(values) > 1:
        text += f" ± {np.std(values):.{digits}f}"
    return text if len(values) == splits else f"{text} (n{len(values)})"
