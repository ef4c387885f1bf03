"""What a new model gains and loses against an old one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.metrics.nlu_outcomes import nlu_outcomes


def compare_nlu(
    old: Any, new: Any, gold: Sequence[LabelledUtterance], official: bool = True
) -> pd.DataFrame:
    """Counts utterances that a new model gets right or wrong other than an old one.

    An average gain can hide a loss in one locale or intent. A win is an utterance that
    is an exact match now and was not before; a negative flip was one and is not now.

    Args:
        old: a model with `parse(texts)`, or its predictions: list of dicts with
            `intent` and `slots`, or of `LabelledUtterance`.
        new: the same.
        gold: list of `LabelledUtterance`.
        official: bool, see `massive_labels`.

    Returns:
        DataFrame with the index (`by`, `name`): a row `("all", "all")`, one
        `("locale", ...)` for each locale and one `("intent", ...)` for each intent of
        `gold`. Columns: `utterances`, `wins`, `negative_flips`, `net` (int; wins
        without negative flips) and `p_value`: how often the net would be as far from 0
        if each change were a win or a flip by chance (two-sided sign test).

    Raises:
        ValueError: the lists are empty or differ in length, or an element is malformed.

    Example:
    ```python
    changes = compare_nlu(old_model, new_model, test)
    changes.loc["intent"].sort_values("net").head()  # where the new model loses most
    ```

    Reference: negative flips after Yan et al., "Positive-Congruent Training: Towards
    Regression-Free Model Updates", CVPR 2021, https://arxiv.org/abs/2011.09161.
    """
    before, after = (
        _right(_predictions(model, gold), gold, official) for model in (old, new)
    )
    groups = {
        "all": np.full(len(gold), "all"),
        "locale": np.array([row.locale for row in gold]),
        "intent": np.array([row.intent for row in gold]),
    }
    tables = {
        by: _count(names, after & ~before, before & ~after)
        for by, names in groups.items()
    }
    return pd.concat(tables, names=["by", "name"])


def _predictions(model: Any, gold: Sequence[LabelledUtterance]) -> Any:
    if hasattr(model, "parse"):
        return model.parse([row.text for row in gold])
    return model


def _right(predicted: Any, gold: Sequence, official: bool) -> np.ndarray:
    outcomes = nlu_outcomes(gold, predicted, official)
    return outcomes.intent_right & outcomes.slots_right


def _count(names: np.ndarray, win: np.ndarray, flip: np.ndarray) -> pd.DataFrame:
    values, of = np.unique(names, return_inverse=True)
    wins = np.bincount(of[win], minlength=len(values))
    flips = np.bincount(of[flip], minlength=len(values))
    return pd.DataFrame(
        {
            "utterances": np.bincount(of),
            "wins": wins,
            "negative_flips": flips,
            "net": wins - flips,
            "p_value": list(map(_sign_test, wins.tolist(), flips.tolist())),
        },
        index=values.tolist(),
    )


def _sign_test(wins: int, flips: int) -> float:
    """Two-sided, exact: twice the smaller tail of a fair coin's binomial."""
    changes, fewer = wins + flips, min(wins, flips)
    tail = ways = 1
    for k in range(fewer):
        ways = ways * (changes - k) // (k + 1)
        tail += ways
    # Whole numbers: of many changes, both sides are beyond any float.
    return min(2 * tail / 2**changes, 1.0)
