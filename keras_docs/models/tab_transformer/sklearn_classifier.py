"""TabTransformer as a scikit-learn classifier."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_docs.models.tab_transformer.sklearn_base import SklearnTabTransformer

# scikit-learn's presence was checked there.
from sklearn.base import ClassifierMixin  # isort: skip
from sklearn.utils.multiclass import check_classification_targets  # isort: skip


class SklearnTabTransformerClassifier(ClassifierMixin, SklearnTabTransformer):
    """`TabTransformerClassifier` for `cross_val_score`, `GridSearchCV`, `Pipeline`.

    X may be a table with text, dates and gaps (pandas, polars, pyarrow, dict of
    columns, list of dicts) or an array; no encoding or scaling is needed before it.
    `"auto"` stands for the default of `TabTransformer.from_dataframe`.

    Args:
        columns: dict of column name -> kind, see `TabTransformerPreprocessor`.
        num_bins: int, or None for no numeric columns in the Transformer.
        numeric_encodings: tuple of `"standard"`, `"quantile"`, `"log"`.
        max_categories: int, most categories of one column.
        num_layers: int, Transformer layers.
        hidden_dim: int, size of a column's embedding.
        num_heads: int, divides `hidden_dim`.
        hidden_dims: tuple of ints, the head's hidden layers.
        num_members: int, members of the head's ensemble.
        dropout: float, of the head.
        epochs: int. Default: training stops by itself, as `validation_fraction` says.
        batch_size: int. Default: by the number of rows.
        learning_rate: float.
        validation_fraction: float, share of the rows that decide when to stop, drawn
            at random; unused if `epochs` is given.
        random_state: int, `RandomState` or None, seeds weights, dropout and batches.
            Keras' global seed is set from it.
        verbose: 0, 1 or 2, as in `keras.Model.fit`.

    Attributes:
        model_: the fitted `keras_docs.TabTransformerClassifier`, with `explain`,
            `embed` and `save_to_preset`.
        classes_: array (classes,), sorted.
        history_: dict of lists, loss and metrics per epoch.
        n_features_in_: int.
        feature_names_in_: array (columns,), if X has names that are strings.

    Example:
    ```python
    from sklearn.model_selection import cross_val_score

    classifier = keras_docs.SklearnTabTransformerClassifier(random_state=0)
    cross_val_score(classifier, df.drop(columns="income"), df["income"])
    ```
    """

    _task = "classification"

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None
    ) -> SklearnTabTransformerClassifier:
        """Learns columns and classes, and trains.

        Args:
            X: a table or array (rows, columns).
            y: labels (rows,): text, integers or truth values.
            sample_weight: array (rows,); rows of weight 0 count as absent.

        Returns:
            The estimator itself.

        Raises:
            ValueError: the data cannot be used; names the column and the way out.
        """
        y = self._fit_model(X, y, sample_weight)
        self.classes_ = np.unique(y)
        self._check_order()
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """How probable each class is.

        Args:
            X: a table or array (rows, columns).

        Returns:
            Float32 array (rows, classes), in the order of `classes_`.
        """
        return self._predict_model(X)

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class.

        Args:
            X: a table or array (rows, columns).

        Returns:
            Array (rows,) of labels, of the type of `y`.
        """
        probabilities = self._predict_model(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def _check_target(self, y: np.ndarray) -> None:
        check_classification_targets(y)

    def _check_order(self) -> None:
        learned = [str(label) for label in self.model_.preprocessor.classes]
        given = [str(label).strip() for label in self.classes_]
        if learned != given:
            raise ValueError(
                f"`y` has the labels {self.classes_.tolist()}, of which the model can "
                f"tell apart and sort only {learned}. Use labels without blanks around "
                "them."
            )
