"""The base of every model of the XR family that an `XRRanker` can stand on."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from keras_docs.models.base.backbone import Backbone
from keras_docs.models.xr.feature_matrix import read_matrix
from keras_docs.models.xr.level_tasks import entries_of


class XRBackbone(Backbone):
    """A model from features to ranked labels.

    Its weights are sparse NumPy arrays, `arrays`, beside the Keras variables that a
    subclass may have. They are saved in the same safetensors file and memory-mapped
    when a preset is loaded.

    A subclass implements `fit`, `predict`, `arrays` and `set_arrays`, and has the
    attributes `num_features`, `num_labels`, `num_weights` and `is_fitted`.
    """

    def __init__(self, **kwargs: Any):
        super().__init__(**no_graph(), **kwargs)
        self.built = True

    def predict(
        self, x: Any, k: int = 10, **kwargs: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """The best labels of each row.

        Args:
            x: what the preprocessor gives: CSR matrix or array (rows, num_features), or
                a dict of such.
            k: int, how many labels.
            **kwargs: what the subclass takes.

        Returns:
            Label ids, int32 (rows, k), best first, -1 where there are fewer than k;
            and their scores, float32 (rows, k).
        """
        raise NotImplementedError

    def require_fitted(self) -> None:
        """Raises a `ValueError` if there are no weights yet."""
        if not self.is_fitted:
            raise ValueError(
                f"This {type(self).__name__} has not been trained. Call `fit(x, y)`, "
                "or load a preset with `from_preset`."
            )

    def _check_features(self, x: Any) -> Any:
        features = read_matrix(x, "x")
        if features.shape[1] != self.num_features:
            raise ValueError(
                f"`x` must have {self.num_features:,} columns, the model's number of "
                f"features. Received: {features.shape[1]:,}. Use the same vectorizer "
                "as in training."
            )
        return features

    def _check_labels(self, y: Any, rows: int) -> Any:
        y = entries_of(read_matrix(y, "y"))
        if y.shape != (rows, self.num_labels):
            raise ValueError(
                f"`y` must be of shape ({rows}, {self.num_labels}): a row for each row "
                f"of `x`, a column for each label. Received: {y.shape}."
            )
        if not y.nnz:
            raise ValueError("`y` has no label at all: there is nothing to learn.")
        return y

    def count_params(self) -> int:
        """The number of sparse weights (`num_weights`) and of variables' elements."""
        return self.num_weights + sum(int(np.prod(v.shape)) for v in self.weights)

    def save_own_variables(self, store: dict[str, Any]) -> None:
        super().save_own_variables(store)
        for name, array in self.arrays.items():
            store[name.replace("/", ":")] = array

    def load_own_variables(self, store: dict[str, Any]) -> None:
        names = list(store.keys())
        if names:
            arrays = {name.replace(":", "/"): np.array(store[name]) for name in names}
            self.set_arrays(arrays)


def no_graph() -> dict[str, keras.KerasTensor]:
    """Inputs and outputs for a model that computes outside of Keras' graphs.

    The first KerasHub model that is built from inputs and outputs makes `Functional` a
    base of all KerasHub models in the process: from then on every one needs them.
    """
    unused = keras.Input((1,))
    return {"inputs": unused, "outputs": unused}
