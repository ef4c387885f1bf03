"""Windows of tokens over long pages, and what they say put together again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from keras_docs.documents.page_boxes import GRID

QUESTION, DOCUMENT = 1, 2
# Not a word's.
NO_WORD = -1


class PageWindows(NamedTuple):
    """Windows of pages, with where each comes from.

    A sample is a page with one of its questions, or without one.

    Args:
        features: dict of the model's inputs, arrays with a row for each window.
        overflow_to_sample: int32 array (windows,), the sample of each.
        sample_pages: int32 array (samples,), the page of each sample.
        word_ids: int32 array (windows, length), the word that a token is of; -1 for
            the question, `</s>` and padding.
        word_counts: int32 array (samples,), words of each.
        errors: dict, what is wrong with pages that were left out, by their index.
    """

    features: dict[str, np.ndarray]
    overflow_to_sample: np.ndarray
    sample_pages: np.ndarray
    word_ids: np.ndarray
    word_counts: np.ndarray
    errors: dict[int, str]


class Window(NamedTuple):
    """Tokens of one window, without padding.

    Args:
        token_ids: int32 array (length,).
        boxes: int32 array (length, 4).
        segments: int32 array (length,).
        word_ids: int32 array (length,).
    """

    token_ids: np.ndarray
    boxes: np.ndarray
    segments: np.ndarray
    word_ids: np.ndarray


def window_spans(
    lengths: np.ndarray, room: int, stride: int, first_only: bool
) -> list[tuple[int, int]]:
    """Which words each window holds; none is split.

    Args:
        lengths: int array (words,), tokens of each.
        room: int, tokens of a window at most. A longer word has a window of its own.
        stride: int, tokens that a window repeats of the one before at most.
        first_only: bool, whether to stop after the first.

    Returns:
        List of (first word, last word + 1).
    """
    ends = np.concatenate([[0], np.cumsum(lengths)])
    spans, start, count = [], 0, len(lengths)
    while True:
        end = int(np.searchsorted(ends, ends[start] + room, side="right")) - 1
        end = max(end, min(start + 1, count))
        spans.append((start, end))
        if end >= count or first_only:
            return spans
        back = int(np.searchsorted(ends, ends[end] - stride, side="left"))
        # A window must begin later than the one before, and be able to end later: with
        # the next word it has room for fewer words that were seen.
        fits = int(np.searchsorted(ends, ends[end + 1] - room, side="left"))
        start = min(max(back, fits, start + 1), end)


def make_window(
    prefix: np.ndarray,
    token_ids: np.ndarray,
    boxes: np.ndarray,
    word_ids: np.ndarray,
    end_token_id: int,
) -> Window:
    """A window of question, document text and end token.

    Args:
        prefix: int array, the question's tokens.
        token_ids: int array (tokens,), of the document.
        boxes: int array (tokens, 4).
        word_ids: int array (tokens,).
        end_token_id: int.
    """
    before, inside = len(prefix), len(token_ids)
    length = before + inside + 1
    window = Window(
        np.empty(length, "int32"),
        np.zeros((length, 4), "int32"),
        np.full(length, DOCUMENT, "int32"),
        np.full(length, NO_WORD, "int32"),
    )
    window.token_ids[:before] = prefix
    window.token_ids[before:-1] = token_ids
    window.token_ids[-1] = end_token_id
    window.boxes[before:-1] = boxes
    window.boxes[-1] = GRID
    window.segments[:before] = QUESTION
    window.word_ids[before:-1] = word_ids
    return window


def padded(rows: Sequence[np.ndarray], width: int, fill: int = 0) -> np.ndarray:
    """Arrays of different lengths as one, padded at the end.

    Args:
        rows: int arrays (length, ...).
        width: int, the length to pad to.
        fill: int.
    """
    out = np.full((len(rows), width, *rows[0].shape[1:]), fill, "int32")
    for place, row in zip(out, rows, strict=True):
        place[: len(row)] = row
    return out


def bucket(length: int, multiple: int, most: int) -> int:
    """The next multiple, but no more than what is allowed."""
    return min(-(-max(length, 1) // multiple) * multiple, most)


def first_pieces(word_ids: np.ndarray) -> np.ndarray:
    """Where words begin: bool array like `word_ids` (windows, length)."""
    before = np.full_like(word_ids, NO_WORD)
    before[:, 1:] = word_ids[:, :-1]
    return (word_ids != NO_WORD) & (word_ids != before)


def word_scores(windows: PageWindows, scores: Any) -> list[np.ndarray]:
    """Scores of words: the mean over the windows that a word is in.

    Args:
        windows: the `PageWindows` that the scores are of.
        scores: float array (windows, length, labels).

    Returns:
        For each sample a float32 array (words, labels); NaN for words that no token
        stands for.
    """
    scores = np.asarray(scores, "float32")
    if scores.ndim != 3 or scores.shape[:2] != windows.word_ids.shape:
        raise ValueError(
            "`scores` must have a vector for each token of the windows, shape "
            f"{(*windows.word_ids.shape, 'labels')}. Received: shape {scores.shape}."
        )
    is_first = first_pieces(windows.word_ids)
    offsets = np.concatenate([[0], np.cumsum(windows.word_counts)])
    starts = offsets[windows.overflow_to_sample]
    place = (windows.word_ids + starts[:, None])[is_first]
    total = np.zeros((int(offsets[-1]), scores.shape[2]))
    count = np.zeros(int(offsets[-1]))
    np.add.at(total, place, scores[is_first])
    np.add.at(count, place, 1)
    with np.errstate(invalid="ignore"):
        mean = (total / count[:, None]).astype("float32")
    return np.split(mean, offsets[1:-1])
