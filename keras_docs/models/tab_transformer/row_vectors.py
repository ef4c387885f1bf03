"""One value per row, given beside the table: targets and sample weights."""

import numpy as np

from keras_docs.models.tab_transformer.columns import Column
from keras_docs.models.tab_transformer.table import read_vector


def read_target(values: object, name: str, rows: int) -> Column:
    """Reads `y`; an error calls it by the target's name."""
    column = read_vector(values, name)
    _check_rows("y", len(column.missing()), rows)
    return column


def read_sample_weight(values: object, rows: int) -> np.ndarray:
    """Returns float32 `(rows,)`, finite and not negative."""
    weights = read_vector(values, "sample_weight").numbers()
    _check_rows("sample_weight", len(weights), rows)
    # NaN fails this comparison too.
    usable = (weights >= 0) & (weights <= np.finfo("float32").max)
    if not usable.all():
        raise ValueError(
            "`sample_weight` must be finite and not negative, but it holds "
            f"{float(weights[~usable][0])}."
        )
    return weights.astype("float32")


def _check_rows(name: str, received: int, rows: int) -> None:
    if received != rows:
        raise ValueError(
            f"`{name}` has {received} values, but the table has {rows} rows. Pass "
            "one value per row."
        )
