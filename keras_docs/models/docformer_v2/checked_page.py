"""A page whose words were checked and cut into tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from keras_docs.documents.page_boxes import page_boxes
from keras_docs.documents.page_image import open_image, stretched
from keras_docs.models.docformer_v2.word_tokens import WordTokens


class CheckedPage(NamedTuple):
    """A page, checked: arrays by word and by token.

    Args:
        parts: dict of the page's parts, as they were given.
        words: list of strings.
        boxes: int32 array (words, 4), from 0 to 1000.
        token_ids: int32 array (tokens,).
        token_counts: int64 array (words,), tokens of each.
        image: uint8 array (height, width, channels), or `None`.
    """

    parts: Mapping[str, Any]
    words: list[str]
    boxes: np.ndarray
    token_ids: np.ndarray
    token_counts: np.ndarray
    image: np.ndarray | None


def checked_page(
    parts: Mapping[str, Any],
    where: str,
    box_format: str,
    image_shape: tuple[int, int, int] | None,
    word_tokens: WordTokens,
) -> CheckedPage:
    """Checks a page, and cuts its words into tokens.

    Args:
        parts: dict of the page's parts, from `page_dicts`.
        where: string, begins the errors.
        box_format: string, see `page_boxes`.
        image_shape: (height, width, channels) to stretch the image to, or `None`.
        word_tokens: knows the tokens of the page's words.

    Raises:
        ValueError: a part can't be used.
    """
    words = parts.get("words")
    if words is None:
        raise ValueError(
            f"{where} has no `words`. Use OCR for an image alone: "
            "`keras_docs.read_pages(path, ocr=keras_docs.RapidOCR())`."
        )
    words = _checked_words(words, where)
    source, size = parts.get("images"), parts.get("sizes")
    image = None
    needs_size = box_format == "pixel" and size is None and len(words)
    if source is not None and (image_shape or needs_size):
        opened = open_image(source, where)
        size = opened.size if size is None else size
        if image_shape:
            image = stretched(opened, image_shape)
    boxes = parts.get("boxes") if len(words) else ()
    boxes = page_boxes(boxes, words, box_format, size, where)
    tokens = [word_tokens.of_word(word) for word in words]
    counts = np.fromiter(map(len, tokens), "int64", len(tokens))
    flat = [id_ for ids in tokens for id_ in ids]
    return CheckedPage(parts, words, boxes, np.array(flat, "int32"), counts, image)


def _checked_words(words: Any, where: str) -> list[str]:
    if isinstance(words, str):
        raise ValueError(
            f"{where}: `words` must be a list of strings, not one string. Received: "
            f"{words!r:.80}. Split it, with a box for each word."
        )
    words = list(words)
    for i, word in enumerate(words):
        if not isinstance(word, str):
            raise ValueError(
                f"{where}: word {i} must be a string. Received: {word!r:.60}. Leave it "
                "out with its box, or write it as text."
            )
    return words
