"""Statements about tables: entailed or refuted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_docs.metrics.precision_recall_f1 import check_pairs

_MEANINGS = {
    **dict.fromkeys(("1", "yes", "true", "entailed"), 1),
    **dict.fromkeys(("0", "no", "false", "refuted"), 0),
}
WRONG = -1


def tabfact_accuracy(
    gold: Sequence[Any],
    predicted: Sequence[Any],
    simple: Sequence[bool] | None = None,
) -> dict[str, float]:
    """The share of statements that are judged rightly.

    Args:
        gold: list of 1 or 0, of bools, or of strings as below.
        predicted: list as long; of strings, `"1"`, `"yes"`, `"true"` or `"entailed"`
            means 1, `"0"`, `"no"`, `"false"` or `"refuted"` means 0, and any other
            answer is wrong.
        simple: list of bools, or `None`: which statements are in TabFact's simple set.

    Returns:
        Dict of `accuracy`, from 0 to 1; with `simple` also the accuracies `simple` and
        `complex`, NaN where there are no such statements.

    Raises:
        ValueError: the lists are empty or differ in length, or an element of `gold` is
            none of those described.

    Example:
    ```python
    tabfact_accuracy([1, 0], ["yes", "yes"])  # {"accuracy": 0.5}
    ```

    Reference: Chen et al., "TabFact", ICLR 2020, https://arxiv.org/abs/1909.02164.
    """
    check_pairs(gold, predicted, "statement")
    wanted = np.array([_meaning(label) for label in gold])
    if (wanted == WRONG).any():
        i = int(np.argmax(wanted == WRONG))
        raise ValueError(
            f"`gold` must be of 1 or 0, or yes or no. Received at {i}: {gold[i]!r:.60}."
        )
    right = wanted == np.array([_meaning(label) for label in predicted])
    scores = {"accuracy": float(right.mean())}
    if simple is not None:
        check_pairs(gold, simple, "statement")
        is_simple = np.asarray(simple, bool)
        for name, part in (("simple", is_simple), ("complex", ~is_simple)):
            scores[name] = float(right[part].mean()) if part.any() else float("nan")
    return scores


def _meaning(label: Any) -> int:
    if isinstance(label, str):
        return _MEANINGS.get(label.strip().lower().rstrip("."), WRONG)
    is_known = isinstance(label, bool | int | np.bool_ | np.integer) and label in (0, 1)
    return int(label) if is_known else WRONG
