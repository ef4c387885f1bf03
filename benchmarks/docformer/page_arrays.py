"""Pages as arrays of a fixed shape, and the batches that all networks learn from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import keras_docs

IMAGE_SHAPE = (512, 256, 1)
WHITE = 255
# Pages are moved by so much of 1000 at most.
MOST_SHIFT = 20
# Rows of about one length, from so many batches, are put together. Where tokens have
# labels, they are cut to it: to a multiple, so that few shapes are compiled. Links and
# answers are not: trained for seconds, they would be compiled within these.
BATCHES_SORTED, MULTIPLE = 8, 128


class PageArrays:
    """Rows of tokens, with the images of their pages kept but once.

    Args:
        preprocessor: a `DocFormerV2Preprocessor` with `image_shape=None`.
        pages: list of pages as `tools/prepared_pages.py` reads them.
        learn: bool, whether the pages have what is to be learned.
    """

    def __init__(self, preprocessor: Any, pages: Sequence[dict], learn: bool):
        bare = [
            {name: part for name, part in page.items() if name != "images"}
            for page in pages
        ]
        self.windows = preprocessor.windows(bare)
        self.features = self.windows.features
        if learn:
            self.features, self.targets, self.weights = preprocessor(bare)
        self.rows = len(self.windows.word_ids)
        mask = self.features["encoder_padding_mask"]
        self.is_cut = preprocessor.task == "label"
        self.lengths = mask.shape[1] - np.argmax(mask[:, ::-1] > 0, axis=1)
        self.page_of_row = self.windows.sample_pages[self.windows.overflow_to_sample]
        self.images = [page.get("images") for page in pages]
        self.tokenizer = preprocessor.tokenizer

    def batch(self, rows: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
        """A model's inputs for some rows.

        Args:
            rows: int array.
            names: list of the inputs' names.
        """
        batch = {name: self.features[name][rows] for name in names if name != "images"}
        if "images" in names:
            images = np.full((len(rows), *IMAGE_SHAPE), WHITE, "float32")
            for place, page in zip(images, self.page_of_row[rows], strict=True):
                if self.images[page] is not None:
                    place[:] = self.images[page]
            batch["images"] = images
        return batch

    def in_order(self, names: Sequence[str], size: int) -> Iterator[tuple]:
        """Batches of one size, the last filled up, with how many rows each has."""
        for start in range(0, self.rows, size):
            rows = np.arange(start, min(start + size, self.rows))
            filled = np.resize(rows, size)
            yield self.batch(filled, names), len(rows)

    def shuffled(
        self,
        names: Sequence[str],
        size: int,
        hidden: float,
        draw: np.random.Generator,
        stretch: float = 0.0,
    ) -> Iterator[tuple]:
        """`(features, targets, weights)` of each whole batch of one pass.

        Pages are moved a little, and stretched, and some of their tokens are hidden.

        Args:
            names: list of the inputs' names.
            size: int, rows of a batch.
            hidden: float, the share of the document's tokens to hide.
            draw: what orders and spoils the rows.
            stretch: float, see `keras_docs.PageAugmentation`.
        """
        spoil = keras_docs.PageAugmentation(
            self.tokenizer, MOST_SHIFT, stretch, hidden, draw
        )
        for rows in self._drawn(min(size, self.rows), draw):
            batch = self.batch(rows, names)
            parts = spoil(batch, self.targets[rows], self.weights[rows])
            yield self._cut(*parts, rows) if self.is_cut else parts

    def _drawn(self, size: int, draw: np.random.Generator) -> Iterator[np.ndarray]:
        """Rows of whole batches, each of about one length."""
        # Rows that fill no batch are others in each pass.
        order = draw.permutation(self.rows)[: self.rows // size * size]
        for start in range(0, len(order), size * BATCHES_SORTED):
            group = order[start : start + size * BATCHES_SORTED]
            group = group[np.argsort(self.lengths[group], kind="stable")]
            yield from draw.permutation(group.reshape(-1, size))

    def _cut(
        self, batch: dict, targets: np.ndarray, weights: np.ndarray, rows: np.ndarray
    ) -> tuple:
        length = -(-int(self.lengths[rows].max()) // MULTIPLE) * MULTIPLE
        cut = {
            name: part if name == "images" else part[:, :length]
            for name, part in batch.items()
        }
        return cut, targets[:, :length], weights[:, :length]
