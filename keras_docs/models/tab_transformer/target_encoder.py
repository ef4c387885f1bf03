"""The target column <-> class indices or numbers."""

from dataclasses import asdict, dataclass

import numpy as np

from keras_docs.models.tab_transformer.category_encoder import WordIndex
from keras_docs.models.tab_transformer.columns import (
    Column,
    DateColumn,
    LabelColumn,
    NumberColumn,
    number_word,
)
from keras_docs.models.tab_transformer.number_encoder import weighted_mean_and_std

MAX_INTEGER_CLASSES = 20


@dataclass(eq=False)
class TargetEncoder:
    """What was learned about the target.

    For classification `classes` (sorted, with their Python type) and `counts`;
    for regression `mean` and `scale` in the target's own unit.
    """

    name: str
    task: str
    classes: list[str | int | bool | float]
    counts: list[int]
    mean: float
    scale: float

    def __post_init__(self):
        words = [
            label if isinstance(label, str) else _class_word(label)
            for label in self.classes
        ]
        self._index = WordIndex(words, first=0)

    @classmethod
    def learn(
        cls, column: Column, task: str | None, max_classes: int
    ) -> "TargetEncoder":
        """Learns the target; `task` None means inferred.

        Raises:
            ValueError: if values are missing, do not vary, or do not suit `task`.
        """
        _check_known(column)
        if isinstance(column, DateColumn):
            raise ValueError(
                f"Target {column.name!r} holds dates. Convert it to numbers (such as "
                "days from a fixed date) or to classes (such as the month)."
            )
        task = task or infer_task(column)
        if task == "regression":
            return cls._learn_numbers(column)
        labels = column.labels()
        counts = np.bincount(labels.codes, minlength=len(labels.words)).tolist()
        classes = zip(_class_labels(column, labels), counts, strict=True)
        classes = sorted(classes, key=lambda item: item[0])
        _check_num_classes(column.name, [label for label, _ in classes], max_classes)
        return cls(
            name=column.name,
            task=task,
            classes=[label for label, _ in classes],
            counts=[count for _, count in classes],
            mean=0.0,
            scale=1.0,
        )

    @classmethod
    def _learn_numbers(cls, column: Column) -> "TargetEncoder":
        values, counts = np.unique(column.numbers(), return_counts=True)
        mean, scale = weighted_mean_and_std(values, counts)
        if len(values) < 2 or scale == 0:
            raise ValueError(
                f"Target {column.name!r} has only one value ({float(values[0])}), so "
                "there is nothing to learn. Pass rows with different target values."
            )
        return cls(column.name, "regression", [], [], mean, scale)

    def encode(self, column: Column) -> np.ndarray:
        """Returns int32 class indices, or float32 numbers in their own unit."""
        _check_known(column)
        if self.task == "regression":
            with np.errstate(over="ignore"):
                values = column.numbers().astype("float32")
            if not np.isfinite(values).all():
                raise ValueError(
                    f"Target {column.name!r} holds numbers beyond float32 (3.4e38). "
                    "Rescale it."
                )
            return values
        labels = column.labels()
        indices = [self._index.find(word, -1) for word in labels.words]
        if -1 in indices:
            word = labels.words[indices.index(-1)]
            raise ValueError(
                f"Target {column.name!r} holds the label {word!r}, which is not one "
                f"of the classes learned by `adapt`: {_shorten(self.classes)}. Remove "
                "those rows, or adapt a new preprocessor on data with all classes."
            )
        return np.array(indices, dtype="int32")[labels.codes]

    def decode(self, indices: object) -> np.ndarray:
        """Returns the class label of each index."""
        if self.task != "classification":
            raise ValueError(
                "`decode_target` needs a classification target, but the task is "
                f"{self.task!r}: predictions are already in the target's unit."
            )
        indices = np.asarray(indices)
        if indices.dtype.kind not in "iu":
            raise ValueError(
                "`indices` must be integers (take the argmax of probabilities "
                f"first), but their dtype is {indices.dtype}."
            )
        bad = (indices < 0) | (indices >= len(self.classes))
        if bad.any():
            raise ValueError(
                f"`indices` must be in [0, {len(self.classes) - 1}], but received "
                f"{int(indices[bad].flat[0])}."
            )
        dtype = "object" if isinstance(self.classes[0], str) else None
        return np.array(self.classes, dtype=dtype)[indices]

    def to_json(self) -> dict:
        return asdict(self)


def infer_task(column: Column) -> str:
    """Classification for words, truth values and few integers, else regression."""
    if not isinstance(column, NumberColumn):
        return "classification"
    few = column.num_distinct() <= MAX_INTEGER_CLASSES
    return "classification" if column.is_integer() and few else "regression"


def _check_known(column: Column) -> None:
    gone = column.missing()
    if gone.any():
        raise ValueError(
            f"Target {column.name!r} is missing in {int(gone.sum())} of {len(gone)} "
            f"rows (first in row {int(np.argmax(gone))}). Drop those rows, or use "
            "them for pretraining without a target."
        )


def _class_labels(column: Column, labels: LabelColumn) -> list:
    if isinstance(column, NumberColumn):
        column.numbers()
        plain = float if column.values.dtype.kind == "f" else int
        return [plain(word) for word in labels.words]
    if column.boolean:
        return [word == "True" for word in labels.words]
    return labels.words


def _class_word(label: int | bool | float) -> str:
    return str(label) if isinstance(label, bool) else number_word(label)


def _check_num_classes(name: str, classes: list, max_classes: int) -> None:
    if len(classes) < 2:
        raise ValueError(
            f"Target {name!r} has only one class ({classes[0]!r}), so there is "
            "nothing to learn. Pass rows of at least two classes."
        )
    if len(classes) > max_classes:
        raise ValueError(
            f"Target {name!r} has {len(classes)} classes ({_shorten(classes)}), more "
            f'than max_categories={max_classes}. Pass `task="regression"` if it is '
            "a number, or raise `max_categories`."
        )


def _shorten(values: list) -> str:
    more = f", ... ({len(values)} in all)" if len(values) > 8 else ""
    return ", ".join(map(repr, values[:8])) + more
