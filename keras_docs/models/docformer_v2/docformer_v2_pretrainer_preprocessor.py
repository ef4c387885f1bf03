"""Pages in; pages with gaps, and what is to be learned from them out."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from typing import Any

import keras
import numpy as np

from keras_docs.documents.page_boxes import GRID
from keras_docs.models.base import Preprocessor
from keras_docs.models.docformer_v2.docformer_v2_preprocessor import (
    DocFormerV2Preprocessor,
)
from keras_docs.models.docformer_v2.page_samples import page_dicts
from keras_docs.models.docformer_v2.page_windows import (
    DOCUMENT,
    NO_WORD,
    PageWindows,
    first_pieces,
)
from keras_docs.models.docformer_v2.pretrainer_arguments import (
    check_sentinels,
    check_spans,
    check_targets,
)
from keras_docs.training.box_dropout import box_dropout
from keras_docs.training.corrupt_spans import (
    CorruptedRows,
    corrupt_spans,
    masked_counts,
)
from keras_docs.training.line_numbers import line_numbers
from keras_docs.training.line_pairs import line_pairs
from keras_docs.training.token_to_grid import token_to_grid

TASKS = ("lines", "grid", "denoising")
# What pretraining reads of a page.
PARTS = ("words", "boxes", "images", "sizes")


@keras.saving.register_keras_serializable(package="keras_docs")
class DocFormerV2PretrainerPreprocessor(Preprocessor):
    """Makes DocFormerv2's three pretraining tasks of pages without labels.

    - Denoising: spans of tokens are taken out of the text, a sentinel with the union of
      their boxes in the place of each; the decoder writes each sentinel and what
      belongs there.
    - Token-to-Line: pairs of tokens are drawn; are they on the same line, a line apart,
      or farther?
    - Token-to-Grid: in which cell of a grid is each token's top left corner?

    The last two ask for tokens of words that are still in the text. Their answers could
    be read off the boxes, so a share of the boxes is hidden (0, 0, 0, 0).

    Cutting pages into windows of tokens is slow and always the same; corrupting them is
    fast and different each time. So `windows` does the first, and a call does both, or
    the second to what `windows` made.

    A page of less than two tokens has nothing to guess, and weight 0 in denoising and
    Token-to-Line.

    What the paper leaves open is ours: three classes of lines, drawn as often; rates;
    the grid's size; hidden boxes; that sentinels are not asked for.

    Args:
        tokenizer: a `DocFormerV2Tokenizer`.
        sequence_length: int, tokens of a row at most.
        answer_length: int, tokens that the decoder writes at most; what is more is not
            learned. `None`: as many as there can be.
        stride: int, tokens that a window over a long page repeats of the one before.
        return_overflow: bool. `True`: a page that is too long makes several rows.
            `False`: its end is not read.
        image_shape: (height, width, channels) with 1 or 3 channels, or `None` for
            models that see no images.
        box_format: `"xyxy"` from 0 to 1000, `"pixel"`, or `"fraction"` from 0 to 1.
        padding_multiple: int. Rows are padded to a multiple of it.
        span_rate: float, the share of tokens to mask, between 0 and 1.
        mean_span_length: float, 1 or more.
        line_pairs: int, pairs of tokens for each row.
        grid: (rows, columns) of the grid.
        box_dropout: float, the share of tokens whose box is hidden, from 0 to 1.
        seed: int: each call draws anew, and the first, second, … call of another
            preprocessor with this seed the same. `None`: as
            `keras.utils.set_random_seed` tells.
        **kwargs: `name`, `dtype`.

    Call arguments:
        x: pages as `DocFormerV2Preprocessor` takes them, of which words, boxes and
            images are read; or the `features` of `windows`.

    Returns:
        `(x, y, sample_weight)`. `x` is a dict of

        - `encoder_token_ids`, `encoder_padding_mask`, `segment_ids`: int32 (rows,
          length), and `encoder_boxes`: int32 (rows, length, 4), as of a
          `DocFormerV2Preprocessor`, with gaps;
        - `images`: (rows, *image_shape), from 0 to 255, as they came; uint8 of pages;
        - `line_pairs`: int32 (rows, line_pairs, 2), places of tokens;
        - `decoder_token_ids`, `decoder_padding_mask`: int32 (rows, target length).

        `y` and `sample_weight` are dicts of int32 and float32 arrays: `lines` (rows,
        line_pairs), 0 on the same line, 1 a line apart, 2 more; `grid` (rows, length);
        `denoising` (rows, target length). The target length is the same for all calls.

    Raises:
        ValueError: a page can't be used; names the page, the word, and the way out.

    Example:
    ```python
    preprocessor = keras_docs.DocFormerV2PretrainerPreprocessor(tokenizer)
    windows = preprocessor.windows(keras_docs.read_pages("report.pdf"))
    x, y, sample_weight = preprocessor(windows.features)
    ```

    References:
    - [Appalaraju et al. 2024, DocFormerv2](https://arxiv.org/abs/2306.01733)
    - [Raffel et al. 2020, T5](https://arxiv.org/abs/1910.10683), section 3.1.4
    """

    def __init__(
        self,
        tokenizer: Any,
        sequence_length: int = 512,
        answer_length: int | None = None,
        stride: int = 128,
        return_overflow: bool = True,
        image_shape: tuple[int, int, int] | None = (512, 256, 3),
        box_format: str = "xyxy",
        padding_multiple: int = 128,
        span_rate: float = 0.15,
        mean_span_length: float = 3.0,
        line_pairs: int = 128,
        grid: tuple[int, int] = (4, 4),
        box_dropout: float = 0.15,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self._reader = _Reader(
            tokenizer,
            task="label",
            sequence_length=sequence_length,
            stride=stride,
            return_overflow=return_overflow,
            image_shape=image_shape,
            box_format=box_format,
            padding_multiple=padding_multiple,
        )
        check_spans(span_rate, mean_span_length, answer_length)
        check_targets(line_pairs, grid, box_dropout)
        self.tokenizer = self._reader.tokenizer
        check_sentinels(self.tokenizer)
        self.sequence_length = int(sequence_length)
        self.answer_length = answer_length
        self.stride = int(stride)
        self.return_overflow = bool(return_overflow)
        self.image_shape = self._reader.image_shape
        self.box_format = box_format
        self.padding_multiple = int(padding_multiple)
        self.span_rate = float(span_rate)
        self.mean_span_length = float(mean_span_length)
        self.line_pairs = line_pairs
        self.grid = tuple(grid)
        self.box_dropout = float(box_dropout)
        self.seed = seed
        self._calls = itertools.count()

    @property
    def num_cells(self) -> int:
        """Cells of the grid."""
        return self.grid[0] * self.grid[1]

    @property
    def target_length(self) -> int:
        """Tokens that the decoder writes: those of a full row, and the end token."""
        if self.answer_length is not None:
            return self.answer_length
        return sum(self._most_masked()) + 1

    def windows(
        self, x: Any, on_error: str = "raise", return_overflow: bool | None = None
    ) -> PageWindows:
        """Windows of pages, to be corrupted.

        Args:
            x: pages.
            on_error: `"raise"`, or `"skip"` to leave out pages that can't be used;
                `errors` tells why.
            return_overflow: bool, instead of the preprocessor's.

        Returns:
            `PageWindows`. Its `features` have the line of each token besides:
            `line_numbers`, int32 (windows, length), -1 where there is no word.

        Raises:
            ValueError: as in a call; with `"skip"`, only if no page is left.
        """
        pages = [
            {part: page[part] for part in PARTS if part in page}
            for page in page_dicts(x)
        ]
        found = self._reader.windows(pages, on_error, return_overflow)
        features = dict(found.features)
        features["line_numbers"] = _lines(features["encoder_boxes"], found.word_ids)
        return found._replace(features=features)

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        if not (isinstance(x, Mapping) and "encoder_token_ids" in x):
            x = self.windows(x).features
        return self.corrupt(x)

    def corrupt(
        self,
        features: Mapping[str, np.ndarray],
        tasks: Collection[str] = TASKS,
        random: np.random.Generator | None = None,
    ) -> tuple[dict, dict, dict]:
        """Windows with gaps, and what is to be learned; other gaps in each call.

        Args:
            features: dict of arrays, from `windows`.
            tasks: which of `"lines"`, `"grid"`, `"denoising"` to make.
            random: NumPy generator to draw from; `None`: as `seed` tells.

        Returns:
            `(x, y, sample_weight)` as a call.

        Raises:
            ValueError: the arrays are not from `windows`.
        """
        if "line_numbers" not in features:
            raise ValueError(
                "`features` must be those that `windows` of this preprocessor returns. "
                "They lack `line_numbers`. Received: "
                f"{', '.join(map(str, features))}."
            )
        random = self._random() if random is None else random
        x, y, weights = dict(features), {}, {}
        lines = x.pop("line_numbers")
        is_text = lines != NO_WORD
        if "denoising" in tasks:
            found = self._corrupt_text(features, random)
            x |= self._text_features(found)
            targets, mask = self._targets(found)
            # The end token alone is no answer to learn.
            mask = mask & (found.target_counts > 1)[:, None]
            y["denoising"], weights["denoising"] = targets, mask.astype("float32")
            lines = np.take_along_axis(lines, found.sources, axis=1)
            is_text = np.arange(lines.shape[1]) < found.counts[:, None]
            lines = np.where(is_text & ~found.is_sentinel, lines, NO_WORD)
        is_asked = lines != NO_WORD
        if "grid" in tasks:
            cells = token_to_grid(x["encoder_boxes"], *self.grid)
            y["grid"] = np.where(is_asked, cells, 0)
            weights["grid"] = is_asked.astype("float32")
        if "lines" in tasks:
            pairs = line_pairs(lines, self.line_pairs, random)
            x["line_pairs"], y["lines"], weights["lines"] = pairs
        x["encoder_boxes"], _ = box_dropout(
            x["encoder_boxes"], is_text, self.box_dropout, random
        )
        return x, y, weights

    def _random(self) -> np.random.Generator:
        if self.seed is None:
            return np.random.default_rng(np.random.randint(2**31))
        return np.random.default_rng((self.seed, next(self._calls)))

    def _most_masked(self) -> tuple[int, int]:
        """Tokens that are masked in a full row, and their spans."""
        counts = np.array([self.sequence_length - 1])
        masked, spans = masked_counts(
            counts, self.span_rate, self.mean_span_length, self.tokenizer.extra_ids
        )
        return int(masked[0]), int(spans[0])

    def _corrupt_text(
        self, features: Mapping[str, np.ndarray], random: np.random.Generator
    ) -> CorruptedRows:
        spans = self._most_masked()[1]
        return corrupt_spans(
            features["encoder_token_ids"],
            features["encoder_boxes"],
            (features["line_numbers"] != NO_WORD).sum(axis=1),
            [self.tokenizer.sentinel_id(i) for i in range(spans)],
            self.tokenizer.end_token_id,
            self.span_rate,
            self.mean_span_length,
            random,
        )

    def _text_features(self, found: CorruptedRows) -> dict[str, np.ndarray]:
        """The encoder's inputs with `</s>` after the text, and the decoder's."""
        ids, boxes = found.token_ids, found.boxes
        places = np.arange(ids.shape[1])
        is_end = places == found.counts[:, None]
        mask = places <= found.counts[:, None]
        ids = np.where(mask, ids, self.tokenizer.pad_token_id)
        targets, answer_mask = self._targets(found)
        start = np.full_like(targets[:, :1], self.tokenizer.pad_token_id)
        return {
            "encoder_token_ids": np.where(is_end, self.tokenizer.end_token_id, ids),
            "encoder_padding_mask": mask.astype("int32"),
            "encoder_boxes": np.where(is_end[..., None], GRID, boxes),
            "segment_ids": np.where(mask, DOCUMENT, 0).astype("int32"),
            # T5's decoder starts with padding.
            "decoder_token_ids": np.concatenate([start, targets[:, :-1]], axis=1),
            "decoder_padding_mask": answer_mask.astype("int32"),
        }

    def _targets(self, found: CorruptedRows) -> tuple[np.ndarray, np.ndarray]:
        """What the decoder writes, at the length of all calls, and its mask."""
        length = self.target_length
        ids = found.target_ids[:, :length]
        ids = np.pad(ids, ((0, 0), (0, length - ids.shape[1])))
        mask = np.arange(length) < found.target_counts[:, None]
        return np.where(mask, ids, self.tokenizer.pad_token_id), mask

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "sequence_length": self.sequence_length,
            "answer_length": self.answer_length,
            "stride": self.stride,
            "return_overflow": self.return_overflow,
            "image_shape": list(self.image_shape) if self.image_shape else None,
            "box_format": self.box_format,
            "padding_multiple": self.padding_multiple,
            "span_rate": self.span_rate,
            "mean_span_length": self.mean_span_length,
            "line_pairs": self.line_pairs,
            "grid": list(self.grid),
            "box_dropout": self.box_dropout,
            "seed": self.seed,
        }


class _Reader(DocFormerV2Preprocessor):
    """Cuts pages into windows; their images are bytes, a quarter of the memory."""

    _image_dtype = "uint8"


def _lines(boxes: np.ndarray, word_ids: np.ndarray) -> np.ndarray:
    """The line of each token: int32 (windows, length), -1 where there is no word."""
    begins = first_pieces(word_ids)
    found = np.full(word_ids.shape, NO_WORD, "int32")
    for row, starts in enumerate(begins):
        is_word = word_ids[row] != NO_WORD
        # By word: cut into pieces, a long one would count several times.
        of_word = line_numbers(boxes[row, starts])
        found[row, is_word] = of_word[np.cumsum(starts)[is_word] - 1]
    return found
