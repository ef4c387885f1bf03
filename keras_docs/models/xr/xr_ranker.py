"""Ranks a huge label space for texts or features."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_docs.models.base.task import Task
from keras_docs.models.xr import calibration as calibrations
from keras_docs.models.xr.feature_matrix import check_rows
from keras_docs.models.xr.label_tree import LabelTree
from keras_docs.models.xr.ranking import Ranking
from keras_docs.models.xr.xr_backbone import XRBackbone, no_graph
from keras_docs.models.xr.xr_ensemble import XREnsemble
from keras_docs.models.xr.xr_linear import XRLinear
from keras_docs.models.xr.xr_ranker_preprocessor import XRRankerPreprocessor

DEFAULT_KS = (1, 3, 5)
CALIBRATED_PLACES = 10
# What each tree of an ensemble gets unless `xr_linear` says otherwise. On a held-out
# ninth of the training rows of tibkat-gnd, three such trees reach P@1/3/5 of
# 43.1/27.8/20.4; with leaves of 100 labels 42.6/27.5/20.2; with leaves of 400
# 43.4/28.1/20.6, in half as much time again.
ENSEMBLE_SETTINGS = {"threshold": 0.03, "max_leaf_size": 200}


@keras.saving.register_keras_serializable(package="keras_docs")
class XRRanker(Task):
    """Finds the best of many labels for a document: subjects, tags, products.

    `fit` learns the words, the tree of labels and the rankers from texts and their
    labels; `rank` answers. Instead of texts, or beside them, documents may be rows of
    a matrix of features.

    Args:
        backbone: an `XRLinear`, `XREnsemble`, `XRTransformer` or
            `NearestLabelMatcher`; `None` lets `fit` build one.
        preprocessor: an `XRRankerPreprocessor`, whose settings say how text is read;
            `None` takes the defaults.
        ensemble: int, how many trees `fit` builds if there is no backbone. Three rank
            better than one, and take three to four times as long. Unless `xr_linear`
            says otherwise, their leaves hold up to 200 labels, not 100, and they keep
            weights from 0.03 on, not from 0.1 on: better, but slower and larger.
        xr_linear: dict of `XRLinear` settings for the backbone that `fit` builds, such
            as `{"negatives": "tfn+man"}`.
        calibration: what `calibrate` learned; `None` before.
        name: string.

    Example:
    ```python
    ranker = keras_docs.XRRanker()
    ranker.fit(
        ["Bees in the city", "City planning", "Honey and wax"],
        [["bees", "cities"], ["cities"], ["bees", "honey"]],
    )
    ranker.rank("Keeping bees", k=2).labels

    ranker = keras_docs.XRRanker.from_preset("xr_linear_yso_subjects_en")
    ```

    Reference:
    - [Yu et al. 2020, PECOS](https://arxiv.org/abs/2010.05878)
    """

    backbone_cls = XRBackbone
    preprocessor_cls = XRRankerPreprocessor

    def __init__(
        self,
        backbone: XRBackbone | None = None,
        preprocessor: XRRankerPreprocessor | None = None,
        *,
        ensemble: int = 1,
        xr_linear: Mapping[str, Any] | None = None,
        calibration: Sequence[float] | None = None,
        **kwargs: Any,
    ):
        if not isinstance(ensemble, int) or isinstance(ensemble, bool) or ensemble < 1:
            raise ValueError(
                f"`ensemble` must be a positive integer. Received: {ensemble!r}."
            )
        settings = dict(xr_linear or {})
        # Wrong settings are told now, not after minutes of reading texts.
        XRLinear(1, 1, **settings)
        if calibration is not None:
            calibrations.check_calibration(calibration)
        if backbone is not None and preprocessor is not None:
            _check_fit(backbone, preprocessor)
        super().__init__(compile=False, **no_graph(), **kwargs)
        self.backbone = backbone
        self.preprocessor = preprocessor or XRRankerPreprocessor()
        self._ensemble = ensemble
        self._xr_linear = tuple(settings.items())
        self._calibration = None if calibration is None else tuple(calibration)
        self.built = True

    # === Learning ===

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        label_names: Sequence[str] | None = None,
        tree: LabelTree | None = None,
        validation_data: tuple[Any, Any] | None = None,
        n_jobs: int = 1,
        checkpoint_dir: str | Path | None = None,
        verbose: int = 1,
        **kwargs: Any,
    ) -> XRRanker:
        """Learns words, tree and rankers; what was learned before is replaced.

        Args:
            x: list, array or Series of texts; a matrix of features, SciPy sparse or
                dense (rows, columns); or `{"text": texts, "features": matrix}`.
            y: the labels of each row: lists of strings; or a matrix (rows, labels).
            label_names: list of strings, the names of a matrix's columns.
            tree: a `LabelTree` of one's own.
            validation_data: `(x, y)` of other documents; the scores are calibrated on
                them, see `calibrate`.
            n_jobs: int, blocks trained at once.
            checkpoint_dir: folder from which a training that was killed goes on.
            verbose: int, 1 shows a progress bar.
            **kwargs: further arguments of the backbone's `fit`: `label_features`,
                `relevance`, `user_negatives`.

        Returns:
            The ranker itself.

        Raises:
            ValueError: a text is empty, a row has no label, or the rows do not match.
        """
        features, targets = self.preprocessor.fit_transform(x, y, label_names)
        backbone = self._new_backbone(
            self.preprocessor.num_features, self.preprocessor.num_labels
        )
        # Not every backbone has a tree, or work to resume.
        given = {"tree": tree, "checkpoint_dir": checkpoint_dir}
        kwargs |= {name: value for name, value in given.items() if value is not None}
        backbone.fit(features, targets, n_jobs=n_jobs, verbose=verbose, **kwargs)
        self.backbone, self._calibration = backbone, None
        if validation_data is not None:
            self.calibrate(*validation_data)
        return self

    def partial_fit(self, x: Any, y: Any) -> XRRanker:
        """Adds the labels of `y` that are new; the others stay as they are.

        New labels join the tree where beam search leads their documents, and are
        trained on the given documents alone. Words that were not learned by `fit` are
        not seen. A label without documents can be added by its name as its only
        document, `ranker.partial_fit(names, [[name] for name in names])`: it is then
        found by the words of its name, as far as those were in the training texts.

        Args:
            x: documents as in `fit`, those of the new labels and, as examples of what
                is something else, any others.
            y: their labels, lists of strings.

        Returns:
            The ranker itself.

        Raises:
            ValueError: no label is new.
        """
        self._require_backbone()
        names = {label for labels in y for label in _as_labels(labels)}
        new = sorted(names - set(self.preprocessor.labels))
        if not new:
            raise ValueError(
                "`y` has no label that the ranker does not know already. To learn the "
                "known ones anew, call `fit` with all documents."
            )
        features = self.preprocessor.encode_features(x)
        self.preprocessor.add_labels(new)
        try:
            targets = self.preprocessor.encode_labels(y)
            self.backbone.add_labels(features, targets)
        except BaseException:
            # Names and rankers stay in step.
            self.preprocessor.remove_labels(len(new))
            raise
        return self

    def calibrate(self, x: Any, y: Any) -> XRRanker:
        """Learns from held-out documents how likely a label of some score is right.

        Args:
            x: documents as in `fit`, not among those that it was trained on.
            y: their labels.

        Returns:
            The ranker itself, whose rankings have probabilities from now on.

        Raises:
            ValueError: the scores are logs or margins, or the documents too few.
        """
        truth = self.preprocessor.encode_truth(y)
        ids, scores = self.predict(x, min(CALIBRATED_PLACES, self.num_labels))
        check_rows(len(truth), "y", len(ids), "x")
        if scores.min() < 0 or scores.max() > 1:
            raise ValueError(
                "Only scores from 0 to 1 can be calibrated. Received: from "
                f"{scores.min():.3g} to {scores.max():.3g}. Use a `post_processor` "
                'such as "l3_hinge" or "sigmoid" for the model.'
            )
        is_right = (ids[:, :, None] == truth[:, None, :]).any(-1) & (ids >= 0)
        self._calibration = tuple(calibrations.fit_calibration(scores, is_right))
        return self

    # === Answers ===

    def rank(
        self, x: Any, k: int = 10, *, threshold: float | None = None, **kwargs: Any
    ) -> Ranking:
        """The best labels of each document.

        Args:
            x: one text, or documents as in `fit`.
            k: int, how many labels.
            threshold: float, leave out labels that are less probable than this.
            **kwargs: `beam_size`, `post_processor`, `engine`, `n_jobs`, see
                `XRLinear.predict`.

        Returns:
            A `Ranking`: labels, scores, probabilities, and paths through the tree.

        Raises:
            ValueError: a text is empty, `k` is larger than the number of labels, or
                there is a threshold and no calibration.
        """
        ids, scores = self.predict([x] if isinstance(x, str) else x, k, **kwargs)
        known = None
        # Another post-processor gives scores of another scale.
        if self._calibration is not None and not kwargs.get("post_processor"):
            known = calibrations.probabilities(scores, list(self._calibration))
            known = np.where(ids >= 0, known, np.float32(0))
        labels = self.preprocessor.decode_labels(ids)
        ranking = Ranking(labels, scores, known, _paths(self.backbone.tree, ids))
        return ranking if threshold is None else ranking.above(threshold)

    def predict(
        self, x: Any, k: int = 10, **kwargs: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """The best labels of each document as arrays.

        Args:
            x: documents as in `fit`.
            k: int, how many labels.
            **kwargs: see `XRLinear.predict`.

        Returns:
            Label ids, int32 (rows, k), best first, -1 where there are fewer, which
            `preprocessor.labels` names; and scores, float32 (rows, k).
        """
        self._require_backbone()
        features = self.preprocessor.encode_features(x)
        return self.backbone.predict(features, k, **kwargs)

    def evaluate(
        self, x: Any, y: Any, ks: Sequence[int] = DEFAULT_KS, **kwargs: Any
    ) -> dict[str, float]:
        """How good the rankings of some documents are.

        Args:
            x: documents as in `fit`.
            y: their labels. Labels that the ranker does not know count as missed.
            ks: ints, the lengths of the rankings to judge.
            **kwargs: see `XRLinear.predict`.

        Returns:
            `{"P@1": …, "R@1": …, "nDCG@1": …, "PSP@1": …, …}`, shares from 0 to 1:
            precision, recall, normalised discounted cumulative gain, and precision
            weighted by how rare a label is (propensity-scored).
        """
        from keras_docs.models.xr.ranking_metrics import ranking_metrics

        truth = self.preprocessor.encode_truth(y)
        ks = [min(k, self.num_labels) for k in ks]
        ids, _ = self.predict(x, max(ks), **kwargs)
        check_rows(len(truth), "y", len(ids), "x")
        return ranking_metrics(
            truth, ids, ks, self.backbone.label_counts, self.backbone.num_rows
        )

    @property
    def num_labels(self) -> int:
        """How many labels there are."""
        return self._require_backbone().num_labels

    def summary(self, *, print_fn: Callable[[str], Any] = print) -> None:
        """Prints what was learned: words, labels, tree and weights.

        Args:
            print_fn: function of a string.
        """
        print_fn(repr(self.preprocessor))
        if self.backbone is not None:
            kind, tree = type(self.backbone).__name__, self.backbone.tree
            print_fn(f"{kind}: {self.count_params():,} weights, {tree}")

    def count_params(self) -> int:
        """The number of weights that are not zero."""
        return 0 if self.backbone is None else self.backbone.count_params()

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.pop("compile_config", None)
        return {
            **config,
            "ensemble": self._ensemble,
            "xr_linear": dict(self._xr_linear),
            "calibration": self._calibration and list(self._calibration),
        }

    def _new_backbone(self, num_features: int, num_labels: int) -> XRBackbone:
        if self.backbone is not None:
            return self.backbone.resized(num_features, num_labels)
        settings = dict(self._xr_linear)
        if self._ensemble > 1:
            settings = ENSEMBLE_SETTINGS | settings
        first = settings.pop("seed", 0)
        members = [
            XRLinear(num_features, num_labels, seed=first + number, **settings)
            for number in range(self._ensemble)
        ]
        return members[0] if len(members) == 1 else XREnsemble(members)

    def _require_backbone(self) -> XRBackbone:
        if self.backbone is None:
            raise ValueError(
                "This ranker has not been trained. Call `fit(texts, labels)`, or load "
                "a preset with `XRRanker.from_preset`."
            )
        return self.backbone


def _check_fit(backbone: XRBackbone, preprocessor: XRRankerPreprocessor) -> None:
    if not (backbone.is_fitted and preprocessor.is_adapted):
        return
    has = (preprocessor.num_features, preprocessor.num_labels)
    needs = (backbone.num_features, backbone.num_labels)
    if has != needs:
        raise ValueError(
            f"`preprocessor` has {has[0]} features and {has[1]} labels, but `backbone` "
            f"was trained on {needs[0]} features and {needs[1]} labels. Take both from "
            "one training."
        )


def _as_labels(labels: Any) -> Sequence[str]:
    return [labels] if isinstance(labels, str) else labels


def _paths(tree: LabelTree | None, ids: np.ndarray) -> np.ndarray:
    """Nodes per level, int32 (rows, k, levels); -1 where there is no label."""
    if tree is None:
        return np.empty((*ids.shape, 0), "int32")
    nodes = [ids]
    for parents in tree.parents[:0:-1]:
        nodes.append(np.where(ids >= 0, parents[nodes[-1]], -1))
    return np.stack(nodes[::-1], axis=-1).astype("int32")
