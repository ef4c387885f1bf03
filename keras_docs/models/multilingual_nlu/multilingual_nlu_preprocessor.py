"""Utterances in, token ids and labels for intents and slots out."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import keras_hub
import numpy as np

from keras_docs.models.base import Preprocessor, kerashub_parts
from keras_docs.models.multilingual_nlu.bio_tags import tags_of_slots
from keras_docs.models.multilingual_nlu.multilingual_nlu_tokenizer import (
    MultilingualNLUTokenizer,
)
from keras_docs.models.multilingual_nlu.utterance_input import (
    checked_slots,
    read_labels,
    read_texts,
)
from keras_docs.models.multilingual_nlu.word_pieces import UNIT, Pieces, WordPieces
from keras_docs.models.multilingual_nlu.words import (
    is_unspaced,
    original_ends,
    word_spans,
)

# Rows are padded to one of these lengths: few shapes to compile, little padding.
LENGTHS = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)

UNKNOWN_TOKENS = ("<unk>", "[UNK]")


@keras.saving.register_keras_serializable(package="keras_docs")
class MultilingualNLUPreprocessor(Preprocessor):
    """Turns utterances into token ids, and their intents and slots into labels.

    A text is cut into words at spaces; Chinese characters and Kana are words of their
    own. Slots begin and end at words; in Thai, Lao, Khmer and Burmese, which have no
    spaces, at pieces of the tokenizer. One token stands for each such unit and bears
    its tag: O, or B- or I- of a slot type.

    Args:
        tokenizer: a `MultilingualNLUTokenizer`, or a KerasHub tokenizer such as
            `XLMRobertaTokenizer` or `BertTokenizer`, the backbone's own.
        intents: list of strings; learned by `adapt`.
        slot_types: list of strings; learned by `adapt`.
        sequence_length: int, tokens of a text at most; what follows is not read.
        lowercase: bool. Texts are Unicode-normalised in any case.
        special_tokens: bool, whether a start and an end token surround a text, as BERT
            and XLM-RoBERTa want it.
        segment_ids: bool, whether to give an array of zeros besides, as KerasHub's BERT
            wants it.
        **kwargs: `name`, `dtype`.

    Call arguments:
        x: list of texts, or of records (text, intent, slots) such as
            `LabelledUtterance`. A slot is a dict with `type`, `start` and `end` in
            characters.
        y: None, or a list of (intent, slots) or of intents.
        sample_weight: None or float array (rows,).

    Returns:
        `x`, `(x, y)` or `(x, y, sample_weight)`. `x`: dict of `token_ids` and
        `padding_mask`, int32 (rows, length), with `length` the first of 8, 12, 16, 24,
        32, … that the longest text fits in. `y`: dict of `intent`, int32 (rows,), and
        `slots`, int32 (rows, length). `sample_weight`: a dict like `y`, float32; that
        of `slots` is 0 for tokens without a tag.

    Raises:
        ValueError: a record can't be used; names it, and the way out.

    Example:
    ```python
    preprocessor = keras_docs.MultilingualNLUPreprocessor(tokenizer).adapt(records)
    x, y, sample_weight = preprocessor(records)
    preprocessor(["wake me up at five"])["token_ids"]
    ```
    """

    def __init__(
        self,
        tokenizer: Any,
        intents: Sequence[str] = (),
        slot_types: Sequence[str] = (),
        sequence_length: int = 64,
        lowercase: bool = True,
        special_tokens: bool = False,
        segment_ids: bool = False,
        **kwargs: Any,
    ):
        if isinstance(tokenizer, Mapping):
            # Checked as what comes from a preset.
            config = {"tokenizer": dict(tokenizer)}
            tokenizer = kerashub_parts.checked_config(type(self), config)["tokenizer"]
        if not isinstance(tokenizer, keras_hub.tokenizers.Tokenizer):
            raise ValueError(
                "`tokenizer` must be a `MultilingualNLUTokenizer` or another tokenizer "
                f"of KerasHub. Received: {tokenizer!r:.80}. "
                "`MultilingualNLUTokenizer(path_of_a_sentencepiece_model)` makes one."
            )
        if not 3 <= sequence_length <= LENGTHS[-1]:
            raise ValueError(
                f"`sequence_length` must be from 3 to {LENGTHS[-1]}. "
                f"Received: {sequence_length!r}."
            )
        super().__init__(**kwargs)
        # It has no variables; Keras' `quantize` refuses layers that are not built.
        tokenizer.built = True
        self.tokenizer = tokenizer
        self.sequence_length = int(sequence_length)
        self.lowercase = lowercase
        self.special_tokens = special_tokens
        self.segment_ids = segment_ids
        self._set_labels(intents, slot_types)
        self._pieces: WordPieces | None = None
        self._unknown_id: int | None = None

    def adapt(self, x: Any, y: Any = None) -> MultilingualNLUPreprocessor:
        """Learns which intents and slot types there are.

        Args:
            x: records (text, intent, slots), or texts with `y`.
            y: None, or a list of (intent, slots).

        Returns:
            This preprocessor.

        Raises:
            ValueError: a record is malformed, or there are none.
        """
        texts = read_texts(x)
        labels = read_labels(x, y)
        if not labels:
            raise ValueError(
                "`adapt` needs records (text, intent, slots), or texts and `y`. "
                f"Received {len(texts)} texts without labels."
            )
        checked = [
            checked_slots(text, slots, position)
            for position, (text, (_, slots)) in enumerate(
                zip(texts, labels, strict=True)
            )
        ]
        self._set_labels(
            sorted({intent for intent, _ in labels}),
            sorted({str(slot["type"]) for slots in checked for slot in slots}),
        )
        return self

    @property
    def num_intents(self) -> int:
        """Number of intents."""
        return len(self.intents)

    @property
    def num_slot_types(self) -> int:
        """Number of slot types; there are `1 + 2 * num_slot_types` tags."""
        return len(self.slot_types)

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        texts = read_texts(x)
        labels = read_labels(x, y)
        pieces = self.encode_pieces(texts)
        features = self.pad(pieces)
        if labels is None:
            return keras.utils.pack_x_y_sample_weight(features)
        intents = self._intent_ids([intent for intent, _ in labels])
        tags = self._tags(texts, labels, pieces)
        unit_mask = self.unit_mask(pieces).astype("float32")
        row_weight = np.ones(len(texts), "float32")
        if sample_weight is not None:
            row_weight = np.asarray(sample_weight, "float32").reshape(len(texts))
        y = {"intent": intents, "slots": self._placed(tags, pieces, "int32")}
        weights = {"intent": row_weight, "slots": unit_mask * row_weight[:, None]}
        return features, y, weights

    def encode_pieces(self, texts: Sequence[str]) -> Pieces:
        """Token ids of texts, one after the other, without padding.

        Args:
            texts: list of strings.

        Returns:
            `Pieces`. A text without words has none; `pad` gives it the unknown token.
        """
        room = self.sequence_length - 2 * self.special_tokens
        return self._word_pieces.encode(texts, room)

    def pad(self, pieces: Pieces) -> dict[str, np.ndarray]:
        """The model's inputs: ids side by side, padded to one length.

        Args:
            pieces: what `encode_pieces` returned.

        Returns:
            Dict of `token_ids` and `padding_mask`, int32 (rows, length).
        """
        lengths, mask = self._mask(pieces)
        ids = np.full(mask.shape, self.tokenizer.pad_token_id, "int32")
        ids[mask] = pieces.ids
        padding_mask = mask.astype("int32")
        rows = np.arange(len(lengths))
        if self.special_tokens:
            ids[:, 0] = self.tokenizer.start_token_id
            ids[rows, 1 + lengths] = self.tokenizer.end_token_id
            padding_mask[:, 0] = 1
            padding_mask[rows, 1 + lengths] = 1
        else:
            # Attention needs something to look at.
            empty = lengths == 0
            ids[empty, 0] = self.unknown_id
            padding_mask[empty, 0] = 1
        inputs = {"token_ids": ids, "padding_mask": padding_mask}
        if self.segment_ids:
            inputs["segment_ids"] = np.zeros_like(ids)
        return inputs

    def unit_mask(self, pieces: Pieces) -> np.ndarray:
        """Which tokens bear a tag: int32 (rows, length)."""
        return self._placed(pieces.is_unit, pieces, "int32")

    def unit_spans(self, text: str) -> list[tuple[int, int]]:
        """(start, end) of each unit of a text, in characters."""
        spans = []
        for start, end in word_spans(text):
            word = text[start:end]
            if is_unspaced(word):
                spans += [(start + a, start + b) for a, b in self._piece_spans(word)]
            else:
                spans.append((start, end))
        return spans

    @property
    def unknown_id(self) -> int:
        """The id for what the tokenizer has no piece for."""
        if self._unknown_id is None:
            self._unknown_id = _id_of(self.tokenizer, *UNKNOWN_TOKENS)
        return self._unknown_id

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "intents": list(self.intents),
            "slot_types": list(self.slot_types),
            "sequence_length": self.sequence_length,
            "lowercase": self.lowercase,
            "special_tokens": self.special_tokens,
            "segment_ids": self.segment_ids,
        }

    def _set_labels(self, intents: Sequence[str], slot_types: Sequence[str]) -> None:
        for name, values in (("intents", intents), ("slot_types", slot_types)):
            if len(set(values)) != len(values):
                raise ValueError(f"`{name}` has a name twice. Received: {values!r}.")
        self.intents = [str(intent) for intent in intents]
        self.slot_types = [str(slot_type) for slot_type in slot_types]
        self._intent_index = {name: i for i, name in enumerate(self.intents)}
        self._type_index = {name: i for i, name in enumerate(self.slot_types)}

    @property
    def _word_pieces(self) -> WordPieces:
        # Late: the tokenizer of a preset gets its vocabulary after this is built.
        if self._pieces is None:
            tokenizer, boundary = self.tokenizer, None
            if isinstance(tokenizer, MultilingualNLUTokenizer):
                # SentencePiece sets a word's boundary apart where it cannot join it to
                # a letter. Pretrained encoders have learned to see that token; ours
                # are spared it.
                boundary = _id_of(tokenizer, "\u2581")
            self._pieces = WordPieces(
                tokenizer.tokenize, self.unknown_id, boundary, self.lowercase
            )
        return self._pieces

    def _mask(self, pieces: Pieces) -> tuple[np.ndarray, np.ndarray]:
        """Lengths, and which places of the padded array hold a text's tokens."""
        lengths = pieces.lengths
        longest = int(lengths.max(initial=1)) + 2 * self.special_tokens
        width = min(
            next(length for length in LENGTHS if length >= longest),
            self.sequence_length,
        )
        places = np.arange(width) - self.special_tokens
        return lengths, (places >= 0) & (places < lengths[:, None])

    def _placed(self, values: np.ndarray, pieces: Pieces, dtype: str) -> np.ndarray:
        mask = self._mask(pieces)[1]
        placed = np.zeros(mask.shape, dtype)
        placed[mask] = values
        return placed

    def _piece_spans(self, word: str) -> list[tuple[int, int]]:
        marked = self._word_pieces.of_word(word)
        ids = [id_ - UNIT for id_ in marked if id_ >= UNIT]
        names = [self.tokenizer.id_to_token(id_) for id_ in ids]
        sizes = [len(name.lstrip("\u2581")) for name in names]
        original = original_ends(word, self.lowercase)
        if sum(sizes) != len(original):
            # Bytes or unknown pieces: where they are in the word is not known.
            return [(0, len(word))] * len(ids)
        ends = [original[end - 1] if end else 0 for end in np.cumsum(sizes)]
        return list(zip([0, *ends[:-1]], ends, strict=True))

    def _intent_ids(self, intents: list[str]) -> np.ndarray:
        index = self._intent_index
        unknown = next((i for i, name in enumerate(intents) if name not in index), None)
        if unknown is not None:
            raise _unknown_label(
                "intent", intents[unknown], self.intents, unknown, "intents"
            )
        return np.array([index[name] for name in intents], "int32")

    def _tags(self, texts: list[str], labels: list, pieces: Pieces) -> np.ndarray:
        tags = np.zeros(len(pieces.ids), "int32")
        ends = np.cumsum(pieces.lengths)
        for row, (text, (_, slots)) in enumerate(zip(texts, labels, strict=True)):
            if not slots:
                continue
            slots = checked_slots(text, slots, row)
            for slot in slots:
                if slot["type"] not in self._type_index:
                    raise _unknown_label(
                        "slot type", slot["type"], self.slot_types, row, "slot_types"
                    )
            found = tags_of_slots(self.unit_spans(text), slots, self._type_index)
            end = ends[row]
            part = slice(end - pieces.lengths[row], end)
            places = np.flatnonzero(pieces.is_unit[part])
            tags[part][places] = found[: len(places)]
        return tags


def _id_of(tokenizer: Any, *names: str) -> int | None:
    """The id of the first of some tokens that the vocabulary has."""
    vocabulary = set(tokenizer.get_vocabulary())
    return next((tokenizer.token_to_id(n) for n in names if n in vocabulary), None)


def _unknown_label(
    what: str, name: Any, known: list[str], position: int, argument: str
) -> ValueError:
    nearest = difflib.get_close_matches(str(name), known, n=1)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    return ValueError(
        f"Record {position} has the {what} {name!r:.60}, which is not one of the "
        f"{len(known)} that the preprocessor knows.{hint} For others, adapt a new "
        f"preprocessor (`MultilingualNLU.from_records(records)` does) or give "
        f"`{argument}`."
    )
