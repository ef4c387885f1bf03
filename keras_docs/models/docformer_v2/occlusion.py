"""What an output was read from: what changes when parts of a page are hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from keras_docs.documents.page_image import WHITE

Features = dict[str, np.ndarray]
# So many pages with a part hidden are held at once.
CHUNK = 64


def occlusion(
    score: Callable[[Features], np.ndarray],
    features: Mapping[str, np.ndarray],
    word_ids: np.ndarray,
    word_count: int,
    cells: tuple[int, int] | None,
    pad_token_id: int,
) -> dict[str, Any]:
    """Hides each word, and each cell of the image, and scores what is left.

    The tokens of a hidden word are padding that nothing looks at; a hidden cell of the
    image is white. Only one thing is hidden at a time.

    Args:
        score: function of the model's inputs (rows, …) that returns the log-probability
            of the output in question, float array (rows,).
        features: dict of the model's inputs, one row.
        word_ids: int array (length,), the word that each token is of.
        word_count: int, words of the page.
        cells: (rows, columns) that the image is cut into, or `None`.
        pad_token_id: int.

    Returns:
        Dict of `log_probability`, float, with nothing hidden; `words`, float32 array
        (words,), by how much it falls without each, NaN for words that are not read;
        and `cells`, float32 array (rows, columns) or `None`.

    Reference:
    - [Zeiler and Fergus 2014, Visualizing and Understanding Convolutional
      Networks](https://arxiv.org/abs/1311.2901), section 4.2
    """
    whole = float(score(dict(features))[0])
    words = np.full(word_count, np.nan, "float32")
    present = np.unique(word_ids[word_ids >= 0])

    def without_words(places: np.ndarray) -> Features:
        hidden = _repeated(features, len(places))
        is_hidden = word_ids[None] == present[places, None]
        hidden["encoder_padding_mask"][is_hidden] = 0
        hidden["encoder_token_ids"][is_hidden] = pad_token_id
        return hidden

    for places in _chunks(len(present)):
        words[present[places]] = whole - score(without_words(places))
    found = {"log_probability": whole, "words": words, "cells": None}
    if cells is None or "images" not in features:
        return found
    of_image = np.zeros(cells, "float32")
    height, width = features["images"].shape[1:3]
    rows = np.linspace(0, height, cells[0] + 1).round().astype(int)
    columns = np.linspace(0, width, cells[1] + 1).round().astype(int)

    def without_cells(places: np.ndarray) -> Features:
        hidden = _repeated(features, len(places))
        for row, place in enumerate(places):
            i, j = divmod(int(place), cells[1])
            y, x = slice(*rows[i : i + 2]), slice(*columns[j : j + 2])
            hidden["images"][row, y, x] = WHITE
        return hidden

    for places in _chunks(of_image.size):
        of_image.flat[places] = whole - score(without_cells(places))
    return {**found, "cells": of_image}


def _repeated(features: Mapping[str, np.ndarray], rows: int) -> Features:
    return {name: np.repeat(array, rows, axis=0) for name, array in features.items()}


def _chunks(count: int) -> Iterator[np.ndarray]:
    for start in range(0, count, CHUNK):
        yield np.arange(start, min(start + CHUNK, count))
