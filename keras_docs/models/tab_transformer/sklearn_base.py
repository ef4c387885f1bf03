"""What the scikit-learn classifier and regressor share."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from keras_docs.models.tab_transformer.tab_transformer import TabTransformer
from keras_docs.models.tab_transformer.table import Table, open_table, read_vector

try:
    from sklearn.base import BaseEstimator
    from sklearn.utils import (
        _safe_indexing,
        assert_all_finite,
        check_consistent_length,
        check_random_state,
        column_or_1d,
    )
    from sklearn.utils.validation import (
        _check_sample_weight,
        check_is_fitted,
        validate_data,
    )
except ImportError:
    raise ImportError(
        "This estimator needs scikit-learn 1.6 or later. Install it with "
        '`pip install "keras-docs[sklearn]"`.'
    ) from None

MODEL_ARGUMENTS = (
    "columns",
    "num_bins",
    "numeric_encodings",
    "max_categories",
    "num_layers",
    "hidden_dim",
    "num_heads",
    "hidden_dims",
    "num_members",
    "dropout",
)


class SklearnTabTransformer(BaseEstimator):
    """Base of the scikit-learn estimators: `TabTransformer.from_dataframe` and `fit`.

    `keras.wrappers.SKLearnClassifier` and `SKLearnRegressor` turn X into one numeric
    array and so refuse a table with text ("could not convert string to float").
    """

    _task: str

    def __init__(
        self,
        *,
        columns: Mapping[str, str] | None = None,
        num_bins: int | None | str = "auto",
        numeric_encodings: tuple[str, ...] | str = "auto",
        max_categories: int | str = "auto",
        num_layers: int | str = "auto",
        hidden_dim: int | str = "auto",
        num_heads: int | str = "auto",
        hidden_dims: tuple[int, ...] | str = "auto",
        num_members: int | str = "auto",
        dropout: float | str = "auto",
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | str = "auto",
        validation_fraction: float = 0.15,
        random_state: Any = None,
        verbose: int = 0,
    ):
        self.columns = columns
        self.num_bins = num_bins
        self.numeric_encodings = numeric_encodings
        self.max_categories = max_categories
        self.num_layers = num_layers
        self.hidden_dim = hidden_dim
        self.num_heads = num_heads
        self.hidden_dims = hidden_dims
        self.num_members = num_members
        self.dropout = dropout
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.verbose = verbose

    def _fit_model(self, X: Any, y: Any, sample_weight: Any) -> np.ndarray:
        """Builds and trains `model_`; returns the checked `y` (rows,)."""
        if not 0 < self.validation_fraction < 1:
            raise ValueError(
                "`validation_fraction` must be between 0 and 1. Received: "
                f"{self.validation_fraction}."
            )
        name = str(getattr(y, "name", None) or "target")
        X, y = self._check_training(X, y)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, y)
            # A row of weight 0 counts as absent; its label is then no class.
            kept = np.flatnonzero(sample_weight)
            X, y = _safe_indexing(X, kept), y[kept]
            sample_weight = sample_weight[kept]
        self._check_target(y)
        table = self._open(X, reset=True)
        table = _with_target(table, name, y)
        with _seeded(check_random_state(self.random_state).randint(2**31 - 1)):
            self.model_ = self._build(table)
            history = self.model_.fit(
                table,
                sample_weight=sample_weight,
                batch_size=self.batch_size,
                epochs=self.epochs,
                validation_split=self.validation_fraction if not self.epochs else 0.0,
                verbose=self.verbose,
            )
        self.history_ = history.history
        return y

    def _check_target(self, y: np.ndarray) -> None:
        """Refuses what the task cannot learn, in scikit-learn's words."""

    def _build(self, table: Table) -> Any:
        given = {name: getattr(self, name) for name in MODEL_ARGUMENTS}
        model = TabTransformer.from_dataframe(
            table,
            target=table.names[-1],
            task=self._task,
            **{name: value for name, value in given.items() if not _is_auto(value)},
        )
        if not _is_auto(self.learning_rate):
            model.optimizer.learning_rate = self.learning_rate
        return model

    def _predict_model(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return self.model_.predict(self._open(X, reset=False), verbose=0)

    def _check_training(self, X: Any, y: Any) -> tuple[Any, np.ndarray]:
        X = _frame_of_records(X)
        # Says so if `y` is None.
        validate_data(self, X, y, skip_check_array=True)
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        if y.dtype.kind == "c":
            raise ValueError("Complex data not supported: `y` must be real.")
        if not hasattr(X, "columns"):
            X = self._check_array(X, reset=True)
        check_consistent_length(X, y)
        return X, y

    def _check_array(self, X: Any, reset: bool) -> np.ndarray:
        return validate_data(
            self,
            X,
            dtype=None,
            ensure_all_finite="allow-nan",
            ensure_min_samples=2 if reset else 1,
            reset=reset,
        )

    def _open(self, X: Any, reset: bool) -> Table:
        """The table behind X, under the column names of `fit`."""
        X = _frame_of_records(X)
        if hasattr(X, "columns"):
            validate_data(self, X, skip_check_array=True, reset=reset)
            table = open_table(X)
            if reset:
                self._names = table.names
            return table
        table = open_table(self._check_array(X, reset))
        if reset:
            self._names = table.names
        position = dict(zip(self._names, table.names, strict=True))
        return Table(self._names, table.rows, lambda name: table.read(position[name]))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.target_tags.required = True
        return tags


def _is_auto(value: Any) -> bool:
    return isinstance(value, str) and value == "auto"


def _frame_of_records(X: Any) -> Any:
    """A dict of columns or a list of dicts as a DataFrame, which scikit-learn knows."""
    is_rows = isinstance(X, list) and X and isinstance(X[0], Mapping)
    # Some sparse matrices are mappings, too.
    is_dict = isinstance(X, Mapping) and not hasattr(X, "shape")
    if not is_rows and not is_dict:
        return X
    import pandas as pd

    return pd.DataFrame(X)


def _with_target(table: Table, name: str, y: np.ndarray) -> Table:
    while name in table.names:
        name += "_"
    return Table(
        [*table.names, name],
        table.rows,
        lambda column: read_vector(y, name) if column == name else table.read(column),
    )


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seeds what Keras draws from, and leaves the caller's random numbers as they were.

    Args:
        seed: int.
    """
    numpy_state, python_state = np.random.get_state(), random.getstate()
    keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        np.random.set_state(numpy_state)
        random.setstate(python_state)
