"""Labels of words by a CRF, and by gradient boosting, on the same features."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence

import numpy as np
from decoded import OUTSIDE, decoded
from label_scores import Tagged
from word_features import NEIGHBOURS, WordFeatures, crf_features, word_features

# Categories of a column that gradient boosting takes.
MOST_CATEGORIES = 250
# Of words outside, where there are many, so many are learned from.
MOST_OUTSIDE = 60_000


class CRF:
    """A linear-chain CRF (python-crfsuite, L-BFGS).

    Args:
        labels: list of tags.
    """

    settings = (
        {"c1": 0.1, "c2": 0.05},
        {"c1": 0.1, "c2": 0.5},
        {"c1": 0.1, "c2": 2.0},
    )

    def __init__(self, labels: Sequence[str]):
        self.labels = list(labels)

    def fit(self, pages: Sequence[Mapping], setting: Mapping, seed: int) -> None:
        import pycrfsuite

        params = {**setting, "max_iterations": 100}
        trainer = pycrfsuite.Trainer("lbfgs", params, verbose=False)
        for page in pages:
            rows = crf_features(word_features(page))
            trainer.append(rows, [tag or OUTSIDE for tag in page["word_labels"]])
        self.tagger = pycrfsuite.Tagger()
        with tempfile.TemporaryDirectory() as folder:
            trainer.train(f"{folder}/labels.crf")
            # `open_inmemory` keeps no reference to the bytes, and reads freed memory.
            self.tagger.open(f"{folder}/labels.crf")

    def tag(self, pages: Sequence[Mapping], whole_boxes: bool) -> list[Tagged]:
        found = []
        for page in pages:
            tags = self.tagger.tag(crf_features(word_features(page)))
            if whole_boxes:
                found.append(
                    decoded(page, self._marginals(len(tags)), self.labels, True)
                )
                continue
            sure = [self.tagger.marginal(tag, i) for i, tag in enumerate(tags)]
            found.append(Tagged(tags, np.array(sure)))
        return found

    def _marginals(self, words: int) -> np.ndarray:
        """Of each label, for each word of the page that was tagged last."""
        known = set(self.tagger.labels())
        return np.array(
            [
                [self.tagger.marginal(x, i) if x in known else 0.0 for x in self.labels]
                for i in range(words)
            ]
        ).reshape(words, len(self.labels))


class Boosting:
    """Histogram gradient boosting (scikit-learn), decoded to whole entities.

    The most frequent words and shapes are categories.

    Args:
        labels: list of tags.
    """

    settings = (
        {"learning_rate": 0.05, "max_leaf_nodes": 15},
        {"learning_rate": 0.1, "max_leaf_nodes": 15},
        {"learning_rate": 0.1, "max_leaf_nodes": 31},
    )

    def __init__(self, labels: Sequence[str]):
        self.labels = list(labels)

    def fit(self, pages: Sequence[Mapping], setting: Mapping, seed: int) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier

        features = [word_features(page) for page in pages]
        self.words = _most_frequent(word for page in features for word in page.words)
        self.shapes = _most_frequent(
            shape for page in features for shape in page.shapes
        )
        rows = np.concatenate([self._rows(page) for page in features])
        index = {tag: i for i, tag in enumerate(self.labels)}
        tags = [tag or OUTSIDE for page in pages for tag in page["word_labels"]]
        target = np.array([index[tag] for tag in tags])
        kept, weights = _thinned(target, index[OUTSIDE], seed)
        categorical = list(range(self.categories))
        self.model = HistGradientBoostingClassifier(
            max_iter=150,
            categorical_features=categorical,
            early_stopping=False,
            # Rare labels have next to no second derivatives, and leaves that explode.
            l2_regularization=10.0,
            random_state=seed,
            **setting,
        )
        self.model.fit(rows[kept], target[kept], sample_weight=weights)

    def tag(self, pages: Sequence[Mapping], whole_boxes: bool) -> list[Tagged]:
        found = []
        for page in pages:
            probabilities = np.zeros((len(page["words"]), len(self.labels)))
            if len(probabilities):
                rows = self._rows(word_features(page))
                known = self.model.predict_proba(rows)
                probabilities[:, self.model.classes_] = known
            found.append(decoded(page, probabilities, self.labels, whole_boxes))
        return found

    @property
    def categories(self) -> int:
        """Columns of categories: words and shapes around, affixes, what is above."""
        return 2 * (1 + len(NEIGHBOURS)) + 1

    def _rows(self, features: WordFeatures) -> np.ndarray:
        words = np.array([self.words.get(word, 0) for word in features.words])
        shapes = np.array([self.shapes.get(shape, 0) for shape in features.shapes])
        above = np.array([self.words.get(word, 0) for word in features.above])
        columns = [words, shapes, above]
        for k in NEIGHBOURS:
            columns += [_shifted(words, k), _shifted(shapes, k)]
        lengths = np.array([len(word) for word in features.words])
        digits = [sum(map(str.isdigit, word)) for word in features.words]
        columns += [lengths, np.array(digits)]
        geometry = features.geometry
        columns += list(geometry.T)
        # The geometry of the neighbours, too.
        for k in (-1, 1):
            columns += [_shifted(column, k) for column in geometry[:, :6].T]
        return np.stack(columns, 1).astype("float32")


def _most_frequent(values) -> dict[str, int]:
    """Numbers from 1 for the most frequent; 0 is for others."""
    names, counts = np.unique(list(values), return_counts=True)
    best = np.argsort(-counts, kind="stable")[:MOST_CATEGORIES]
    return {str(names[i]): number for number, i in enumerate(best, 1)}


def _shifted(column: np.ndarray, by: int) -> np.ndarray:
    """What is `by` words further on, 0 beyond the page."""
    out = np.zeros_like(column)
    if by > 0:
        out[:-by] = column[by:]
    else:
        out[-by:] = column[:by]
    return out


def _thinned(
    target: np.ndarray, outside: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which rows to learn from, and how much each counts."""
    weights = np.ones(len(target))
    empty = np.flatnonzero(target == outside)
    if len(empty) > MOST_OUTSIDE:
        kept = np.random.default_rng(seed).choice(empty, MOST_OUTSIDE, replace=False)
        weights[empty] = 0
        weights[kept] = len(empty) / MOST_OUTSIDE
    rows = np.flatnonzero(weights)
    return rows, weights[rows]
