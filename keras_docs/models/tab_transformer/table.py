"""Any table, read column by column."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from keras_docs.models.tab_transformer.columns import (
    Column,
    column_from_array,
    column_from_objects,
    factorize,
    label_column,
)


@dataclass(frozen=True, eq=False)
class Table:
    """Column names in order, the number of rows, and a reader per column.

    A column is converted only when `read` asks for it, so columns that a model
    does not use cost nothing and may hold anything.
    """

    names: list[str]
    rows: int
    read: Callable[[str], Column]


def open_table(table: object) -> Table:
    """Opens a table of any supported type.

    Args:
        table: pandas, polars, pyarrow (or another narwhals-readable) frame; dict
            of columns; list of dict rows; one dict of scalars (one row); 2-D
            NumPy array (its columns are named "0", "1", ...).

    Raises:
        ValueError: if the type is not understood, the table has no rows or no
            columns, or two columns have one name.
    """
    if isinstance(table, Table):
        return table
    if isinstance(table, Mapping):
        opened = _open_dict(table)
    elif isinstance(table, Sequence) and not isinstance(table, str | bytes):
        opened = _open_rows(table)
    elif hasattr(table, "__array__") and not hasattr(table, "columns"):
        opened = _open_array(np.asarray(table))
    else:
        opened = _open_frame(table)
    if not opened.names or opened.rows == 0:
        raise ValueError(
            f"`table` is empty: it has {opened.rows} rows and {len(opened.names)} "
            "columns. Pass a table with at least one row and one column."
        )
    return opened


def check_present(wanted: Iterable[str], names: Sequence[str], what: str) -> None:
    """Raises a `ValueError` listing the wanted columns that a table lacks."""
    absent = [name for name in wanted if name not in set(names)]
    if not absent:
        return
    hints = []
    for name in absent:
        near = difflib.get_close_matches(name, names, n=1)
        same = [other for other in names if other.lower() == name.lower()]
        hint = (same or near)[:1]
        hints.append(f"{name!r}" + (f" (did you mean {hint[0]!r}?)" if hint else ""))
    shown = ", ".join(map(repr, names[:20])) + (", ..." if len(names) > 20 else "")
    raise ValueError(
        f"{what}: {', '.join(hints)}. The table's columns are: {shown}. Rename or "
        "add the columns (cells that are not known may be None)."
    )


def read_vector(values: object, name: str) -> Column:
    """Reads one column given on its own: a series, an array, a list.

    A frame, dict or 2-D array of exactly one column counts as that column.
    """
    if isinstance(values, Mapping) or hasattr(values, "columns"):
        table = open_table(values)
        if len(table.names) != 1:
            raise ValueError(
                f"`{name}` must be one column, but it has {len(table.names)}: "
                f"{table.names[:10]}. Select one of them."
            )
        return table.read(table.names[0])
    if isinstance(values, list | tuple):
        return column_from_objects(name, values)
    if not isinstance(values, np.ndarray):
        series = _as_series(values)
        if series is not None:
            return _read_series(series, name)
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    return column_from_array(name, array)


def _open_dict(table: Mapping) -> Table:
    if table and all(map(_is_scalar, table.values())):
        table = {name: [_plain(value)] for name, value in table.items()}
    columns = _by_unique_name(list(table), list(table.values()))
    sizes = {}
    for name, values in columns.items():
        if _is_scalar(values):
            raise ValueError(
                f"Column {name!r} is one value ({values!r}), while other columns are "
                "lists. Give every column one value per row, or every column one "
                "value (a single row)."
            )
        sizes[name] = len(values)
    if len(set(sizes.values())) > 1:
        raise ValueError(f"Columns must have the same number of rows, but: {sizes}.")
    rows = next(iter(sizes.values()), 0)
    return Table(list(columns), rows, lambda name: read_vector(columns[name], name))


def _open_rows(rows: Sequence) -> Table:
    if not all(isinstance(row, Mapping) for row in rows):
        return _open_array(np.array(rows, dtype="object"))
    names = dict.fromkeys(name for row in rows for name in row)
    columns = _by_unique_name(
        list(names), [[row.get(name) for row in rows] for name in names]
    )
    return Table(
        list(columns),
        len(rows),
        lambda name: column_from_objects(name, columns[name]),
    )


def _open_array(array: np.ndarray) -> Table:
    if array.ndim != 2:
        raise ValueError(
            f"An array must be 2-D (rows, columns), but its shape is {array.shape}. "
            "Pass a 2-D array, a data frame, a dict of columns or a list of dicts."
        )
    names = [str(i) for i in range(array.shape[1])]
    return Table(
        names,
        array.shape[0],
        lambda name: column_from_array(name, array[:, int(name)]),
    )


def _open_frame(table: object) -> Table:
    import narwhals as nw

    if hasattr(table, "collect"):
        raise ValueError(
            f"`table` is a {type(table).__name__}, which holds a plan, not rows. "
            "Pass `table.collect()`."
        )
    try:
        # Checked first: narwhals' own message would not say the way out.
        labels = getattr(table, "column_names", getattr(table, "columns", ()))
        _by_unique_name(list(labels), list(labels))
        frame = nw.from_native(table, eager_only=True)
    except TypeError:
        raise ValueError(
            f"`table` is a {type(table).__name__}, which is not understood. "
            "Pass a pandas, polars or pyarrow table, a dict of columns, a list of "
            "dicts or a 2-D NumPy array."
        ) from None
    originals = _by_unique_name(frame.columns, frame.columns)
    return Table(
        list(originals),
        len(frame),
        lambda name: _read_series(frame.get_column(originals[name]), name),
    )


def _as_series(values: object):
    import narwhals as nw

    if type(values).__module__.split(".")[0] == "pandas":
        # An Index or an extension array, such as `pandas.Categorical`, as well.
        import pandas

        values = pandas.Series(values)
    try:
        return nw.from_native(values, series_only=True)
    except TypeError:
        return None


def _read_series(series, name: str) -> Column:
    """Converts one narwhals series."""
    import narwhals as nw

    dtype = series.dtype
    if dtype in (nw.List, nw.Struct, nw.Array):
        return column_from_objects(name, series.to_list())
    if isinstance(dtype, nw.Categorical | nw.Enum):
        return _read_categorical(series, name)
    if dtype == nw.String:
        codes, distinct = _factorize_series(series, name)
        return label_column(name, codes, distinct)
    if dtype == nw.Boolean and series.null_count():
        return column_from_objects(name, series.to_list())
    if dtype.is_numeric():
        # Integers with gaps and decimals have no NumPy dtype of their own.
        if series.null_count() or dtype == nw.Decimal:
            series = series.cast(nw.Float64)
        return column_from_array(name, series.to_numpy())
    if isinstance(dtype, nw.Datetime) and dtype.time_zone:
        series = series.dt.replace_time_zone(None)
    return column_from_array(name, series.to_numpy())


def _read_categorical(series, name: str) -> Column:
    native = series.to_native()
    if hasattr(native, "cat") and hasattr(native.cat, "categories"):
        codes = native.cat.codes.to_numpy().astype("int64")
        return label_column(name, codes, native.cat.categories.tolist(), declared=True)
    codes, distinct = factorize(name, series.to_list())
    return label_column(name, codes, distinct, declared=True)


def _factorize_series(series, name: str) -> tuple[np.ndarray, list]:
    if series.implementation.is_pandas():
        # Much faster than a Python dict: Arrow's or pandas' own hash table.
        import pandas

        codes, distinct = pandas.factorize(series.to_native())
        return codes.astype("int64"), distinct.tolist()
    return factorize(name, series.to_list())


def _by_unique_name(names: Sequence[object], values: Sequence) -> dict:
    texts = [str(name) for name in names]
    twice = sorted({text for text in texts if texts.count(text) > 1})
    if twice:
        raise ValueError(
            f"Column names must be unique, but these occur twice: {twice}. Rename "
            "or drop one of each."
        )
    return dict(zip(texts, values, strict=True))


def _is_scalar(value: object) -> bool:
    is_word = isinstance(value, str | bytes)
    return is_word or not hasattr(value, "__len__") or getattr(value, "ndim", 1) == 0


def _plain(value: object) -> object:
    return value.item() if getattr(value, "ndim", None) == 0 else value
