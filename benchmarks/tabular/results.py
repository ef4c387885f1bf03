"""Result lines on disk, the score, and Markdown tables made from the lines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score, root_mean_squared_error

FOLDER = Path(__file__).parent / "results"


def read(path: Path) -> list[dict]:
    """Return the result lines, without the half-written last line of a killed run."""
    if not path.is_file():
        return []
    lines = []
    for text in path.read_text().splitlines():
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            continue
    return lines


def append(path: Path, *lines: dict) -> None:
    """Add result lines; they are on disk before the next run starts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, 2)
            if file.read(1) != b"\n":
                text = "\n" + text
        file.write(text.encode())


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


def markdown(header: list[str], rows: Iterable[list]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in lines)
