"""Links between entities by gradient boosting on their words and places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

LABELS = ("other", "header", "question", "answer")
# Of pairs without a link, so many for each with one are learned from.
UNLINKED = 30
NEAREST = 1000


class BoostedLinks:
    """Histogram gradient boosting (scikit-learn) on pairs of entities of one page."""

    settings = (
        {"learning_rate": 0.05, "max_leaf_nodes": 15},
        {"learning_rate": 0.1, "max_leaf_nodes": 15},
        {"learning_rate": 0.1, "max_leaf_nodes": 31},
    )

    def fit(self, pages: Sequence[Mapping], setting: Mapping, seed: int) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier

        rows = np.concatenate([pair_features(page) for page in pages])
        target = np.concatenate([_targets(page) for page in pages])
        linked, free = np.flatnonzero(target), np.flatnonzero(target == 0)
        count = min(UNLINKED * len(linked), len(free))
        draw = np.random.default_rng(seed)
        free_kept = draw.choice(free, count, replace=False)
        kept = np.concatenate([linked, free_kept])
        weights = np.where(target[kept] == 1, 1.0, len(free) / count)
        self.model = HistGradientBoostingClassifier(
            max_iter=150,
            early_stopping=False,
            l2_regularization=10.0,
            random_state=seed,
            **setting,
        )
        self.model.fit(rows[kept], target[kept], sample_weight=weights)

    def links(self, pages: Sequence[Mapping]) -> list[list[tuple[int, int]]]:
        found = []
        for page in pages:
            count = len(page["entities"])
            scores = self.model.predict_proba(pair_features(page))[:, 1]
            pairs = np.argwhere(scores.reshape(count, count) > 0.5)
            found.append([(int(i), int(j)) for i, j in pairs if i != j])
        return found


def pair_features(page: Mapping) -> np.ndarray:
    """Each ordered pair of entities: labels, gaps, sizes, alignment, order, length.

    Args:
        page: dict with `entities`, `boxes` and `words`.

    Returns:
        Float array (entities * entities, features).
    """
    entities = page["entities"]
    boxes = np.array([_box(page, entity) for entity in entities], float)
    labels = np.array([LABELS.index(entity["label"]) for entity in entities])
    lengths = np.array([len(entity["text"]) for entity in entities])
    colons = np.array([entity["text"].rstrip().endswith(":") for entity in entities])
    x0, y0, x1, y1 = boxes.T
    order = np.arange(len(entities))

    def first(values):
        return np.repeat(values[:, None], len(entities), 1)

    def second(values):
        return np.repeat(values[None], len(entities), 0)

    right = second(x0) - first(x1)
    below = second(y0) - first(y1)
    middle = second((y0 + y1) / 2) - first((y0 + y1) / 2)
    distance = np.abs(right) + 3 * np.abs(middle)
    np.fill_diagonal(distance, NEAREST * 10)
    columns = [
        first(labels), second(labels), right, below, middle,
        second(x0) - first(x0), second(x1) - first(x1), distance,
        # How many are nearer: to the first, and to the second.
        distance.argsort(1).argsort(1), distance.argsort(0).argsort(0),
        _rank_of_label(distance, labels, axis=1),
        _rank_of_label(distance, labels, axis=0),
        second(order) - first(order), first(lengths), second(lengths), first(colons),
        first(x1 - x0), second(x1 - x0), first(y1 - y0), second(y1 - y0),
    ]  # fmt: skip
    return np.stack(columns, -1).reshape(len(entities) ** 2, -1)


def _rank_of_label(distance: np.ndarray, labels: np.ndarray, axis: int) -> np.ndarray:
    """How many of the same label are nearer."""
    ranks = np.zeros_like(distance)
    for label in np.unique(labels):
        chosen = np.flatnonzero(labels == label)
        part = np.take(distance, chosen, axis=axis).argsort(axis).argsort(axis)
        if axis:
            ranks[:, chosen] = part
        else:
            ranks[chosen] = part
    return ranks


def _box(page: Mapping, entity: Mapping) -> np.ndarray:
    boxes = np.asarray(page["boxes"])[entity["words"]]
    if not len(boxes):
        return np.zeros(4)
    return np.concatenate([boxes[:, :2].min(0), boxes[:, 2:].max(0)])


def _targets(page: Mapping) -> np.ndarray:
    count = len(page["entities"])
    target = np.zeros((count, count), int)
    for head, tail in page["links"]:
        target[head, tail] = 1
    return target.ravel()
