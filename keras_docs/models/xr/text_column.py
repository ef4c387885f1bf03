"""A list, an array or a Series of texts -> a list of strings."""

from __future__ import annotations

from typing import Any


def read_texts(texts: Any, name: str) -> list[str]:
    """Checks that every text is a string.

    Args:
        texts: list, tuple, 1-D array, or a pandas, polars or pyarrow column.
        name: what to call it in messages.

    Returns:
        The strings; the list itself if it was one.

    Raises:
        ValueError: it is something else, it is empty, or a row is no string.
    """
    values = as_list(texts)
    if values is None:
        way_out = f" Pass [{texts!r:.40}]." if isinstance(texts, str) else ""
        raise ValueError(
            f"`{name}` must be a list, array or Series of strings, but received "
            f"{describe(texts)}.{way_out}"
        )
    if not values:
        raise ValueError(f"`{name}` is empty: it must hold at least one text.")
    if set(map(type, values)) == {str}:
        return values
    for row, text in enumerate(values):
        if not isinstance(text, str):
            raise ValueError(
                f"Row {row} of `{name}` must be a string, but it is {describe(text)}. "
                "Leave such rows out, or replace what is missing by text."
            )
    return list(map(str, values))


def refuse_blank_texts(texts: list[str], name: str) -> None:
    """Raises a `ValueError` naming the first row without any visible character."""
    for row, text in enumerate(texts):
        if not text or text.isspace():
            raise ValueError(
                f"Row {row} of `{name}` is an empty text ({text!r:.40}): there is "
                "nothing to go by. Leave such rows out."
            )


def as_list(column: Any) -> list | None:
    """The entries of a list, tuple, 1-D array or Series; None for anything else."""
    if isinstance(column, list):
        return column
    if isinstance(column, tuple):
        return list(column)
    if len(getattr(column, "shape", ())) != 1 and not hasattr(column, "to_pylist"):
        return None
    for method in ("to_list", "to_pylist", "tolist"):
        if hasattr(column, method):
            entries = getattr(column, method)()
            return entries if isinstance(entries, list) else None
    return None


def describe(value: Any) -> str:
    """A value for a message: its type, and its start or its shape."""
    kind = type(value).__name__
    if hasattr(value, "shape"):
        return f"{kind} of shape {tuple(value.shape)}"
    return kind if value is None else f"{kind} {value!r:.60}"
