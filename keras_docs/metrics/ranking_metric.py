"""What the metrics of ranked labels share."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


class RankingMetric(keras.metrics.Metric):
    """A share of what k ranked labels could have gained, summed over rows.

    A subclass implements `gains(hits, y_true)` and `attainable(y_true)`. The result is
    the sum of one over the sum of the other, each weighted by row.

    Args:
        k: int. How many of the ranked labels count.
        name: string or None: the class's `short_name` and k, such as "precision@5".
        **kwargs: `dtype` of the sums.
    """

    short_name: str

    def __init__(self, k: int, name: str | None = None, **kwargs: Any):
        if isinstance(k, bool) or not isinstance(k, int) or k < 1:
            raise ValueError(f"`k` must be an integer of at least 1. Received: {k!r}.")
        super().__init__(name=name or f"{self.short_name}@{k}", **kwargs)
        self.k = k
        self.gained = self.add_variable((), "zeros", name="gained")
        self.possible = self.add_variable((), "zeros", name="possible")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds rows.

        Args:
            y_true: int array (rows, p): the labels of each row, in any order, each
                once. -1 is padding.
            y_pred: int array (rows, >= k): ranked labels, the best first, each once. -1
                is no label.
            sample_weight: None or float array (rows,).

        Raises:
            ValueError: an array has another shape, or fewer than k columns.
        """
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        self._check_shapes(y_true.shape, y_pred.shape)
        y_true = ops.cast(y_true, "int32")
        y_pred = ops.cast(y_pred[:, : self.k], "int32")
        equal = ops.expand_dims(y_pred, 2) == ops.expand_dims(y_true, 1)
        hits = equal & (ops.expand_dims(y_true, 1) >= 0)
        gained, possible = self.gains(hits, y_true), self.attainable(y_true)
        if sample_weight is not None:
            weight = ops.cast(sample_weight, self.dtype)
            gained, possible = gained * weight, possible * weight
        self.gained.assign_add(ops.sum(gained))
        self.possible.assign_add(ops.sum(possible))

    def gains(self, hits: Any, y_true: Any) -> Any:
        """What each row gained: float tensor (rows,).

        Args:
            hits: bool tensor (rows, k, p): ranked label i is true label j.
            y_true: int32 tensor (rows, p), padded with -1.
        """
        raise NotImplementedError

    def attainable(self, y_true: Any) -> Any:
        """What each row could have gained: float tensor (rows,).

        Args:
            y_true: int32 tensor (rows, p), padded with -1.
        """
        raise NotImplementedError

    def result(self) -> Any:
        """The share gained so far, a scalar in [0, 1]; 0 before the first row."""
        return ops.divide_no_nan(self.gained, self.possible)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "k": self.k}

    def count(self, y_true: Any) -> Any:
        """Labels of each row: float tensor (rows,)."""
        return ops.sum(ops.cast(y_true >= 0, self.dtype), axis=1)

    def _check_shapes(self, true: tuple, predicted: tuple) -> None:
        same_rows = None in (true[0], predicted[0]) or true[0] == predicted[0]
        if len(true) != 2 or len(predicted) != 2 or not same_rows:
            raise ValueError(
                "`y_true` must be (rows, labels) padded with -1, and `y_pred` (rows, "
                f"at least {self.k}) ranked labels, for the same rows. Received "
                f"shapes {tuple(true)} and {tuple(predicted)}."
            )
        if predicted[1] is not None and predicted[1] < self.k:
            raise ValueError(
                f"`y_pred` ranks {predicted[1]} labels, but {self.name} counts "
                f"k={self.k}. Rank more, choose a smaller `k`, or pad with -1."
            )
