"""Entities of pages as a model's inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keras_docs.models.docformer_v2.checked_page import CheckedPage
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
        entities = checked_entities(page, sample.page, labels)
        span = np.zeros((len(entities), 2), "int32")
        of_entity = np.zeros(len(entities), "int32")
        for i, (words, id_) in enumerate(entities):
            tokens = np.flatnonzero(np.isin(window.word_ids, words))
            if len(tokens):
                span[i] = tokens[0], tokens[-1] + 1
                of_entity[i] = 1 + id_
        spans.append(span)
        ids.append(of_entity)
    longest = max(len(of_entity) for of_entity in ids)
    width = bucket(longest, ENTITY_BUCKET, max(longest, 1) + ENTITY_BUCKET)
    return {"entity_spans": padded(spans, width), "entity_labels": padded(ids, width)}


def checked_entities(
    page: CheckedPage, index: int, labels: Mapping[str, int]
) -> list[tuple[list[int], int]]:
    """Words and label of each entity of a page.

    Args:
        page: the page.
        index: int, its place in the input.
        labels: dict of label to id.

    Raises:
        ValueError: an entity is none, or its label is not known.
    """
    found = []
    for i, entity in enumerate(page.parts.get("entities") or ()):
        where = f"Page {index}: entity {i}"
        words = _entity_words(entity, len(page.words), where)
        found.append((words, _entity_label_id(entity["label"], labels, where)))
    return found


def _entity_label_id(label: Any, labels: Mapping[str, int], where: str) -> int:
    """As `label_id`; taggers often write in capitals what entities are called."""
    if label not in labels and isinstance(label, str):
        alike = [name for name in labels if name.casefold() == label.casefold()]
        label = alike[0] if len(alike) == 1 else label
    return label_id(label, labels, where)


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
