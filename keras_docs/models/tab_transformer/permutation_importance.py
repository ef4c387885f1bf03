"""How much a model's answers depend on each raw column of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from keras_docs.models.base import raw_data

if TYPE_CHECKING:
    import pandas as pd

    from keras_docs.models.tab_transformer.tab_transformer_predictor import (
        TabTransformerPredictor,
    )


def permutation_importance(
    model: TabTransformerPredictor,
    table: Any,
    y: Any = None,
    repeats: int = 5,
    seed: int = 0,
    batch_size: int | None = None,
) -> pd.DataFrame:
    """Permutation importance of the raw columns; see `TabTransformerPredictor.explain`.

    The table is encoded once. A raw column's inputs are functions of that column
    alone, so moving their rows equals shuffling the raw column and encoding again.
    """
    import pandas as pd

    if repeats < 1:
        raise ValueError(f"`repeats` must be at least 1. Received: {repeats}.")
    features, labels = _encode(model, table, y)
    rows = raw_data.row_count(features)
    if rows < 2:
        raise ValueError(
            f"`explain` shuffles columns among the rows, and the table has {rows}. "
            "Pass at least 2 rows, better some hundreds."
        )
    before = _predict(model, features, batch_size)
    # The same orders for every column: differences between columns are not luck.
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(rows) for _ in range(repeats)]
    found = []
    for column in model.preprocessor.feature_columns:
        positions = model.preprocessor.inputs_of(column)
        shuffled = _predict(model, _shuffled(features, positions, orders), batch_size)
        changes = [
            _change(model, labels, before, after)
            for after in np.split(shuffled, repeats)
        ]
        spread = np.std(changes, ddof=1) if repeats > 1 else np.nan
        found.append((column, float(np.mean(changes)), float(spread)))
    result = pd.DataFrame(found, columns=["column", "importance", "sd"])
    result = result.sort_values(
        "importance", ascending=False, ignore_index=True, kind="stable"
    )
    result.attrs["measure"] = _measure(model, labels)
    return result


def _encode(model: Any, table: Any, y: Any) -> tuple[dict[str, np.ndarray], Any]:
    preprocessor = model.preprocessor
    if preprocessor is None or not preprocessor.is_adapted:
        raise ValueError(
            "`explain` needs to know which inputs belong to which column, and this "
            "model has no adapted preprocessor. Build the model with "
            "`preprocessor=TabTransformerPreprocessor(…).adapt(table)`."
        )
    features, labels, _ = keras.utils.unpack_x_y_sample_weight(preprocessor(table, y=y))
    return features, labels


def _predict(model: Any, features: dict[str, np.ndarray], batch_size: int | None):
    rows = raw_data.row_count(features)
    padded, size = raw_data.pad_rows(features, batch_size or model.predict_batch_size)
    outputs = keras.Model.predict(model, padded, batch_size=size, verbose=0)
    return outputs[:rows].astype("float64")


def _shuffled(
    features: dict[str, np.ndarray],
    positions: dict[str, list[int]],
    orders: list[np.ndarray],
) -> dict[str, np.ndarray]:
    """The rows once per order, with one column's inputs in that order."""
    result = {}
    for stream, array in features.items():
        copies = np.tile(array, (len(orders), 1))
        moved = positions[stream]
        copies[:, moved] = array[np.concatenate(orders)][:, moved]
        result[stream] = copies
    return result


def _change(model: Any, labels: Any, before: np.ndarray, after: np.ndarray) -> float:
    if labels is not None:
        return _loss(model, labels, after) - _loss(model, labels, before)
    # The total variation distance of two distributions; for two classes it is how far
    # the probability of either moved.
    scale = 0.5 if _classifies(model) else 1.0
    return scale * float(np.abs(after - before).sum(axis=1).mean())


def _loss(model: Any, labels: np.ndarray, outputs: np.ndarray) -> float:
    if _classifies(model):
        likelihood = outputs[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(likelihood, keras.config.epsilon())).mean())
    return float(np.sqrt(np.square(outputs[:, 0] - labels).mean()))


def _classifies(model: Any) -> bool:
    return model.preprocessor.task == "classification"


def _measure(model: Any, labels: Any) -> str:
    if labels is None:
        return "mean absolute change of the prediction"
    return f"rise of the {'log-loss' if _classifies(model) else 'RMSE'}"
