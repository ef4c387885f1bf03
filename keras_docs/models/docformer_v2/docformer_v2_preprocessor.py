"""Pages in; token ids, boxes, images, and what is to be learned out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from keras_docs.documents.page_image import WHITE
from keras_docs.models.base import Preprocessor
from keras_docs.models.docformer_v2.answer_targets import answer_targets
from keras_docs.models.docformer_v2.checked_page import CheckedPage, checked_page
from keras_docs.models.docformer_v2.entity_features import (
    checked_entities,
    entity_features,
)
from keras_docs.models.docformer_v2.label_targets import label_targets
from keras_docs.models.docformer_v2.link_targets import link_targets
from keras_docs.models.docformer_v2.page_rows import PageRow
from keras_docs.models.docformer_v2.page_samples import (
    PageSample,
    page_dicts,
    page_samples,
    with_labels,
)
from keras_docs.models.docformer_v2.page_windows import (
    NO_WORD,
    PageWindows,
    Window,
    bucket,
    padded,
    word_scores,
)
from keras_docs.models.docformer_v2.preprocessor_arguments import (
    TASKS,
    check_arguments,
    check_lengths,
    checked_tokenizer,
)
from keras_docs.models.docformer_v2.sample_windows import sample_windows
from keras_docs.models.docformer_v2.word_tokens import WordTokens

PROMPT = "question: {} context:"
OUTSIDE = "O"


@keras.saving.register_keras_serializable(package="keras_docs")
class DocFormerV2Preprocessor(Preprocessor):
    """Turns pages into a model's arrays, and answers, labels or links into targets.

    Each word is cut into tokens by itself, and each token has its word's box. A row is
    `[question: … context:; words; </s>; padding]`; questions and padding have the box
    0, 0, 0, 0 and `</s>` has 1000, 1000, 1000, 1000. Rows are padded to a multiple of
    `padding_multiple`, so that few shapes are compiled.

    A page is a dict of

    - `words`: list of strings, as OCR or a PDF gives them, in reading order;
    - `boxes`: x0, y0, x1, y1 for each, see `box_format`; or four corners, of rotated
      text, of which the bounding box is taken;
    - `images`: a path, a Pillow image or an array, stretched to `image_shape` whole; a
      missing one is a white page;
    - `questions`: a string, or a list of strings, which makes a sample for each;
    - `answers`: a string, or a list of accepted ones, of which the first is learned;
      for a list of questions, a list of these;
    - `word_labels`: a label for each word, `None` where there is none;
    - `entities`: list of dicts with `label` and `words`, indices of its words, and
      `links`: list of pairs (from, to) of indices of entities;
    - `sizes`: (width, height) in pixels; without it the image's.

    `keras_docs.read_pages` and the readers in `keras_docs.datasets` return such dicts.

    Args:
        tokenizer: a `DocFormerV2Tokenizer`, or another tokenizer of KerasHub with
            `</s>` and `<pad>`.
        task: string, what is learned: `"answer"`, `"label"` (of words) or `"link"`
            (between entities).
        labels: list of strings, the labels of words or of entities; learned by `adapt`.
        sequence_length: int, tokens of a row at most, question included.
        answer_length: int, tokens of an answer at most, start and end included.
        stride: int, tokens that a window over a long page repeats of the one before.
        return_overflow: bool. `True`: a page that is too long makes several rows.
            `False`: it makes one, and the end of the page is not read; that warns.
        image_shape: (height, width, channels) with 1 or 3 channels, or `None` for
            models that see no images.
        box_format: `"xyxy"` from 0 to 1000, `"pixel"`, or `"fraction"` from 0 to 1.
        padding_multiple: int.
        soften_capitals: bool, whether words in capitals are cut as if only their
            beginnings were: `TOTAL` as `Total`. Receipts are often printed so, and
            most vocabularies have few pieces for it. What is read stays as it is.
        **kwargs: `name`, `dtype`.

    Call arguments:
        x: a page, a list of pages, or a dict of lists: `{"words": [page, …], …}`. The
            names `encoder_text` and `decoder_text` of KerasHub mean questions and
            answers; singular names are understood, too.
        y: `None`, or for each page its answers, word labels or links.
        sample_weight: `None`, or float array (samples,).

    Returns:
        `x`, or `(x, y, sample_weight)` if there is something to learn. `x` is a dict of

        - `encoder_token_ids`, `encoder_padding_mask`: int32 (rows, length);
        - `encoder_boxes`: int32 (rows, length, 4), from 0 to 1000;
        - `segment_ids`: int32 (rows, length): 1 question, 2 document, 0 padding;
        - `images`: float32 (rows, *image_shape), from 0 to 255;
        - for answers, `decoder_token_ids`, `decoder_padding_mask`: int32 (rows, answer
          length); without answers only the start token;
        - for links, `entity_spans`: int32 (rows, entities, 2), first token and last + 1
          of each in `encoder_token_ids`; `entity_labels`: int32 (rows, entities), from
          1; both are 0 for padding and for entities outside of the window.

        `y` and `sample_weight` (float32) have the same shape: (rows, answer length),
        the token that follows each; (rows, length), the label of each, with weight on a
        word's first token alone; or (rows, entities, entities), 1 where the first is
        linked to the second, with weight on pairs of different entities.

    Raises:
        ValueError: a page can't be used; names the page, the word, and the way out.

    Example:
    ```python
    preprocessor = keras_docs.DocFormerV2Preprocessor(tokenizer, image_shape=None)
    page = {
        "words": ["Total", "12.50"],
        "boxes": [[90, 700, 160, 720], [800, 700, 870, 720]],
        "questions": "What is the total?",
        "answers": "12.50",
    }
    x, y, sample_weight = preprocessor(page)
    ```

    Reference:
    - [Appalaraju et al. 2024, DocFormerv2](https://arxiv.org/abs/2306.01733)
    """

    _image_dtype = "float32"

    def __init__(
        self,
        tokenizer: Any,
        task: str = "answer",
        labels: Sequence[str] = (),
        sequence_length: int = 512,
        answer_length: int = 64,
        stride: int = 128,
        return_overflow: bool = False,
        image_shape: tuple[int, int, int] | None = (512, 256, 3),
        box_format: str = "xyxy",
        padding_multiple: int = 128,
        soften_capitals: bool = False,
        **kwargs: Any,
    ):
        tokenizer = checked_tokenizer(type(self), tokenizer)
        check_arguments(task, image_shape, box_format)
        check_lengths(sequence_length, answer_length, stride, padding_multiple)
        super().__init__(**kwargs)
        self.tokenizer = tokenizer
        self.task = task
        self.sequence_length = int(sequence_length)
        self.answer_length = int(answer_length)
        self.stride = int(stride)
        self.return_overflow = bool(return_overflow)
        self.image_shape = tuple(image_shape) if image_shape else None
        self.box_format = box_format
        self.padding_multiple = int(padding_multiple)
        self.soften_capitals = bool(soften_capitals)
        self._set_labels(labels)
        self._tokens: WordTokens | None = None

    def adapt(self, x: Any, y: Any = None) -> DocFormerV2Preprocessor:
        """Learns which labels words, or entities, have.

        Args:
            x: pages with `word_labels` or `entities`.
            y: `None`, or the word labels of each page.

        Returns:
            This preprocessor.

        Raises:
            ValueError: there are no labels, or it answers questions and needs none.
        """
        pages = self._labelled_pages(x, y)
        if self.task == "answer":
            raise ValueError(
                '`adapt` learns labels; `task="answer"` has none. Use the preprocessor '
                'as it is, or give `task="label"` or `"link"`.'
            )
        if self.task == "label":
            found = {
                label
                for page in pages
                for label in page.get("word_labels") or ()
                if label is not None
            }
        else:
            found = {
                entity["label"]
                for page in pages
                for entity in page.get("entities") or ()
            }
        if not found:
            part = "word_labels" if self.task == "label" else "entities"
            raise ValueError(
                f"`adapt` needs pages with `{part}`. Received {len(pages)} pages "
                "without."
            )
        # What is outside of entities comes first, as is usual.
        self._set_labels(sorted(map(str, found), key=lambda k: (k != OUTSIDE, k)))
        return self

    @property
    def num_labels(self) -> int:
        """Number of labels."""
        return len(self.labels)

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        pages = self._labelled_pages(x, y)
        windows, rows = self._windows(pages, "raise")
        samples = [sample for sample, _, _ in rows]
        targets = self._targets(rows, windows)
        if targets is None:
            return keras.utils.pack_x_y_sample_weight(windows.features)
        features, y, weights = targets
        if sample_weight is not None:
            count = len(windows.sample_pages)
            by_sample = np.asarray(sample_weight, "float32").reshape(-1)
            if len(by_sample) != count:
                raise ValueError(
                    "`sample_weight` must have an element for each of the "
                    f"{count} samples. Received: {len(by_sample)}."
                )
            by_row = by_sample[windows.overflow_to_sample]
            weights = weights * by_row.reshape(len(samples), *[1] * (weights.ndim - 1))
        return {**windows.features, **features}, y, weights

    def windows(
        self, x: Any, on_error: str = "raise", return_overflow: bool | None = None
    ) -> PageWindows:
        """The model's inputs, with the word and page that each token is of.

        Args:
            x: as in a call; answers and labels are not read.
            on_error: `"raise"`, or `"skip"` to leave out pages that can't be used;
                `errors` tells why.
            return_overflow: bool, instead of the preprocessor's.

        Returns:
            `PageWindows`.

        Raises:
            ValueError: as in a call; with `"skip"`, only if no page is left.
        """
        if on_error not in ("raise", "skip"):
            raise ValueError(
                f'`on_error` must be "raise" or "skip". Received: {on_error!r}.'
            )
        return self._windows(page_dicts(x), on_error, return_overflow)[0]

    def merge_windows(
        self, windows: PageWindows, scores: Any, answers: Sequence[str] | None = None
    ) -> list[Any]:
        """Puts together what a model says about the windows of long pages.

        Args:
            windows: from the method `windows`.
            scores: with `answers`, float array (windows,), how sure the model is of
                each. Without, float array (windows, length, labels), such as
                probabilities of labels.
            answers: list of strings, one for each window, or `None`.

        Returns:
            With `answers`, a string for each sample: that with the highest score.
            Without, a float32 array (words, labels) for each sample: the mean over the
            windows that a word is in; NaN for words without tokens, or not read.

        Raises:
            ValueError: there is not one for each window.
        """
        if answers is None:
            return word_scores(windows, scores)
        rows = windows.overflow_to_sample
        scores = np.asarray(scores, "float32").reshape(-1)
        if not len(rows) == len(answers) == len(scores):
            raise ValueError(
                f"`answers` and `scores` must have one element for each of the "
                f"{len(rows)} windows. Received: {len(answers)} and {len(scores)}."
            )
        # By sample, and in a sample by falling score; NaN is last.
        order = np.lexsort((-np.nan_to_num(scores, nan=-np.inf), rows))
        _, first = np.unique(rows[order], return_index=True)
        return [answers[i] for i in order[first]]

    def answer_arrays(
        self, answers: Sequence[str]
    ) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
        """The decoder's inputs for answers, and what it is to say.

        Args:
            answers: list of strings.

        Returns:
            Dict of `decoder_token_ids` and `decoder_padding_mask`, the token that
            follows each, and its weight, as in a call.
        """
        return answer_targets(
            answers, self._tokenize, self.tokenizer, self.answer_length
        )

    def generate_preprocess(
        self, x: Any, sequence_length: int | None = None
    ) -> dict[str, np.ndarray]:
        """The model's inputs to write answers.

        Args:
            x: as in a call. Its answers, if any, are not read: records of a test set
                can be given as they are.
            sequence_length: int, room for an answer; `None`: `answer_length`.

        Returns:
            Dict as in a call, where `decoder_token_ids` has room for the answers after
            the start token, and `decoder_padding_mask` is 1 at the start token.
        """
        room = sequence_length or self.answer_length
        features = self._windows(page_dicts(x), "raise")[0].features
        rows = len(features["encoder_token_ids"])
        ids = np.full((rows, room), self.tokenizer.pad_token_id, "int32")
        ids[:, 0] = self._start_id
        mask = np.zeros((rows, room), "int32")
        mask[:, 0] = 1
        return {**features, "decoder_token_ids": ids, "decoder_padding_mask": mask}

    def generate_postprocess(self, x: Mapping[str, Any]) -> list[str]:
        """Texts of written tokens.

        Args:
            x: dict of `decoder_token_ids` and `decoder_padding_mask`, int arrays (rows,
                length).

        Returns:
            List of strings, without special tokens.
        """
        ids = np.asarray(x["decoder_token_ids"])
        mask = np.asarray(x["decoder_padding_mask"]).astype(bool)
        special = [self.tokenizer.pad_token_id, self.tokenizer.end_token_id]
        keep = mask & ~np.isin(ids, special)
        rows = [row[kept].tolist() for row, kept in zip(ids, keep, strict=True)]
        return [str(text).strip() for text in self.tokenizer.detokenize(rows)]

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "task": self.task,
            "labels": list(self.labels),
            "sequence_length": self.sequence_length,
            "answer_length": self.answer_length,
            "stride": self.stride,
            "return_overflow": self.return_overflow,
            "image_shape": list(self.image_shape) if self.image_shape else None,
            "box_format": self.box_format,
            "padding_multiple": self.padding_multiple,
            "soften_capitals": self.soften_capitals,
        }

    def _set_labels(self, labels: Sequence[str]) -> None:
        if isinstance(labels, str) or len(set(labels)) != len(labels):
            raise ValueError(
                "`labels` must be a list of different strings. Received: "
                f"{labels!r:.120}."
            )
        self.labels = [str(label) for label in labels]
        self._label_index = {label: i for i, label in enumerate(self.labels)}

    @property
    def _start_id(self) -> int:
        # T5's decoder starts with padding.
        return self.tokenizer.pad_token_id

    def _labelled_pages(self, x: Any, y: Any) -> list[Mapping[str, Any]]:
        pages = page_dicts(x)
        return pages if y is None else with_labels(pages, y, TASKS[self.task])

    def _windows(
        self,
        pages: list[Mapping[str, Any]],
        on_error: str,
        return_overflow: bool | None = None,
    ) -> tuple[PageWindows, list[PageRow]]:
        """Windows, and the sample, page and tokens of each."""
        if return_overflow is None:
            return_overflow = self.return_overflow
        self._word_tokens.learn(
            word
            for page in pages
            for word in page.get("words") or ()
            if isinstance(word, str)
        )
        rows, sample_pages, owners, counts, errors = [], [], [], [], {}
        is_cut = False
        for index, parts in enumerate(pages):
            try:
                page = checked_page(
                    parts,
                    f"Page {index}",
                    self.box_format,
                    self.image_shape,
                    self._word_tokens,
                )
                if self.task == "link":
                    checked_entities(page, index, self._label_index)
                found = [
                    (sample, self._sample_windows(sample, page, return_overflow))
                    for sample in page_samples(parts, index)
                ]
            except ValueError as error:
                if on_error == "raise":
                    raise
                errors[index] = str(error)
                continue
            for sample, (windows, is_whole) in found:
                rows += [(sample, page, window) for window in windows]
                owners += [len(sample_pages)] * len(windows)
                sample_pages.append(index)
                counts.append(len(page.words))
                is_cut |= not is_whole
        if not rows:
            reasons = " ".join(list(errors.values())[:3])
            raise ValueError(f"There is no page to read. {reasons}".strip())
        if is_cut:
            warnings.warn(
                f"Pages with more than {self.sequence_length} tokens are not read to "
                "the end. `return_overflow=True` reads them in windows; a greater "
                "`sequence_length` reads more at once.",
                stacklevel=4,
            )
        features, word_ids = self._features(rows)
        integers = (np.array(n, "int32") for n in (owners, sample_pages, counts))
        owners, sample_pages, counts = integers
        found = PageWindows(features, owners, sample_pages, word_ids, counts, errors)
        return found, rows

    def _sample_windows(
        self, sample: PageSample, page: CheckedPage, return_overflow: bool
    ) -> tuple[list[Window], bool]:
        prefix = np.zeros(0, "int32")
        if sample.question is not None:
            text = PROMPT.format(sample.question.strip())
            prefix = np.array(self._tokenize([text])[0], "int32")
        return sample_windows(
            sample,
            page,
            prefix,
            self.tokenizer.end_token_id,
            self.sequence_length,
            self.stride,
            not return_overflow,
        )

    def _features(
        self, rows: list[PageRow]
    ) -> tuple[dict[str, np.ndarray], np.ndarray]:
        windows = [window for _, _, window in rows]
        longest = max(len(window.token_ids) for window in windows)
        width = bucket(longest, self.padding_multiple, self.sequence_length)
        lengths = np.array([len(window.token_ids) for window in windows])
        pad = self.tokenizer.pad_token_id
        mask = np.arange(width) < lengths[:, None]
        features = {
            "encoder_token_ids": padded([w.token_ids for w in windows], width, pad),
            "encoder_padding_mask": mask.astype("int32"),
            "encoder_boxes": padded([w.boxes for w in windows], width),
            "segment_ids": padded([w.segments for w in windows], width),
        }
        if self.image_shape:
            shape = (len(rows), *self.image_shape)
            images = np.full(shape, WHITE, self._image_dtype)
            for place, (_, page, _) in zip(images, rows, strict=True):
                if page.image is not None:
                    place[:] = page.image
            features["images"] = images
        if self.task == "answer":
            start = np.full((len(rows), 1), self._start_id, "int32")
            features["decoder_token_ids"] = start
            features["decoder_padding_mask"] = np.ones_like(start)
        elif self.task == "link":
            features |= entity_features(rows, self._label_index)
        return features, padded([w.word_ids for w in windows], width, NO_WORD)

    def _targets(
        self, rows: list[PageRow], windows: PageWindows
    ) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray] | None:
        """Further inputs, targets and weights, if all samples have them."""
        if self.task == "answer":
            has = [sample.answer is not None for sample, _, _ in rows]
        else:
            part = TASKS[self.task]
            has = [page.parts.get(part) is not None for _, page, _ in rows]
        if not any(has):
            return None
        if not all(has):
            index = rows[has.index(False)][0].page
            raise ValueError(
                f"Page {index} has no `{TASKS[self.task]}`, but other pages do. Give "
                "them to all, or to none."
            )
        if self.task == "answer":
            answers = [sample.answer for sample, _, _ in rows]
            return self.answer_arrays(answers)
        if self.task == "label":
            return label_targets(rows, windows.word_ids, self._label_index)
        return link_targets(rows, windows.features["entity_labels"])

    @property
    def _word_tokens(self) -> WordTokens:
        # Late: the tokenizer of a preset gets its vocabulary after this is built.
        if self._tokens is None:
            self._tokens = WordTokens(self.tokenizer, self.soften_capitals)
        return self._tokens

    def _tokenize(self, texts: list[str]) -> list[list[int]]:
        return self._word_tokens.of_texts(texts)
