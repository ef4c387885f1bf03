"""Reads the sparse format of the Extreme Classification Repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from keras_docs.datasets.text_lines import text_lines

if TYPE_CHECKING:
    from scipy.sparse import csr_array

# Bounds the Python strings alive at once.
ROWS_AT_ONCE = 20_000


def read_xmc(path: str | Path) -> tuple[csr_array, csr_array]:
    """Reads features and labels from one file.

    The first line is `rows features labels`. Each of the others is a document: the
    numbers of its labels, separated by commas, a space, and `feature:value` pairs,
    separated by spaces. Numbers start at 0. A document without labels starts with the
    space.

    Args:
        path: the file; `.gz`, `.xz` and `.bz2` are decompressed.

    Returns:
        Features (rows, features) and labels (rows, labels, ones): SciPy CSR arrays,
        float32, with sorted columns.

    Raises:
        ValueError: the file is missing or damaged, or a line is malformed; names it.

    Example:
    ```python
    x, y = read_xmc("data/eurlex/train.txt")
    ```

    Reference: The Extreme Classification Repository,
    http://manikvarma.org/downloads/XC/XMLRepository.html, "Dataset format".
    """
    path = Path(path)
    lines = text_lines(path)
    rows, num_features, num_labels = _read_header(path, next(lines, ""))
    parts, batch, start = [], [], 2
    for line in lines:
        batch.append(line)
        if len(batch) == ROWS_AT_ONCE:
            parts.append(_read_rows(path, batch, start, num_features, num_labels))
            batch, start = [], start + len(batch)
    if batch:
        parts.append(_read_rows(path, batch, start, num_features, num_labels))
    found = sum(part[0].shape[0] for part in parts)
    if found != rows:
        raise ValueError(
            f"{path} announces {rows} rows, but holds {found}. Download it again."
        )
    from scipy.sparse import vstack

    features, labels = zip(*parts, strict=True)
    return vstack(features, format="csr"), vstack(labels, format="csr")


def _read_header(path: Path, line: str) -> tuple[int, int, int]:
    numbers = line.split()
    if len(numbers) != 3 or not all(n.isdecimal() and int(n) > 0 for n in numbers):
        raise ValueError(
            f"Line 1 of {path} must be `rows features labels`. Received: {line!r:.120}."
        )
    rows, features, labels = map(int, numbers)
    return rows, features, labels


def _read_rows(
    path: Path, lines: list[str], start: int, num_features: int, num_labels: int
) -> tuple[csr_array, csr_array]:
    try:
        return _parse(lines, num_features, num_labels)
    except ValueError:
        pass
    for number, line in enumerate(lines, start):
        try:
            _parse([line], num_features, num_labels)
        except ValueError as error:
            raise ValueError(
                f"Line {number} of {path} must be `label,label feature:value ...`, "
                f"with labels below {num_labels}, features below {num_features} and "
                f"finite values. Received: {line!r:.120} ({error})."
            ) from None
    raise ValueError(f"{path} is malformed after line {start}.")


def _parse(
    lines: list[str], num_features: int, num_labels: int
) -> tuple[csr_array, csr_array]:
    label_texts, _, pair_texts = zip(
        *(line.partition(" ") for line in lines), strict=True
    )
    pairs = [text.split() for text in pair_texts]
    labels = [text.split(",") if text else [] for text in label_texts]
    split = [pair.split(":") for row in pairs for pair in row]
    numbers = np.array(split or np.empty((0, 2)), dtype=np.float64)
    if numbers.shape[1:] != (2,):
        raise ValueError("a pair is not `feature:value`")
    lengths = np.fromiter(map(len, pairs), np.int64, len(pairs))
    label_lengths = np.fromiter(map(len, labels), np.int64, len(labels))
    label_ids = np.array([label for row in labels for label in row], dtype=np.float64)
    features = _as_csr(numbers[:, 1], numbers[:, 0], lengths, num_features)
    ones = np.ones(len(label_ids))
    present = _as_csr(ones, label_ids, label_lengths, num_labels)
    present.data[:] = 1
    return features, present


def _as_csr(
    values: np.ndarray, columns: np.ndarray, lengths: np.ndarray, width: int
) -> csr_array:
    from scipy.sparse import csr_array

    if not ((columns >= 0) & (columns < width) & (columns % 1 == 0)).all():
        raise ValueError("a number is out of range")
    with np.errstate(over="ignore"):
        values = values.astype(np.float32)
    if not np.isfinite(values).all():
        raise ValueError("a value is not finite")
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    shape = (len(lengths), width)
    matrix = csr_array((values, columns.astype(np.int32), starts), shape=shape)
    matrix.sum_duplicates()
    return matrix
