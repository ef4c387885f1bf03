"""Intents and slots scored in each locale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.metrics.nlu_outcomes import nlu_outcomes

MEAN = "mean"


def nlu_report(
    gold: Sequence[LabelledUtterance],
    predicted: Sequence[Mapping[str, Any] | LabelledUtterance],
    official: bool = True,
) -> pd.DataFrame:
    """Scores predictions in each locale, with standard errors.

    The scores are `intent_accuracy`, `slot_micro_f1` and `exact_match`. The standard
    error of a score p is sqrt(p (1 - p) / n), with n the number of utterances, or of
    tokens for slot F1, as MASSIVE publishes it.

    Args:
        gold: list of `LabelledUtterance`.
        predicted: list as long, of dicts with `intent` and `slots`, as `parse` returns,
            or of `LabelledUtterance`.
        official: bool. True to compare with published figures, False to score against
            slots as annotated; differs in ja-JP, zh-CN and zh-TW, see `massive_labels`.

    Returns:
        DataFrame, a row for each locale in alphabetical order, and `"mean"`: the mean
        score over locales, its standard error, and the sum of utterances. Columns:
        `utterances` (int), `intent_accuracy`, `intent_accuracy_se`, `slot_f1`,
        `slot_f1_se`, `exact_match`, `exact_match_se` (float, 0 to 1).

    Raises:
        ValueError: the lists are empty or differ in length, or an element is malformed.

    Example:
    ```python
    test = read_massive("1.0/data", partition="test")
    report = nlu_report(test, model.parse([utterance.text for utterance in test]))
    report.loc["mean", "exact_match"]
    ```

    Reference: https://github.com/alexa/massive; FitzGerald et al.,
    https://arxiv.org/abs/2204.08582, Section 5.
    """
    outcomes = nlu_outcomes(gold, predicted, official)
    locales, of = np.unique([row.locale for row in gold], return_inverse=True)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(of, weights=values, minlength=len(locales))

    utterances = np.bincount(of)
    spans = total(outcomes.gold_spans + outcomes.predicted_spans)
    found = 2 * total(outcomes.common_spans)
    right = outcomes.intent_right & outcomes.slots_right
    columns = {"utterances": np.append(utterances, utterances.sum())}
    for name, score, count in (
        ("intent_accuracy", total(outcomes.intent_right) / utterances, utterances),
        # Without any slot it is 0, as everywhere else.
        ("slot_f1", found / np.maximum(spans, 1), total(outcomes.tokens)),
        ("exact_match", total(right) / utterances, utterances),
    ):
        variance = score * (1 - score) / np.maximum(count, 1)
        error_of_mean = np.sqrt(variance.sum()) / len(locales)
        columns[name] = np.append(score, score.mean())
        columns[f"{name}_se"] = np.append(np.sqrt(variance), error_of_mean)
    index = pd.Index([*locales.tolist(), MEAN], name="locale")
    return pd.DataFrame(columns, index=index)
