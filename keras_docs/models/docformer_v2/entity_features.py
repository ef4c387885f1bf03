"""Entities of pages as a model's inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keras_docs.models.docformer_v2.label_id import label_id
from keras_docs.models.docformer_v2.page_rows import PageRow
from keras_docs.models.docformer_v2.page_windows import bucket, padded

# Entities are padded to multiples of it.
ENTITY_BUCKET = 16


def entity_features(
    rows: Sequence[PageRow], labels: Mapping[str, int]
) -> dict[str, np.ndarray]:
    """Where the entities of each row are, and of which label.

    Args:
        rows: list of samples, pages with `entities`, and windows.
        labels: dict of label to id.

    Returns:
        Dict of `entity_spans`, int32 (rows, entities, 2), and `entity_labels`, int32
        (rows, entities), from 1; 0 for padding and for entities outside of the window.

    Raises:
        ValueError: an entity is none, or its label is not known.
    """
    spans, ids = [], []
    for sample, page, window in rows:
        entities = page.parts.get("entities") or ()
        span = np.zeros((len(entities), 2), "int32")
        of_entity = np.zeros(len(entities), "int32")
        for i, entity in enumerate(entities):
            where = f"Page {sample.page}: entity {i}"
            words = _entity_words(entity, len(page.words), where)
            # Ids are checked outside of the window as well.
            id_ = 1 + label_id(entity["label"], labels, where)
            tokens = np.flatnonzero(np.isin(window.word_ids, words))
            if len(tokens):
                span[i] = tokens[0], tokens[-1] + 1
                of_entity[i] = id_
        spans.append(span)
        ids.append(of_entity)
    longest = max(len(of_entity) for of_entity in ids)
    width = bucket(longest, ENTITY_BUCKET, max(longest, 1) + ENTITY_BUCKET)
    return {"entity_spans": padded(spans, width), "entity_labels": padded(ids, width)}


def _entity_words(entity: Any, count: int, where: str) -> list[int]:
    words = entity.get("words") if isinstance(entity, Mapping) else None
    is_usable = (
        words is not None
        and not isinstance(words, str)
        and all(isinstance(i, int | np.integer) and 0 <= i < count for i in words)
        and "label" in entity
    )
    if not is_usable:
        raise ValueError(
            f"{where} must be a dict with `label`, and `words`, indices of its words "
            f"from 0 to {count - 1}. Received: {entity!r:.120}."
        )
    return list(words)
