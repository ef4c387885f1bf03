"""Windows over a page, each with the question before it."""

from __future__ import annotations

import numpy as np

from keras_docs.models.docformer_v2.checked_page import CheckedPage
from keras_docs.models.docformer_v2.page_samples import PageSample
from keras_docs.models.docformer_v2.page_windows import (
    Window,
    make_window,
    window_spans,
)

# So many tokens of the document must fit beside a question.
LEAST_ROOM = 8


def sample_windows(
    sample: PageSample,
    page: CheckedPage,
    prefix: np.ndarray,
    end_token_id: int,
    sequence_length: int,
    stride: int,
    first_only: bool,
) -> tuple[list[Window], bool]:
    """Cuts the windows of a sample.

    Args:
        sample: a page with one of its questions, or without one.
        page: the page.
        prefix: int32 array, the question's tokens.
        end_token_id: int.
        sequence_length: int, tokens of a window at most.
        stride: int, tokens that a window repeats of the one before at most.
        first_only: bool, whether to stop after the first.

    Returns:
        List of `Window`, and whether they reach the end of the page.

    Raises:
        ValueError: the question leaves no room for the page.
    """
    room = sequence_length - len(prefix) - 1
    if room < min(LEAST_ROOM, sequence_length - 1):
        raise ValueError(
            f"Page {sample.page}: the question {sample.question!r:.60} has "
            f"{len(prefix)} tokens and leaves no room for the page in "
            f"`sequence_length`={sequence_length}. Shorten it, or give a greater "
            "`sequence_length`."
        )
    spans = window_spans(page.token_counts, room, min(stride, room // 2), first_only)
    ends = np.concatenate([[0], np.cumsum(page.token_counts)])
    windows = []
    for first, last in spans:
        # A word that is longer than the window is cut.
        tokens = slice(ends[first], min(ends[last], ends[first] + room))
        word_ids = np.repeat(np.arange(first, last), page.token_counts[first:last])
        word_ids = word_ids[:room]
        windows.append(
            make_window(
                prefix,
                page.token_ids[tokens],
                page.boxes[word_ids],
                word_ids,
                end_token_id,
            )
        )
    return windows, spans[-1][1] == len(page.words)
