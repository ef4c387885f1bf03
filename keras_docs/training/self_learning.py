"""Training on what users say again in other words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import keras
import numpy as np

from keras_docs.training.label_rephrases import label_rephrases
from keras_docs.training.mine_rephrases import mine_rephrases


def fit_with_rephrases(
    model: Any,
    dialogues: Iterable[Sequence[Any]],
    labelled: Sequence[Any],
    *,
    min_support: int = 2,
    min_confidence: float = 0.5,
    min_label_confidence: float = 0.5,
    require_all_slots: bool = True,
    max_gap: float = 45.0,
    is_rephrase: Callable[[str, str], bool] | None = None,
    weight: float = 1.0,
    **kwargs: Any,
) -> keras.callbacks.History:
    """Trains a model on labelled records and on what its users' rephrases teach.

    Users who are not understood try again in other words. `mine_rephrases` finds
    utterances that fail and what succeeds in their place, `label_rephrases` gives the
    former the model's label of the latter, and the model learns them next to the
    labelled records, without anybody having labelled a dialogue. To look at what it
    would learn from, call these two yourself.

    Args:
        model: a task with `parse`, such as `MultilingualNLU`.
        dialogues: as `mine_rephrases` takes them.
        labelled: list of records (text, intent, slots), those that the model was
            trained on: it would unlearn them otherwise.
        min_support: int, see `mine_rephrases`.
        min_confidence: float, see `mine_rephrases`.
        min_label_confidence: float, see `label_rephrases`.
        require_all_slots: bool, see `label_rephrases`.
        max_gap: float, see `mine_rephrases`.
        is_rephrase: function, see `mine_rephrases`.
        weight: float, of a mined record, times its pair's confidence; a labelled record
            has the weight 1.
        **kwargs: of `model.fit`: `epochs`, `validation_data`, ….

    Returns:
        A `keras.callbacks.History`.

    Raises:
        ValueError: no rephrase passes the thresholds.

    Example:
    ```python
    dialogues = [["wake me fife", "alarm at five"], ...]
    keras_docs.fit_with_rephrases(model, dialogues, records, epochs=3)
    ```

    References:
    - Ponnusamy et al. 2020, "Feedback-Based Self-Learning in Large-Scale
      Conversational AI Agents", https://arxiv.org/abs/1911.02557
    - Falke et al. 2020, "Leveraging User Paraphrasing Behavior In Dialog Systems To
      Automatically Collect Annotations For Long-Tail Utterances",
      https://doi.org/10.18653/v1/2020.coling-industry.3
    """
    pairs = mine_rephrases(
        dialogues,
        min_support=min_support,
        min_confidence=min_confidence,
        max_gap=max_gap,
        is_rephrase=is_rephrase,
    )
    mined = label_rephrases(
        model,
        pairs,
        min_label_confidence=min_label_confidence,
        require_all_slots=require_all_slots,
    )
    if not mined:
        raise ValueError(
            f"The dialogues give {len(pairs)} rephrases and none of them a record. Give"
            " more dialogues, or lower `min_support`, `min_confidence` or "
            "`min_label_confidence`, or set `require_all_slots=False`."
        )
    records = [tuple(record)[:3] for record in labelled]
    records += [tuple(item.record)[:3] for item in mined]
    weights = np.ones(len(records), "float32")
    weights[len(labelled) :] = [weight * item.rephrase.confidence for item in mined]
    return model.fit(records, sample_weight=weights, **kwargs)
