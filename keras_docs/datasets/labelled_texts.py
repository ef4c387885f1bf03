"""Texts with their labels, as read from files."""

from __future__ import annotations

from typing import NamedTuple


class LabelledTexts(NamedTuple):
    """What `read_labelled_texts` returns.

    Args:
        texts: list of strings, one per document.
        labels: list of lists of ints: the labels of each document, as positions in
            `label_names` and `label_ids`.
        label_ids: list of strings, identifiers; each is there once.
        label_names: list of strings. Two labels may have the same name.

    Example:
    ```python
    data = LabelledTexts(["open data"], [[1]], ["p1", "p2"], ["law", "data"])
    [[data.label_names[label] for label in row] for row in data.labels]  # [["data"]]
    ```
    """

    texts: list[str]
    labels: list[list[int]]
    label_ids: list[str]
    label_names: list[str]
