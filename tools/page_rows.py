"""Pages with what is to be learned from them as arrays, made once for all epochs."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import keras_hub
import numpy as np

import keras_docs

IMAGE_SHAPE = (512, 256, 1)
LENGTH = 512


class PageRows:
    """A row for each page, or for each of its questions; images are kept by page.

    A page that is longer than a row is read to the row's end.

    Args:
        pages: list of dicts, as from `prepared_pages.load`.
        tokenizer: a `DocFormerV2Tokenizer`.
        task: string, as of `DocFormerV2Preprocessor`.
        labels: list of strings, as of `DocFormerV2Preprocessor`.
        with_images: bool.
        answer_length: int.
        padding_multiple: int. Batches are as long as their longest row, rounded up to
            it; each length that comes is compiled with JAX and TensorFlow.
        soften_capitals: bool, as of `DocFormerV2Preprocessor`.
    """

    def __init__(
        self,
        pages: Sequence[dict[str, Any]],
        tokenizer: keras_hub.tokenizers.Tokenizer,
        task: str,
        labels: Sequence[str] = (),
        with_images: bool = True,
        answer_length: int = 64,
        padding_multiple: int = LENGTH,
        soften_capitals: bool = False,
    ):
        # Images stay as small integers, once for all rows of a page.
        reader = keras_docs.DocFormerV2Preprocessor(
            tokenizer,
            task=task,
            labels=labels,
            sequence_length=LENGTH,
            padding_multiple=LENGTH,
            answer_length=answer_length,
            image_shape=None,
            soften_capitals=soften_capitals,
        )
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Pages with more than")
            self._arrays = reader(pages)
        self.rows = len(self._arrays[1])
        self.lengths = self._arrays[0]["encoder_padding_mask"].sum(axis=1)
        self._multiple = padding_multiple
        self._images = None
        if with_images:
            self._images, of_page = images_of(pages)
            counts = [_samples(page) for page in pages]
            self._image_of = np.repeat(of_page, counts)

    def batch(self, rows: np.ndarray) -> tuple[dict, np.ndarray, np.ndarray]:
        """`(x, y, sample_weight)` of some rows."""
        x, y, weights = self._arrays
        length = -(-int(self.lengths[rows].max()) // self._multiple) * self._multiple

        def of(array: np.ndarray) -> np.ndarray:
            """The rows of an array, without what is padding in all of them."""
            is_long = array.ndim > 1 and array.shape[1] == LENGTH
            return array[rows, :length] if is_long else array[rows]

        x = {name: of(array) for name, array in x.items()}
        if self._images is not None:
            x["images"] = self._images[self._image_of[rows]]
        return x, of(y), of(weights)


def images_of(pages: Sequence[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
    """The images there are, with a white one at the end, and which each page has.

    Args:
        pages: list of dicts, of which some have `images`, uint8 (512, 256, 1). An image
            that several pages share is there once.

    Returns:
        uint8 array (images, 512, 256, 1), and int array (pages,).
    """
    known: dict[int, int] = {}
    images, of_page = [], []
    for page in pages:
        image = page.get("images")
        if image is None:
            of_page.append(-1)
            continue
        if id(image) not in known:
            known[id(image)] = len(images)
            images.append(image)
        of_page.append(known[id(image)])
    images.append(np.full(IMAGE_SHAPE, 255, "uint8"))
    return np.stack(images), np.array(of_page) % len(images)


def _samples(page: dict[str, Any]) -> int:
    questions = page.get("questions")
    return 1 if questions is None or isinstance(questions, str) else len(questions)
