"""Weights of a tree in two fifths of the space, for presets that travel.

Weights become 8-bit integers with a scale per node; features become the distance from
the one before in the chunk. Both are undone when a preset is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from keras_docs.models.xr.chunk_layout import LevelRows
from keras_docs.models.xr.label_tree import LabelTree

# A longer distance takes steps, each a row without entries.
_LONGEST_STEP = 2**16 - 1
_LARGEST = 127

_DTYPES = {
    "bias": ("float32",),
    "scales": ("float32",),
    "row_counts": ("int32",),
    "feature_steps": ("uint16",),
    "row_lengths": ("uint8", "uint16", "int32"),
    "entry_columns": ("uint8", "uint16", "int32"),
    "entry_values": ("int8",),
}


def quantized(level: LevelRows) -> LevelRows:
    """The level with weights rounded to 127 steps per node; those that become 0 go."""
    scales = _scales(level)
    columns = _columns(level)
    steps = np.round(level.entry_values / scales[columns])
    values = (steps * scales[columns]).astype("float32")
    return without_small(level._replace(entry_values=values), 0.0)


def without_small(level: LevelRows, threshold: float) -> LevelRows:
    """The level without weights of at most `threshold`, and without empty rows."""
    keeps = np.abs(level.entry_values) > threshold
    rows = np.repeat(np.arange(len(level.row_lengths)), level.row_lengths)
    lengths = np.bincount(rows[keeps], minlength=len(level.row_lengths))
    used = lengths > 0
    before = np.concatenate([[0], np.cumsum(used)])
    return level._replace(
        chunk_rows=before[level.chunk_rows].astype("int64"),
        row_features=level.row_features[used],
        row_lengths=lengths[used].astype("int32"),
        entry_columns=level.entry_columns[keeps],
        entry_values=level.entry_values[keeps],
    )


def compact_arrays(level: LevelRows) -> dict[str, np.ndarray]:
    """A quantized level as the arrays that are stored."""
    scales = _scales(level)
    steps, lengths, counts = _feature_steps(level)
    values = np.round(level.entry_values / scales[_columns(level)])
    widest = int(np.diff(level.chunk_columns).max())
    return {
        "bias": level.bias,
        "scales": scales,
        "row_counts": counts,
        "feature_steps": steps,
        "row_lengths": lengths.astype(_smallest(widest)),
        "entry_columns": level.entry_columns.astype(_smallest(widest)),
        "entry_values": values.astype("int8"),
    }


def level_of_compact(
    tree: LabelTree, level: int, arrays: Mapping[str, np.ndarray], num_features: int
) -> LevelRows:
    """A level from its stored arrays.

    Args:
        tree: the tree.
        level: int.
        arrays: what `compact_arrays` returned.
        num_features: int.

    Raises:
        ValueError: an array is missing, unknown, or does not fit the others.
    """
    _check(tree, level, arrays)
    starts, children = tree.child_lists(level - 1)
    counts = arrays["row_counts"].astype("int64")
    rows = np.concatenate([[0], np.cumsum(counts)])
    features = np.cumsum(arrays["feature_steps"], dtype="int64")
    # Each chunk counts from the start: take off what the chunks before added up to.
    before = np.concatenate([[0], features])[rows[:-1]]
    features -= np.repeat(before, counts) + 1
    lengths = arrays["row_lengths"].astype("int64")
    used = lengths > 0
    _require("feature_steps", (arrays["feature_steps"] > 0).all(), "above 0")
    _require("feature_steps", (features < num_features).all(), "of features")
    kept = np.concatenate([[0], np.cumsum(used)])[rows]
    chunks = np.repeat(np.repeat(np.arange(len(counts)), counts), lengths)
    columns = arrays["entry_columns"].astype("int32")
    widths = np.diff(starts)
    _require("entry_columns", (columns < widths[chunks]).all(), "columns of chunks")
    _require("entry_columns", (columns >= 0).all(), "columns of chunks")
    with np.errstate(over="ignore"):
        scales = arrays["scales"][starts[:-1][chunks] + columns]
        values = arrays["entry_values"] * scales
    _require("scales", np.isfinite(values).all(), "of weights within float32")
    return LevelRows(
        starts,
        children,
        arrays["bias"],
        kept.astype("int64"),
        features[used].astype("int32"),
        lengths[used].astype("int32"),
        columns,
        values.astype("float32"),
    )


def _check(tree: LabelTree, level: int, arrays: Mapping[str, np.ndarray]) -> None:
    _require("arrays", set(arrays) == set(_DTYPES), f"{', '.join(_DTYPES)}")
    for name, dtypes in _DTYPES.items():
        fits = arrays[name].ndim == 1 and arrays[name].dtype.name in dtypes
        _require(name, fits, f"1-D {dtypes}")
    starts, children = tree.child_lists(level - 1)
    for name in ("bias", "scales"):
        fits = len(arrays[name]) == len(children) and np.isfinite(arrays[name]).all()
        _require(name, fits, f"{len(children)} finite numbers")
    counts, lengths = arrays["row_counts"], arrays["row_lengths"]
    fits = len(counts) == len(starts) - 1 and (counts >= 0).all()
    fits = fits and counts.sum(dtype="int64") == len(lengths)
    fits = fits and len(lengths) == len(arrays["feature_steps"])
    _require("row_counts", fits, "one for each cluster, and add up to the rows")
    entries = len(arrays["entry_values"])
    fits = (lengths >= 0).all() and lengths.sum(dtype="int64") == entries
    fits = fits and len(arrays["entry_columns"]) == entries
    _require("row_lengths", fits, "the numbers of entries")


def _feature_steps(level: LevelRows) -> tuple[np.ndarray, ...]:
    """Steps between features, lengths of rows, and rows of each chunk, with fillers."""
    counts = np.diff(level.chunk_rows)
    features = level.row_features.astype("int64") + 1
    steps = np.diff(features, prepend=0)
    firsts = level.chunk_rows[:-1][counts > 0]
    steps[firsts] = features[firsts]
    fillers = (steps - 1) // _LONGEST_STEP
    places = np.arange(len(steps)) + np.cumsum(fillers)
    total = len(steps) + int(fillers.sum())
    all_steps = np.full(total, _LONGEST_STEP, "int64")
    all_steps[places] = steps - fillers * _LONGEST_STEP
    lengths = np.zeros(total, "int64")
    lengths[places] = level.row_lengths
    added = np.concatenate([[0], np.cumsum(fillers)])[level.chunk_rows]
    return (
        all_steps.astype("uint16"),
        lengths,
        (counts + np.diff(added)).astype("int32"),
    )


def _scales(level: LevelRows) -> np.ndarray:
    largest = np.zeros(len(level.column_nodes), "float32")
    np.maximum.at(largest, _columns(level), np.abs(level.entry_values))
    return np.where(largest > 0, largest / np.float32(_LARGEST), np.float32(1))


def _columns(level: LevelRows) -> np.ndarray:
    """The column of each entry, over all chunks."""
    row_chunks = np.repeat(
        np.arange(len(level.chunk_rows) - 1), np.diff(level.chunk_rows)
    )
    firsts = level.chunk_columns[:-1][row_chunks]
    return np.repeat(firsts, level.row_lengths) + level.entry_columns


def _smallest(width: int) -> str:
    if width < 2**8:
        return "uint8"
    return "uint16" if width < 2**16 else "int32"


def _require(name: str, is_valid: bool, expected: str) -> None:
    if not is_valid:
        raise ValueError(
            f"The stored weights are damaged: {name} must be {expected}. Download or "
            "save the preset again."
        )
