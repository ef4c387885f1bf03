"""TabTransformer for classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from keras_docs.models.tab_transformer.tab_transformer_backbone import (
    TabTransformerBackbone,
)
from keras_docs.models.tab_transformer.tab_transformer_predictor import (
    TabTransformerPredictor,
)
from keras_docs.models.tab_transformer.tab_transformer_preprocessor import (
    TabTransformerPreprocessor,
)


@keras.saving.register_keras_serializable(package="keras_docs")
class TabTransformerClassifier(TabTransformerPredictor):
    """Predicts the class of each row of a table.

    The defaults are the paper's head: an MLP with hidden layers of 4 and 2 times the
    width of the features, SELU and batch normalisation (Huang et al. 2020, section 3).
    `TabTransformer.from_dataframe` chooses what does best on tables today instead.

    Args:
        backbone: a `TabTransformerBackbone`.
        num_classes: int. Default: the classes that the preprocessor learned.
        preprocessor: a `TabTransformerPreprocessor`, or `None` to feed arrays.
        hidden_dims: list of ints, the MLP's hidden layers. Default: `[4 * width,
            2 * width]` of the features.
        hidden_activation: string, their activation.
        batch_normalization: bool, after each hidden layer.
        dropout: float, after each hidden layer.
        num_members: int, members of an ensemble that share the hidden layers.
        **kwargs: `name`, `compile`.

    Call arguments:
        The backbone's inputs.

    Returns:
        Float32 tensor (batch, num_classes), probabilities.

    Raises:
        ValueError: the number of classes is unknown or contradicts the preprocessor.

    Example:
    ```python
    model = keras_docs.TabTransformerClassifier.from_preset("tab_transformer_income")
    model.classify(dataframe)      # labels and probabilities
    model.fit(dataframe, epochs=2)  # fine-tunes on the table's target column
    ```
    """

    head_arguments = ("num_classes", "hidden_dims", "num_members")

    def __init__(
        self,
        backbone: TabTransformerBackbone,
        num_classes: int | None = None,
        preprocessor: TabTransformerPreprocessor | None = None,
        hidden_dims: Sequence[int] | None = None,
        hidden_activation: str = "selu",
        batch_normalization: bool = True,
        dropout: float = 0.0,
        num_members: int = 1,
        **kwargs: Any,
    ):
        num_classes = _number_of_classes(num_classes, preprocessor)
        super().__init__(
            backbone,
            num_classes,
            keras.layers.Softmax(dtype="float32", name="probabilities"),
            preprocessor,
            hidden_dims,
            hidden_activation,
            batch_normalization,
            dropout,
            num_members,
            **kwargs,
        )
        self.num_classes = num_classes

    def default_loss(self) -> keras.losses.Loss:
        return keras.losses.SparseCategoricalCrossentropy()

    def default_metrics(self) -> list[Any]:
        return ["accuracy"]

    def fit(self, *args: Any, class_weight: Any = None, **kwargs: Any):
        """As `keras.Model.fit`, on tables; see `TabTransformerTask.fit`.

        Args:
            *args: `x`, `y`, `batch_size`, `epochs`, ….
            class_weight: dict of label -> weight.
            **kwargs: further arguments.

        Returns:
            A `keras.callbacks.History`.
        """
        if class_weight is not None:
            class_weight = self._class_weight_by_index(class_weight)
        return super().fit(*args, class_weight=class_weight, **kwargs)

    def classify(self, x: Any, batch_size: int | None = None):
        """The most probable class of each row, and how probable each class is.

        Args:
            x: a table.
            batch_size: int.

        Returns:
            A pandas DataFrame with the columns `label`, `probability` (of that label)
            and one per class, `probability of <class>`.
        """
        import pandas as pd

        probabilities = self.predict(x, batch_size, verbose=0)
        best = probabilities.argmax(axis=1)
        result = pd.DataFrame(
            {
                "label": self._labels()[best],
                "probability": probabilities[np.arange(len(best)), best],
            },
            index=x.index if isinstance(x, pd.DataFrame) else None,
        )
        for i, label in enumerate(self._labels()):
            result[f"probability of {label}"] = probabilities[:, i]
        return result

    def _labels(self) -> np.ndarray:
        if self.preprocessor is None or not self.preprocessor.classes:
            return np.arange(self.num_classes)
        return self.preprocessor.decode_target(np.arange(self.num_classes))

    def _class_weight_by_index(self, class_weight: Mapping) -> dict[int, float]:
        labels = list(self._labels())
        unknown = [label for label in class_weight if label not in labels]
        if unknown:
            raise ValueError(
                f"`class_weight` names {unknown[0]!r}, which is no class. "
                f"The classes are {labels}."
            )
        return {
            i: float(class_weight.get(label, 1.0)) for i, label in enumerate(labels)
        }

    def get_config(self) -> dict:
        return {**super().get_config(), "num_classes": self.num_classes}


def _number_of_classes(
    num_classes: int | None, preprocessor: TabTransformerPreprocessor | None
) -> int:
    known = len(preprocessor.classes) if _has_classes(preprocessor) else None
    if num_classes is None and known is None:
        raise ValueError(
            "`num_classes` is missing, and the preprocessor has learned no classes. "
            "Give `num_classes`, or a preprocessor that was adapted to a table with "
            "its target column."
        )
    if known is not None and num_classes not in (None, known):
        raise ValueError(
            f"`num_classes={num_classes}`, but the preprocessor learned {known} "
            f"classes: {preprocessor.classes}. Leave `num_classes` out, or adapt a "
            "preprocessor to the new target (`preprocessor.for_target(…)`)."
        )
    return num_classes if known is None else known


def _has_classes(preprocessor: TabTransformerPreprocessor | None) -> bool:
    return (
        preprocessor is not None
        and preprocessor.is_adapted
        and preprocessor.task == "classification"
    )
