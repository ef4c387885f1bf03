"""Pages that look a little different in each epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_docs.documents.page_boxes import GRID
from keras_docs.models.docformer_v2.page_windows import DOCUMENT

HIDDEN = "<unk>"


class PageAugmentation:
    """Moves and stretches pages, and hides tokens, in training batches of pages.

    A few hundred pages are soon known by heart. Moved and stretched, their words stand
    in other places but in the same order and nearness; hidden, they must be told from
    what is around them. Both let a model learn from the same pages for longer:
    `benchmarks/docformer` tells what it is worth.

    The question stays as it is, and so does the image, which no longer fits boxes that
    are far away: with images, small values do.

    Args:
        tokenizer: a `DocFormerV2Tokenizer`, or another with the token `<unk>`.
        shift: int, how far pages are moved at most, in 1000ths of the page's sides.
        stretch: float, the logarithm of the most that a page is made larger or smaller,
            each side by its own: 0.2 is from 0.82 to 1.22. What leaves the page is
            drawn to its edge.
        hidden: float, the share of the page's tokens that become `<unk>`.
        seed: int, NumPy generator, or `None` for a new one.

    Call arguments:
        x: dict as of `DocFormerV2Preprocessor`: `encoder_token_ids`, int array (rows,
            length), and, unless the model reads text alone, `segment_ids` of the same
            shape and `encoder_boxes`, int (rows, length, 4). Of text alone, tokens of
            questions are hidden, too.
        *labels: targets and weights, which stay as they are.

    Returns:
        Of a call, `(x, *labels)`, with new int32 arrays for ids and boxes.

    Raises:
        ValueError: a number is out of its range.

    Example:
    ```python
    model.fit(
        pages,
        epochs=40,
        augmentation=PageAugmentation(
            model.preprocessor.tokenizer, stretch=0.2, hidden=0.4
        ),
    )
    ```

    Reference: hidden tokens are those of [Devlin et al.
    2019](https://arxiv.org/abs/1810.04805), section 3.1, without a loss of their own.
    """

    def __init__(
        self,
        tokenizer: Any,
        shift: int = 20,
        stretch: float = 0.1,
        hidden: float = 0.1,
        seed: int | np.random.Generator | None = None,
    ):
        for name, value, most in (
            ("shift", shift, GRID),
            ("stretch", stretch, 1),
            ("hidden", hidden, 1),
        ):
            if not 0 <= value <= most:
                raise ValueError(
                    f"`{name}` must be from 0 to {most}. Received: {value!r}."
                )
        self.shift, self.stretch, self.hidden = int(shift), stretch, hidden
        self._hidden_id = tokenizer.token_to_id(HIDDEN)
        self._special_ids = [tokenizer.pad_token_id, tokenizer.end_token_id]
        self._random = np.random.default_rng(seed)

    def __call__(self, x: Mapping[str, Any], *labels: Any) -> tuple[Any, ...]:
        x = dict(x)
        ids = np.asarray(x["encoder_token_ids"])
        is_word = ~np.isin(ids, self._special_ids)
        if "segment_ids" in x:
            is_word &= np.asarray(x["segment_ids"]) == DOCUMENT
        if "encoder_boxes" in x:
            x["encoder_boxes"] = self._moved(np.asarray(x["encoder_boxes"]), is_word)
        is_hidden = is_word & (self._random.random(ids.shape) < self.hidden)
        x["encoder_token_ids"] = np.where(is_hidden, self._hidden_id, ids).astype(
            "int32"
        )
        return (x, *labels)

    def _moved(self, boxes: np.ndarray, is_word: np.ndarray) -> np.ndarray:
        sides = len(boxes), 1, 2
        shift = self._random.integers(-self.shift, self.shift + 1, sides)
        times = np.exp(self._random.uniform(-self.stretch, self.stretch, sides))
        moved = np.round((boxes + np.tile(shift, 2)) * np.tile(times, 2))
        has_place = is_word & boxes.any(-1)
        moved = np.clip(moved, 0, GRID)
        return np.where(has_place[..., None], moved, boxes).astype("int32")
