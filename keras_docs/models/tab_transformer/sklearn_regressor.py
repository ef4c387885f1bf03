"""TabTransformer as a scikit-learn regressor."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_docs.models.tab_transformer.sklearn_base import SklearnTabTransformer

# scikit-learn's presence was checked there.
from sklearn.base import RegressorMixin  # isort: skip


class SklearnTabTransformerRegressor(RegressorMixin, SklearnTabTransformer):
    """`TabTransformerRegressor` for `cross_val_score`, `GridSearchCV`, `Pipeline`.

    X may be a table with text, dates and gaps (pandas, polars, pyarrow, dict of
    columns, list of dicts) or an array; no encoding or scaling is needed before it.

    Args:
        columns: dict of column name -> kind, see `TabTransformerPreprocessor`.
        **kwargs: the other parameters of `SklearnTabTransformerClassifier`.

    Attributes:
        model_: the fitted `keras_docs.TabTransformerRegressor`, with `explain`,
            `embed` and `save_to_preset`.
        history_: dict of lists, loss and metrics per epoch.
        n_features_in_: int.
        feature_names_in_: array (columns,), if X has names that are strings.

    Example:
    ```python
    from sklearn.model_selection import cross_val_score

    regressor = keras_docs.SklearnTabTransformerRegressor(random_state=0)
    cross_val_score(regressor, df.drop(columns="price"), df["price"])
    ```
    """

    _task = "regression"

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None
    ) -> SklearnTabTransformerRegressor:
        """Learns columns and the target's scale, and trains.

        Args:
            X: a table or array (rows, columns).
            y: numbers (rows,).
            sample_weight: array (rows,); rows of weight 0 count as absent.

        Returns:
            The estimator itself.

        Raises:
            ValueError: the data cannot be used; names the column and the way out.
        """
        self._fit_model(X, y, sample_weight)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """A number per row.

        Args:
            X: a table or array (rows, columns).

        Returns:
            Float32 array (rows,) in the unit of `y`.
        """
        return self._predict_model(X)
