"""Pages as arrays of a fixed shape, and the batches that all networks learn from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

IMAGE_SHAPE = (512, 256, 1)
WHITE = 255
GRID = 1000
# Pages are moved by so much of 1000 at most.
MOST_SHIFT = 20


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
        self.page_of_row = self.windows.sample_pages[self.windows.overflow_to_sample]
        self.images = [page.get("images") for page in pages]
        self.hidden_id = preprocessor.tokenizer.token_to_id("<unk>")

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
            stretch: float, logarithm of the most that a page is made larger or smaller,
                each side by its own.
        """
        order = draw.permutation(self.rows)
        size = min(size, self.rows)
        for start in range(0, self.rows - size + 1, size):
            rows = order[start : start + size]
            batch = self.batch(rows, names)
            self._spoil(batch, rows, hidden, draw, stretch)
            yield batch, self.targets[rows], self.weights[rows]

    def _spoil(
        self, batch: dict, rows: np.ndarray, hidden: float, draw: Any, stretch: float
    ) -> None:
        is_word = self.windows.word_ids[rows] >= 0
        if "encoder_boxes" in batch:
            boxes = batch["encoder_boxes"]
            shift = draw.integers(-MOST_SHIFT, MOST_SHIFT + 1, (len(rows), 1, 2))
            times = np.exp(draw.uniform(-stretch, stretch, (len(rows), 1, 2)))
            moved = np.round((boxes + np.tile(shift, 2)) * np.tile(times, 2))
            moved = np.clip(moved, 0, GRID)
            batch["encoder_boxes"] = np.where(is_word[:, :, None], moved, boxes).astype(
                "int32"
            )
        if hidden:
            hide = is_word & (draw.random(is_word.shape) < hidden)
            ids = batch["encoder_token_ids"]
            batch["encoder_token_ids"] = np.where(hide, self.hidden_id, ids).astype(
                "int32"
            )
