"""Utterances in; token ids, and the labels that a decoder is to write, out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_docs.models.base.unknown_arguments import check_arguments
from keras_docs.models.multilingual_nlu.label_sequence import read_sequence
from keras_docs.models.multilingual_nlu.multilingual_nlu_preprocessor import (
    LENGTHS,
    MultilingualNLUPreprocessor,
)
from keras_docs.models.multilingual_nlu.utterance_input import read_labels, read_texts
from keras_docs.models.multilingual_nlu.word_pieces import Pieces

OUTSIDE_LABEL = "Other"


@keras.saving.register_keras_serializable(package="keras_docs")
class MultilingualNLUSeq2SeqPreprocessor(MultilingualNLUPreprocessor):
    """Turns utterances into token ids, and their labels into text of one token each.

    MASSIVE's text-to-text format: the encoder reads `Annotate: wake me up at five`, the
    decoder writes the label of each word and then the intent, `Other Other Other Other
    B-time alarm_set`, and `</s>`. Words are the units of
    `MultilingualNLUPreprocessor`: Chinese characters and Kana alone, and pieces of the
    tokenizer in scripts without spaces. Two choices are ours:

    - slots are B- and I-, so that two of one type in a row stay two;
    - each label is one token, with an id after those of the tokenizer. The paper spells
      labels in pieces of the vocabulary. One token makes decoding a step for each word,
      gives each label a probability, and comes back exactly whatever a label's name is.

    Args:
        tokenizer: a `MultilingualNLUTokenizer`, a `DocFormerV2Tokenizer` (T5's), or
            another tokenizer of KerasHub with padding and end tokens.
        intents: list of strings; learned by `adapt`.
        slot_types: list of strings; learned by `adapt`.
        sequence_length: int, tokens of a text at most, with the prefix and the end
            token; what follows is not read and has no labels.
        lowercase: bool. Texts are Unicode-normalised in any case.
        prefix: string before each text, read as the texts are; may be empty.
        **kwargs: `name`, `dtype`.

    Call arguments:
        x: list of texts, or of records (text, intent, slots) such as
            `LabelledUtterance`. A slot is a dict with `type`, `start` and `end` in
            characters.
        y: None, or a list of (intent, slots) or of intents.
        sample_weight: None or float array (rows,).

    Returns:
        `x`, or `(x, y, sample_weight)` if there are labels. `x`: dict of int32 arrays,
        `encoder_token_ids` and `encoder_padding_mask` (rows, length),
        `decoder_token_ids` and `decoder_padding_mask` (rows, labels): the padding token
        as start, and then the labels but the last; without labels, the start alone.
        `y`: int32 (rows, labels), the labels from the first on. `sample_weight`:
        float32 (rows, labels), 0 for padding. `length` and `labels` are one of 8, 12,
        16, 24, 32, ….

    Raises:
        ValueError: a record can't be used; names it, and the way out.

    Example:
    ```python
    preprocessor = keras_docs.MultilingualNLUSeq2SeqPreprocessor(tokenizer)
    x, y, sample_weight = preprocessor.adapt(records)(records)
    preprocessor.records_of([record.text for record in records], y)
    ```

    Reference:
    - [FitzGerald et al. 2022, MASSIVE](https://arxiv.org/abs/2204.08582), the
      text-to-text model of its experiments
    """

    def __init__(
        self,
        tokenizer: Any,
        intents: Sequence[str] = (),
        slot_types: Sequence[str] = (),
        sequence_length: int = 64,
        lowercase: bool = True,
        prefix: str = "Annotate: ",
        **kwargs: Any,
    ):
        # The parent would take its own arguments, which mean nothing here.
        known = {"name", "dtype", "trainable", "config_file"}
        check_arguments(type(self), kwargs, known)
        if not isinstance(prefix, str):
            raise ValueError(
                '`prefix` must be a string; "" puts nothing before the texts. '
                f"Received: {prefix!r:.80}."
            )
        super().__init__(
            tokenizer, intents, slot_types, sequence_length, lowercase, **kwargs
        )
        self.prefix = prefix
        self._prefix: np.ndarray | None = None

    @property
    def label_names(self) -> list[str]:
        """Names of the labels, in the order of their ids: tags, then intents."""
        tags = [f"{tag}-{name}" for name in self.slot_types for tag in "BI"]
        return [OUTSIDE_LABEL, *tags, *self.intents]

    @property
    def first_label_id(self) -> int:
        """The id of `Other`, after the tokenizer's last. The other labels follow."""
        return self.tokenizer.vocabulary_size()

    @property
    def vocabulary_size(self) -> int:
        """Ids of the tokenizer and of the labels: what the backbone needs rows for."""
        return self.first_label_id + len(self.label_names)

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        texts = read_texts(x)
        labels = read_labels(x, y)
        pieces = self.encode_pieces(texts)
        features = self.pad(pieces)
        if labels is None:
            start = np.full((len(texts), 1), self.tokenizer.pad_token_id, "int32")
            return {
                **features,
                "decoder_token_ids": start,
                "decoder_padding_mask": np.ones_like(start),
            }
        targets, mask = self._targets(texts, labels, pieces)
        row_weight = np.ones(len(texts), "float32")
        if sample_weight is not None:
            row_weight = np.asarray(sample_weight, "float32").reshape(len(texts))
        shifted = np.roll(targets, 1, axis=1)
        shifted[:, 0] = self.tokenizer.pad_token_id
        features |= {
            "decoder_token_ids": np.where(mask, shifted, self.tokenizer.pad_token_id),
            "decoder_padding_mask": mask.astype("int32"),
        }
        return features, targets, mask * row_weight[:, None]

    def generate_preprocess(
        self, x: Any, sequence_length: int | None = None
    ) -> dict[str, np.ndarray]:
        """Inputs to generate from, with room for the labels.

        Args:
            x: list of texts, or of records, whose labels are not looked at.
            sequence_length: int, tokens that the decoder may write, with the start
                token. Default: as many as the text with the most words needs.

        Returns:
            Dict of the encoder's arrays, and of `decoder_token_ids` and
            `decoder_padding_mask`, int32 (rows, sequence_length).
        """
        pieces = self.encode_pieces(read_texts(x))
        # The start token, the intent and the end token.
        longest = int(unit_counts(pieces).max(initial=0)) + 3
        width = sequence_length or _padded(longest)
        ids = np.full((len(pieces.lengths), width), self.tokenizer.pad_token_id)
        mask = np.zeros(ids.shape, "int32")
        mask[:, :1] = 1
        return {
            **self.pad(pieces),
            "decoder_token_ids": ids.astype("int32"),
            "decoder_padding_mask": mask,
        }

    def generate_postprocess(self, x: dict[str, Any]) -> list[str]:
        """What the decoder wrote, to read: names with spaces between.

        Args:
            x: dict of `decoder_token_ids` and `decoder_padding_mask`, int arrays
                (rows, length), the start token first.

        Returns:
            List of strings like `"Other B-time alarm_set"`. A token that is no label is
            written as its piece. `records_of` makes records.
        """
        first, names = self.first_label_id, self.label_names
        special = {self.tokenizer.pad_token_id, self.tokenizer.end_token_id}
        written = []
        for ids, mask in zip(
            x["decoder_token_ids"], x["decoder_padding_mask"], strict=True
        ):
            row = [int(id_) for id_ in np.asarray(ids)[np.asarray(mask) > 0][1:]]
            written.append(
                " ".join(
                    self._name_of(id_, first, names)
                    for id_ in row
                    if id_ not in special
                )
            )
        return written

    def records_of(
        self,
        texts: Sequence[str],
        token_ids: Any,
        probabilities: Any = None,
        threshold: float = 0.0,
        top: int = 3,
    ) -> list[dict[str, Any]]:
        """Reads what a decoder wrote, whatever it is.

        The first intent ends a row, the end token too. The tokens before are the tags
        of the text's words in order. Too few are filled up with `Other` and too many
        left out, as MASSIVE does; a token that is no label is an `Other`, and an I-
        that continues nothing is a B-. Without an intent, `intent` is `None`.

        Args:
            texts: list of strings.
            token_ids: int array or list (rows, labels), without the start token.
            probabilities: None, or float array (rows, labels, number of labels), how
                probable each label was at each place. Without, all are certain.
            threshold: float, the confidence that an intent needs.
            top: int, intents in the ranking.

        Returns:
            List of dicts as `MultilingualNLUSeq2Seq.parse` returns them.

        Raises:
            ValueError: there are not as many rows as texts.
        """
        texts = read_texts(texts)
        rows = [None] * len(texts) if probabilities is None else list(probabilities)
        if not len(texts) == len(token_ids) == len(rows):
            raise ValueError(
                "`token_ids` and `probabilities` must have a row for each of `texts`. "
                f"Received: {len(texts)} texts, {len(token_ids)} rows of ids and "
                f"{len(rows)} of probabilities."
            )
        counts = unit_counts(self.encode_pieces(texts)).tolist()
        return [
            read_sequence(
                self,
                text,
                # Words that were not read have no tags.
                self.unit_spans(text)[:count],
                np.asarray(ids).reshape(-1),
                row,
                threshold,
                top,
            )
            for text, count, ids, row in zip(
                texts, counts, token_ids, rows, strict=True
            )
        ]

    def encode_pieces(self, texts: Sequence[str]) -> Pieces:
        """Token ids of texts, without prefix, end token and padding.

        Args:
            texts: list of strings.

        Returns:
            `Pieces`.

        Raises:
            ValueError: the prefix leaves no room for a text.
        """
        taken = len(self._prefix_ids) + 1
        room = self.sequence_length - taken
        if room < 1:
            raise ValueError(
                f"`sequence_length={self.sequence_length}` has no room for texts: "
                f"`prefix={self.prefix!r:.60}` and the end take {taken} tokens. Give "
                "more, or a shorter prefix."
            )
        return self._word_pieces.encode(texts, room)

    def pad(self, pieces: Pieces) -> dict[str, np.ndarray]:
        """The encoder's inputs: prefix, text, end token and padding.

        Args:
            pieces: what `encode_pieces` returned.

        Returns:
            Dict of `encoder_token_ids` and `encoder_padding_mask`, int32 (rows,
            length).
        """
        lengths, mask = self._mask(pieces)
        before = len(self._prefix_ids)
        ids = np.full(mask.shape, self.tokenizer.pad_token_id, "int32")
        ids[mask] = pieces.ids
        ids[:, :before] = self._prefix_ids
        ids[np.arange(len(lengths)), before + lengths] = self.tokenizer.end_token_id
        is_read = np.arange(mask.shape[1]) <= before + lengths[:, None]
        return {
            "encoder_token_ids": ids,
            "encoder_padding_mask": is_read.astype("int32"),
        }

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "prefix": self.prefix}
        # The parent's; here a prefix and an end token surround the text.
        del config["special_tokens"], config["segment_ids"]
        return config

    @property
    def _prefix_ids(self) -> np.ndarray:
        # Late: the tokenizer of a preset gets its vocabulary after this is built.
        if self._prefix is None:
            pieces = self._word_pieces.encode([self.prefix], self.sequence_length)
            self._prefix = pieces.ids
        return self._prefix

    def _mask(self, pieces: Pieces) -> tuple[np.ndarray, np.ndarray]:
        lengths, before = pieces.lengths, len(self._prefix_ids)
        longest = before + int(lengths.max(initial=1)) + 1
        places = np.arange(min(_padded(longest), self.sequence_length)) - before
        return lengths, (places >= 0) & (places < lengths[:, None])

    def _targets(
        self, texts: list[str], labels: list, pieces: Pieces
    ) -> tuple[np.ndarray, np.ndarray]:
        """Labels and end tokens, int32 (rows, labels), and where they are."""
        counts, first = unit_counts(pieces), self.first_label_id
        intents = self._intent_ids([intent for intent, _ in labels])
        tags = self._tags(texts, labels, pieces)[pieces.is_unit]
        places = np.arange(_padded(int(counts.max(initial=0)) + 2))
        targets = np.full((len(texts), len(places)), self.tokenizer.pad_token_id)
        targets[places < counts[:, None]] = first + tags
        rows = np.arange(len(texts))
        targets[rows, counts] = first + 1 + 2 * self.num_slot_types + intents
        targets[rows, counts + 1] = self.tokenizer.end_token_id
        return targets.astype("int32"), places < counts[:, None] + 2

    def _name_of(self, id_: int, first: int, names: list[str]) -> str:
        if id_ < first:
            return self.tokenizer.id_to_token(id_)
        return names[id_ - first] if id_ - first < len(names) else f"<{id_}>"


def unit_counts(pieces: Pieces) -> np.ndarray:
    """How many units of each text were read: int64 (texts,)."""
    rows = np.repeat(np.arange(len(pieces.lengths)), pieces.lengths)
    return np.bincount(rows[pieces.is_unit], minlength=len(pieces.lengths))


def _padded(length: int) -> int:
    # Few shapes to compile; a text of 512 words has labels beyond the last.
    return next((known for known in LENGTHS if known >= length), length)
