"""Records from the labels that a decoder wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_docs.models.multilingual_nlu.bio_tags import OUTSIDE, slots_of_tags

if TYPE_CHECKING:
    from keras_docs import MultilingualNLUSeq2SeqPreprocessor


def read_sequence(
    preprocessor: MultilingualNLUSeq2SeqPreprocessor,
    text: str,
    spans: Sequence[tuple[int, int]],
    ids: np.ndarray,
    probabilities: np.ndarray | None,
    threshold: float,
    top: int,
) -> dict[str, Any]:
    """One record of one row: see `MultilingualNLUSeq2SeqPreprocessor.records_of`.

    Args:
        preprocessor: knows the labels.
        text: string.
        spans: (start, end) of the units that bear tags.
        ids: int array (labels,), without the start token.
        probabilities: None, or float array (labels, number of labels).
        threshold: float.
        top: int.

    Returns:
        Dict of `text`, `intent`, `confidence`, `ranking` and `slots`.
    """
    num_tags = 1 + 2 * preprocessor.num_slot_types
    labels = ids.astype("int64") - preprocessor.first_label_id
    is_intent = (labels >= num_tags) & (labels < num_tags + preprocessor.num_intents)
    stops = np.flatnonzero(is_intent | (ids == preprocessor.tokenizer.end_token_id))
    end = int(stops[0]) if len(stops) else len(ids)
    count = min(end, len(spans))
    tags = labels[:count]
    tags = np.where((tags >= 0) & (tags < num_tags), tags, OUTSIDE)
    confidences = np.ones(count)
    if probabilities is not None:
        confidences = probabilities[np.arange(count), tags]
    ranking: list[dict[str, Any]] = []
    # A text without words has no intent.
    if spans and end < len(ids) and is_intent[end]:
        chosen = int(labels[end]) - num_tags
        scores = np.eye(preprocessor.num_intents)[chosen]
        if probabilities is not None:
            scores = probabilities[end, num_tags:]
        ranking = _ranking(preprocessor.intents, scores, chosen, max(top, 1))
    best = ranking[0] if ranking else {"intent": None, "confidence": 0.0}
    return {
        "text": text,
        "intent": best["intent"] if best["confidence"] >= threshold else None,
        "confidence": best["confidence"],
        "ranking": ranking[:top],
        "slots": slots_of_tags(
            text,
            spans,
            tags.tolist(),
            confidences.tolist(),
            preprocessor.slot_types,
        ),
    }


def _ranking(
    intents: Sequence[str], scores: np.ndarray, chosen: int, top: int
) -> list[dict[str, Any]]:
    order = np.argsort(-scores, kind="stable").tolist()
    # A search or a sample may choose what was not the most probable.
    order = [chosen, *(place for place in order if place != chosen)][:top]
    return [
        {"intent": intents[place], "confidence": float(scores[place])}
        for place in order
    ]
