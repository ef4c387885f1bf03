"""Any table in, the arrays of TabTransformer out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import keras
import numpy as np

from keras_docs.models.base import Preprocessor
from keras_docs.models.tab_transformer.fitted_table import STREAMS, FittedTable
from keras_docs.models.tab_transformer.number_encoder import SCALINGS
from keras_docs.models.tab_transformer.preprocessor_summary import summarise
from keras_docs.models.tab_transformer.row_vectors import (
    read_sample_weight,
    read_target,
)
from keras_docs.models.tab_transformer.settings import Settings
from keras_docs.models.tab_transformer.table import check_present, open_table
from keras_docs.models.tab_transformer.target_encoder import TargetEncoder


@keras.saving.register_keras_serializable(package="keras_docs")
class TabTransformerPreprocessor(Preprocessor):
    """Turns any table into TabTransformer's inputs, and learns how from data.

    `adapt` decides what each column is and learns its categories or scale; a call
    encodes a whole table. What is learned is plain JSON in `get_config()`.

    **Kinds.** An entry of `columns` decides; otherwise the first rule that fits:

    1. dates or times: `date`.
    2. boolean or categorical dtype: `categorical`.
    3. whole numbers or text, and the name says zip, postal, postcode or plz:
       `postal_code`.
    4. whole numbers with at most `max_integer_categories` different values:
       `categorical`. A float column of whole numbers counts as whole numbers,
       because one missing value turns integers into floats.
    5. other numbers: `numeric`.
    6. text that is all IPv4 or IPv6 addresses: `ip_address`.
    7. text that is all numbers, none like "007": rule 4 or 5.
    8. text that is all ISO 8601 dates: `date`.
    9. text, mostly distinct and mostly of three or more words: `text`.
    10. other text: `categorical`.

    **Encodings.** What each kind becomes (what does not vary is left out):

    - `categorical`: one categorical input; 0 is missing, unseen or rare.
    - `numeric`: one continuous input per name in `numeric_encodings` (0, the mean,
      where missing); one rank if `num_bins` is set; and, if values were missing in
      training, a categorical input "<column> is missing".
    - `date`: numeric days since 1970; categorical month, weekday and hour.
    - `text`: numeric characters, words and digit share.
    - `postal_code`: categorical first 3 characters, and full code (the
      `max_categories` commonest).
    - `ip_address`: categorical /8 and /16 prefixes, and whether it is private.

    None, NaN, NaT, blank text and the words "?", "NA", "N/A", "nan", "NaN", "NaT",
    "null", "NULL", "<NA>" are missing. Blanks around text are stripped. 1, 1.0,
    "1" and True look up the same category, unless training told them apart.

    Args:
        target: string or None. The column to predict. It is never a feature.
        task: "classification", "regression", or None to infer it in `adapt`:
            classification if the target is text, boolean, or has at most 20
            different values, all whole.
        columns: dict of column name -> kind (see above) or "ignore".
        numeric_encodings: tuple of names, each adding one copy of every number to
            the continuous inputs: "standard" (x - mean) / std; "quantile", the
            standard normal score of the middle of x's ties, clipped to [-3, 3];
            "log", sign(x) log(1 + |x|), then standardised.
        num_bins: int or None. Bins per number for the piecewise-linear position
            in "ranks". Bins have equal mass, with the mass of ties capped to one
            bin. A number with fewer distinct values has fewer bins.
        max_categories: int. Most categories of one column.
        max_integer_categories: int. See rule 4.
        min_frequency: int. Rarer categories share position 0.
        state: dict or None. What `adapt` learned; made by `get_config()`.
        **kwargs: `name` and `dtype` of the layer.

    Call arguments:
        x: pandas, polars or pyarrow table (or another that narwhals reads), dict of
            columns, list of dict rows, one dict of scalars (one row), or 2-D NumPy
            array (columns "0", "1", ...). It needs `feature_columns`; others are
            skipped.
        y: None or 1-D labels or numbers. None reads the target column, if present.
        sample_weight: None or 1-D numbers, not negative.

    Returns:
        `x`, `(x, y)` or `(x, y, sample_weight)`. `x` is a dict, with a key only
        where the width is not zero: "categorical", int32 `(rows, m)`, position in
        the vocabulary, 0 = missing or unseen; "continuous", float32 `(rows, c)`,
        scaled numbers; "ranks", float32 `(rows, r)`, u in [t, t + 1] in bin t,
        -1 = missing. `y` is int32 `(rows,)` class indices, or float32 `(rows,)` in
        the target's own unit. `sample_weight` is float32 `(rows,)`.

    Raises:
        ValueError: if a table or an argument cannot be used, naming the column and
            the way out.

    Example:
    ```python
    import keras_docs

    table = {
        "age": [25.5, 38.0, None, 52.0],
        "job": ["cook", "clerk", "cook", "nurse"],
        "income": ["low", "high", "low", "high"],
    }
    preprocessor = keras_docs.TabTransformerPreprocessor(target="income")
    x, y = preprocessor.adapt(table)(table)
    x["categorical"].shape  # (4, 2): "age is missing" and "job"
    preprocessor.decode_target(y)  # ["low", "high", "low", "high"]
    print(preprocessor)  # what was learned
    ```

    Reference: encodings side by side, https://arxiv.org/abs/2012.06678, Appendix B.2;
    piecewise-linear positions, https://arxiv.org/abs/2203.05556, Section 3.2.
    """

    def __init__(
        self,
        *,
        target: str | None = None,
        task: str | None = None,
        columns: Mapping[str, str] | None = None,
        numeric_encodings: tuple[str, ...] = SCALINGS,
        num_bins: int | None = None,
        max_categories: int = 1000,
        max_integer_categories: int = 10,
        min_frequency: int = 1,
        state: dict | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        # Plain objects, so that Keras does not wrap the dicts and lists in them.
        self._settings = Settings(
            target=target,
            task=task,
            columns={} if columns is None else columns,
            numeric_encodings=numeric_encodings,
            num_bins=num_bins,
            max_categories=max_categories,
            max_integer_categories=max_integer_categories,
            min_frequency=min_frequency,
        )
        self._fitted = None
        if state is not None:
            self._fitted = FittedTable.from_json(state, self._settings)

    def adapt(self, table: Any, y: Any = None) -> TabTransformerPreprocessor:
        """Learns kinds, vocabularies, scales and the target from training rows.

        A second `adapt` replaces everything; a failed one changes nothing.

        Args:
            table: a table of any supported type.
            y: None or 1-D. The target; None takes the column `target`.

        Returns:
            The preprocessor itself.

        Raises:
            ValueError: if the table cannot be learned from, naming the column and
                the way out.
        """
        table = open_table(table)
        goal = self.target
        if y is not None:
            y = read_target(y, goal or "y", table.rows)
        elif goal is not None:
            check_present([goal], table.names, "The target column is missing")
            y = table.read(goal)
        self._fitted = FittedTable.learn(table, y, self._settings)
        return self

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        table = open_table(x)
        features = self.encode_features(table)
        target = self._require_adapted().target
        if y is not None and target is None:
            raise ValueError(
                "`y` was given, but `adapt` saw no target. Pass `target=...` to the "
                "constructor, or `y` to `adapt`, or use `for_target`."
            )
        if y is not None:
            y = target.encode(read_target(y, target.name, table.rows))
        elif target is not None and self.target in table.names:
            y = target.encode(table.read(self.target))
        if sample_weight is not None:
            if y is None:
                raise ValueError("`sample_weight` needs a target: pass `y` as well.")
            sample_weight = read_sample_weight(sample_weight, table.rows)
        return keras.utils.pack_x_y_sample_weight(features, y, sample_weight)

    def encode_features(self, x: Any) -> dict[str, np.ndarray]:
        """Encodes a table without looking at its target column.

        Args:
            x: a table of any supported type. Its target may be missing or unknown.

        Returns:
            The dict of arrays, as `call` returns it.
        """
        return self._require_adapted().encode(open_table(x), self._settings)

    def decode_target(self, indices: Any) -> np.ndarray:
        """Turns class indices into labels.

        Args:
            indices: integers of any shape, each in [0, number of classes).

        Returns:
            Array of the same shape: int64, float64, bool, or objects (strings).

        Raises:
            ValueError: if the target has no classes or an index is out of range.
        """
        return self._require_target().decode(indices)

    def for_target(
        self, column: str, *, table: Any, task: str | None = None
    ) -> TabTransformerPreprocessor:
        """Keeps all that was learned and predicts another column.

        For fine-tuning after pretraining on all columns. If `column` was one of the
        features, its inputs stay, always encoded as missing, so nothing leaks.

        Args:
            column: string, the new target.
            table: the rows to learn the classes, or mean and scale, from.
            task: "classification", "regression", or None to infer it.

        Returns:
            A new preprocessor.

        Raises:
            ValueError: if `table` has no such column, or it is no usable target.
        """
        fitted, table = self._require_adapted(), open_table(table)
        check_present([column], table.names, "The target column is missing")
        limit = self._settings.max_categories
        state = fitted.with_target(table.read(column), task, limit).to_json()
        config = {"target": column, "task": task, "state": state}
        return type(self).from_config({**self.get_config(), **config})

    def inputs_of(self, column: str) -> dict[str, list[int]]:
        """Where a raw column went.

        Args:
            column: string, a name in `feature_columns`.

        Returns:
            Dict of "categorical", "continuous", "ranks" -> positions along the last
            axis of that array.

        Raises:
            ValueError: if the column is no feature.
        """
        check_present([column], self.feature_columns, "No feature column")
        return self._require_adapted().positions_of(column, self._settings)

    def column_of(self, stream: str, index: int) -> str:
        """The raw column that an input came from.

        Args:
            stream: "categorical", "continuous" or "ranks".
            index: int, a position along the last axis of that array.

        Returns:
            The name of the raw column.
        """
        if stream not in STREAMS:
            raise ValueError(f"`stream` must be one of {STREAMS}, not {stream!r}.")
        return self._require_adapted().inputs(self._settings)[stream][index][0]

    @property
    def is_adapted(self) -> bool:
        """Whether `adapt` was called, or a state was given."""
        return self._fitted is not None

    @property
    def target(self) -> str | None:
        """The target column."""
        return self._settings.target

    @property
    def task(self) -> str | None:
        """ "classification" or "regression"; None while not known."""
        if self._fitted is None or self._fitted.target is None:
            return self._settings.task
        return self._fitted.target.task

    @property
    def classes(self) -> list:
        """The class labels in order of their index; empty for regression."""
        return list(self._require_target().classes)

    @property
    def target_mean(self) -> float:
        """Mean of a regression target in the training rows (0 for classes)."""
        return self._require_target().mean

    @property
    def target_scale(self) -> float:
        """Standard deviation of a regression target (1 for classes)."""
        return self._require_target().scale

    @property
    def cardinalities(self) -> list[int]:
        """Positions per categorical input: its categories + 1 for position 0."""
        return [len(words) + 1 for words in self.vocabularies]

    @property
    def vocabularies(self) -> list[list[str]]:
        """The words of positions 1, 2, ... of every categorical input."""
        return [list(c.vocabulary) for c in self._require_adapted().categories()]

    @property
    def frequencies(self) -> list[list[float]]:
        """Share of each position among the training rows, per categorical input."""
        fitted = self._require_adapted()
        return [[n / fitted.rows for n in c.counts] for c in fitted.categories()]

    @property
    def num_continuous(self) -> int:
        """Width of the continuous input."""
        return len(self.continuous_names)

    @property
    def num_ranks(self) -> int:
        """Width of the ranks."""
        return len(self.rank_names)

    @property
    def num_bins(self) -> int | None:
        """Most bins of one number."""
        return self._settings.num_bins

    @property
    def categorical_names(self) -> list[str]:
        """Name of every categorical input, such as "job" or "joined month"."""
        return self._names("categorical")

    @property
    def continuous_names(self) -> list[str]:
        """Name of every continuous input, such as "age (standard)"."""
        return self._names("continuous")

    @property
    def rank_names(self) -> list[str]:
        """Name of every rank, such as "age"."""
        return self._names("ranks")

    @property
    def feature_columns(self) -> list[str]:
        """The raw columns that a call reads, in order."""
        columns = self._require_adapted().columns
        return [column.name for column in columns if column.name != self.target]

    @property
    def ignored_columns(self) -> dict[str, str]:
        """Raw columns seen by `adapt` but not used -> the reason."""
        return dict(self._require_adapted().ignored)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            **asdict(self._settings),
            "numeric_encodings": list(self._settings.numeric_encodings),
            "state": None if self._fitted is None else self._fitted.to_json(),
        }

    def __repr__(self) -> str:
        if self._fitted is None:
            return f"TabTransformerPreprocessor(target={self.target!r}), not adapted"
        return summarise(self._fitted, self._settings)

    def _names(self, stream: str) -> list[str]:
        inputs = self._require_adapted().inputs(self._settings)
        return [name for _, name in inputs[stream]]

    def _require_adapted(self) -> FittedTable:
        if self._fitted is None:
            raise ValueError(
                "This preprocessor has learned nothing yet. Call "
                "`preprocessor.adapt(training_table)` first, or load a preset."
            )
        return self._fitted

    def _require_target(self) -> TargetEncoder:
        target = self._require_adapted().target
        if target is None:
            raise ValueError(
                "This preprocessor was adapted without a target. Pass `target=...`, "
                "or use `for_target`."
            )
        return target
