"""Intents and slots of utterances, written by a decoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_docs.hub.errors import PresetIncompleteError, UnsupportedCheckpointError
from keras_docs.models.docformer_v2.docformer_v2_backbone import DocFormerV2Backbone
from keras_docs.models.docformer_v2.docformer_v2_writer import DocFormerV2Writer
from keras_docs.models.multilingual_nlu.label_rows import with_label_rows
from keras_docs.models.multilingual_nlu.length_buckets import LengthBuckets
from keras_docs.models.multilingual_nlu.multilingual_nlu_seq_2_seq_preprocessor import (
    MultilingualNLUSeq2SeqPreprocessor,
)
from keras_docs.models.multilingual_nlu.utterance_input import read_texts


@keras.saving.register_keras_serializable(package="keras_docs")
class MultilingualNLUSeq2Seq(DocFormerV2Writer):
    """Understands utterances by writing their labels: MASSIVE's text-to-text model.

    A T5 or mT5 reads `Annotate: wake me up at five` and writes `Other Other Other Other
    B-time alarm_set`, the label of each word and then the intent; see
    `MultilingualNLUSeq2SeqPreprocessor` for the format. `parse` makes the records that
    `MultilingualNLU.parse` makes. What was learned by T5 of many languages is a good
    beginning; from random weights, and for speed, take `MultilingualNLU`.

    Args:
        backbone: a `DocFormerV2Backbone` without layout and with a decoder; `fit`
            trains it in place.
        preprocessor: a `MultilingualNLUSeq2SeqPreprocessor`, or `None` to feed arrays.
        **kwargs: `name`, `compile`.

    Call arguments:
        A dict of the backbone's inputs.

    Returns:
        Float32 logits (batch, labels, vocabulary_size).

    Raises:
        ValueError: the backbone has a layout or no decoder, or fewer rows than the
            preprocessor has ids.

    Example:
    ```python
    model = keras_docs.MultilingualNLUSeq2Seq.from_records(
        records,  # (text, intent, slots)
        "hf://google/mt5-small",
        keras_docs.DocFormerV2Tokenizer("spiece.model"),
    )
    model.fit(records, epochs=3)
    model.parse(["wake me up at five", "wecke mich um fünf auf"])
    ```

    References:
    - [FitzGerald et al. 2022, MASSIVE](https://arxiv.org/abs/2204.08582), the
      text-to-text model of its experiments
    - [Xue et al. 2021, mT5](https://arxiv.org/abs/2010.11934)
    """

    preprocessor_cls = MultilingualNLUSeq2SeqPreprocessor
    predict_batch_size = 32

    def __init__(
        self,
        backbone: DocFormerV2Backbone,
        preprocessor: MultilingualNLUSeq2SeqPreprocessor | None = None,
        **kwargs: Any,
    ):
        if backbone.use_layout:
            raise ValueError(
                "`backbone` must be without a page, since utterances have none. "
                "Received: a DocFormerV2Backbone with use_layout=True. Use "
                "`DocFormerV2Backbone(use_layout=False, …)`, or `from_records` with a "
                "checkpoint of T5."
            )
        _check_rows(backbone, preprocessor)
        super().__init__(backbone, preprocessor, **kwargs)

    @classmethod
    def from_records(
        cls,
        records: Sequence[Any],
        preset: str | Path | DocFormerV2Backbone,
        tokenizer: Any = None,
        sequence_length: int | None = None,
        lowercase: bool | None = None,
        prefix: str | None = None,
        **kwargs: Any,
    ) -> MultilingualNLUSeq2Seq:
        """A model for the labels of some records, on the weights of a preset.

        Args:
            records: list of (text, intent, slots).
            preset: a preset of this class, a Transformers checkpoint of T5 or mT5, or a
                `DocFormerV2Backbone`. It gets embeddings for the labels, which begin as
                the mean of the pieces of their names.
            tokenizer: the one that the weights belong to. Default: the preset's.
            sequence_length: int, as in the preprocessor. Default: the preset's, or 64.
            lowercase: bool, as in the preprocessor. Default: the preset's, or `True`.
            prefix: string, as in the preprocessor. Default: the preset's, or the
                preprocessor's own.
            **kwargs: of the constructor.

        Returns:
            A `MultilingualNLUSeq2Seq`; call `fit(records)` next.

        Raises:
            ValueError: a record is malformed, or there is no tokenizer.

        Example:
        ```python
        model = keras_docs.MultilingualNLUSeq2Seq.from_records(
            records, "my_seq_2_seq_preset"
        )
        ```
        """
        given = {
            "sequence_length": sequence_length,
            "lowercase": lowercase,
            "prefix": prefix,
        }
        settings = {name: value for name, value in given.items() if value is not None}
        if tokenizer is None:
            saved = _saved_preprocessor(preset)
            tokenizer = saved.tokenizer
            settings = {name: getattr(saved, name) for name in given} | settings
        preprocessor = MultilingualNLUSeq2SeqPreprocessor(tokenizer, **settings)
        preprocessor.adapt(records)
        backbone = preset
        if not isinstance(preset, keras.Model):
            backbone = cls.backbone_cls.from_preset(preset)
        return cls(with_label_rows(backbone, preprocessor), preprocessor, **kwargs)

    def default_optimizer(self) -> keras.optimizers.Optimizer:
        return keras.optimizers.AdamW(5e-4, weight_decay=0.01, global_clipnorm=1.0)

    def default_batch_size(self, rows: int) -> int:
        return 32

    def preprocess_labelled(
        self, x: Any, y: Any = None, sample_weight: Any = None
    ) -> tuple[Any, ...]:
        if self.preprocessor is None:
            return super().preprocess_labelled(x, y, sample_weight)
        packed = self.preprocess_samples(x, y, sample_weight)
        if len(packed) == 1:
            raise ValueError(
                "There are no labels. Give records (text, intent, slots), or texts and "
                "`y` as a list of (intent, slots)."
            )
        return packed

    def parse(
        self,
        texts: Sequence[str],
        threshold: float = 0.0,
        top: int = 3,
        batch_size: int | None = None,
    ) -> list[dict[str, Any]]:
        """Intent and slots of each text, as `MultilingualNLU.parse` gives them.

        The labels are generated, by the sampler of `compile(sampler=…)`. Whatever is
        written becomes a record: `MultilingualNLUSeq2SeqPreprocessor.records_of` tells
        how. Texts of like length are decoded together.

        Args:
            texts: list of strings.
            threshold: float, the confidence that an intent needs; below it, `intent` is
                `None`: out of scope.
            top: int, intents in the ranking.
            batch_size: int, texts at a time. Default: 32.

        Returns:
            List of dicts: `text`; `intent`, string or `None`; `confidence`, how
            probable the decoder found it after the tags it wrote; `ranking`, list of
            `{"intent", "confidence"}`, the written one first, then the most probable;
            `slots`, list of `{"type", "value", "start", "end", "confidence"}` in order,
            with `value == text[start:end]` and the mean over the slot's words. A text
            without words has no intent, and the words beyond the preprocessor's
            `sequence_length` tokens have no slots.

        Raises:
            ValueError: `texts` is no list of strings, or there is no preprocessor.

        Example:
        ```python
        model.parse(["wake me up at five"])[0]["slots"]
        # [{"type": "time", "value": "five", "start": 14, "end": 18, …}]
        ```
        """
        preprocessor = self.preprocessor
        if preprocessor is None:
            raise ValueError(
                "`parse` needs a preprocessor, and this model has none. Build it with "
                "`MultilingualNLUSeq2Seq(backbone, preprocessor)`, or with "
                "`from_records` from a checkpoint."
            )
        texts = read_texts(texts)
        batch_size = batch_size or self.predict_batch_size
        lengths = preprocessor.encode_pieces(texts).lengths
        order = np.argsort(lengths, kind="stable").tolist()
        records: list[Any] = [None] * len(texts)
        for start in range(0, len(texts), batch_size):
            rows = order[start : start + batch_size]
            part = [texts[row] for row in rows]
            outputs = self._generate_batches(
                self._generate_features(part, None),
                (preprocessor.tokenizer.end_token_id,),
                True,
                batch_size,
            )
            found = preprocessor.records_of(
                part,
                outputs["decoder_token_ids"][:, 1:],
                outputs["label_probabilities"],
                threshold,
                top,
            )
            for row, record in zip(rows, found, strict=True):
                records[row] = record
        return records

    def _batches(self, arrays: tuple[Any, ...], batch_size: int, **kwargs: Any) -> Any:
        if self.preprocessor is None:
            return super()._batches(arrays, batch_size, **kwargs)
        return LengthBuckets(
            arrays, batch_size, transform=self.transform_batch, **kwargs
        )

    def _scores(self, outputs, given, encoded, memory_bias):
        """Besides the scores of the whole, how probable each label was at each place.

        `label_probabilities`: float32 (batch, max_length - 1, number of labels).
        """
        scores = super()._scores(outputs, given, encoded, memory_bias)
        if self.preprocessor is None:
            return scores
        tokens, mask = outputs["decoder_token_ids"], outputs["decoder_padding_mask"]
        hidden = self.backbone.decode(
            tokens[:, :-1], mask[:, :-1], encoded, memory_bias
        )
        probabilities = ops.softmax(self.backbone.token_scores(hidden), axis=-1)
        first, last = (
            self.preprocessor.first_label_id,
            self.preprocessor.vocabulary_size,
        )
        return {**scores, "label_probabilities": probabilities[:, :, first:last]}


def _check_rows(
    backbone: DocFormerV2Backbone,
    preprocessor: MultilingualNLUSeq2SeqPreprocessor | None,
) -> None:
    if preprocessor is None:
        return
    if not isinstance(preprocessor, MultilingualNLUSeq2SeqPreprocessor):
        raise ValueError(
            "`preprocessor` must be a `MultilingualNLUSeq2SeqPreprocessor`, which "
            f"`from_records` makes for a checkpoint. Received: {preprocessor!r:.80}."
        )
    if not preprocessor.intents:
        raise ValueError(
            "`preprocessor` knows no intents: there is nothing to learn. Call "
            "`preprocessor.adapt(records)`, or give it `intents` and `slot_types`."
        )
    try:
        needed = preprocessor.vocabulary_size
    except ValueError:
        # Built from a config alone, a tokenizer gets its vocabulary later.
        return
    if backbone.vocabulary_size < needed:
        raise ValueError(
            "`backbone` must have a row for each id of the preprocessor: "
            f"{preprocessor.first_label_id} tokens and "
            f"{len(preprocessor.label_names)} labels. Received: vocabulary_size="
            f"{backbone.vocabulary_size}. Use `vocabulary_size={needed}`, or "
            "`MultilingualNLUSeq2Seq.from_records`, which adds rows to a checkpoint."
        )


def _saved_preprocessor(preset: Any) -> MultilingualNLUSeq2SeqPreprocessor:
    try:
        if not isinstance(preset, keras.Model):
            return MultilingualNLUSeq2SeqPreprocessor.from_preset(preset)
    except (PresetIncompleteError, UnsupportedCheckpointError):
        pass
    raise ValueError(
        f"`tokenizer` must be given: the preset {str(preset)!r:.120} brings none. "
        'For T5 and mT5: `DocFormerV2Tokenizer("spiece.model")`, with the file of the '
        "checkpoint."
    )
