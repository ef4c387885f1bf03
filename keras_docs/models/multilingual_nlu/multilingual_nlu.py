"""Intents and slots of utterances, jointly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_docs.hub.errors import PresetFormatError
from keras_docs.models.multilingual_nlu.calibration import fit_temperature, slot_f1
from keras_docs.models.multilingual_nlu.multilingual_nlu_backbone import (
    MultilingualNLUBackbone,
)
from keras_docs.models.multilingual_nlu.multilingual_nlu_preprocessor import (
    MultilingualNLUPreprocessor,
)
from keras_docs.models.multilingual_nlu.multilingual_nlu_task import (
    MultilingualNLUTask,
    sequence_output,
)
from keras_docs.models.multilingual_nlu.ngram_logits import ngram_logits
from keras_docs.models.multilingual_nlu.token_dropout import TokenDropout
from keras_docs.models.multilingual_nlu.token_pooling import TokenPooling
from keras_docs.models.multilingual_nlu.utterance_input import (
    read_labels,
    read_texts,
)
from keras_docs.models.multilingual_nlu.utterance_parser import UtteranceParser

DEFAULT_PRESET = "multilingual_nlu_tiny_massive"
# Of the logit of O, that `tune_slot_threshold` tries.
SHIFTS = tuple(2 * step / 5 for step in range(-5, 6))


@keras.saving.register_keras_serializable(package="keras_docs")
class MultilingualNLU(MultilingualNLUTask):
    """Understands utterances: which intent, and which slots with which values.

    An encoder reads the text; one head scores the intents from the pooled vectors, the
    other the BIO tag of each word. `parse` decodes the most probable sequence of tags
    that is well formed. `from_preset` also opens BERT and XLM-RoBERTa checkpoints of
    Hugging Face Transformers with a head for sequences (intents) or tokens (slots).

    Args:
        backbone: a `MultilingualNLUBackbone`, or a KerasHub encoder of `token_ids` and
            `padding_mask` (`XLMRobertaBackbone`, `BertBackbone`, …).
        preprocessor: a `MultilingualNLUPreprocessor`, or `None` to feed arrays.
        num_intents: int. Default: the intents that the preprocessor knows. 0 leaves the
            head out.
        num_slot_types: int. Default: the slot types that the preprocessor knows. 0
            leaves the head out.
        pooling: string, how the intent's head pools the tokens: `"mean"`, `"max"` or
            `"cls"`.
        intent_hidden_dim: int, a hidden layer (tanh) of the intent's head, as the heads
            of BERT and XLM-RoBERTa have it. Default: none.
        dropout: float, before each head.
        token_dropout: float, share of the tokens that are masked while training. It
            keeps the model from relying on any one word.
        mask_token_id: int, what they become. Default: the mask token of the
            preprocessor's tokenizer.
        slot_loss_weight: float, against 1 for the intent's loss.
        temperature: float, what the intent's logits are divided by for a probability;
            `calibrate` sets it.
        ngram_buckets: int, rows of a table of hashed n-grams of tokens. What a linear
            model makes of them is added to the logits: it learns by heart, where the
            encoder generalises. Default: 0, none.
        ngram_dim: int, size of such a row.
        **kwargs: `name`, `compile`.

    Call arguments:
        The backbone's inputs.

    Returns:
        Dict of float32 logits: `"intent"` (batch, num_intents) and `"slots"` (batch,
        length, 1 + 2 * num_slot_types), the latter for O and for B- and I- of each
        type.

    Raises:
        ValueError: the labels are unknown or contradict the preprocessor.

    Example:
    ```python
    model = keras_docs.MultilingualNLU.from_preset("multilingual_nlu_tiny_massive")
    model.parse(["wake me up at five", "wecke mich um fünf auf"])
    model.fit(records)  # (text, intent, slots), more of the same labels
    model = keras_docs.MultilingualNLU.from_records(records)  # other labels
    model.fit(records, epochs=20)
    ```

    References:
    - [FitzGerald et al. 2022, MASSIVE](https://arxiv.org/abs/2204.08582)
    - [Chen et al. 2019, BERT for Joint Intent Classification and Slot
      Filling](https://arxiv.org/abs/1902.10909)
    - [Cheng et al. 2016, Wide & Deep Learning](https://arxiv.org/abs/1606.07792), the
      n-grams
    """

    head_arguments = (
        "num_intents",
        "num_slot_types",
        "pooling",
        "intent_hidden_dim",
        "ngram_buckets",
        "ngram_dim",
    )

    def __init__(
        self,
        backbone: keras.Model,
        preprocessor: MultilingualNLUPreprocessor | None = None,
        num_intents: int | None = None,
        num_slot_types: int | None = None,
        pooling: str = "mean",
        intent_hidden_dim: int | None = None,
        dropout: float = 0.1,
        token_dropout: float = 0.0,
        mask_token_id: int | None = None,
        slot_loss_weight: float = 2.0,
        temperature: float = 1.0,
        ngram_buckets: int = 0,
        ngram_dim: int = 32,
        **kwargs: Any,
    ):
        num_intents = _number("intents", num_intents, preprocessor)
        num_slot_types = _number("slot_types", num_slot_types, preprocessor)
        if not num_intents and not num_slot_types:
            raise ValueError(
                "There is nothing to learn: no intents and no slot types. Give a "
                "preprocessor that was adapted (`preprocessor.adapt(records)`), or "
                "`num_intents` and `num_slot_types`."
            )
        if not 0 <= token_dropout < 1:
            raise ValueError(
                "`token_dropout` is a share of the tokens from 0 to below 1. "
                f"Received: {token_dropout!r}."
            )

        # === Layers ===
        self.backbone = backbone
        self.preprocessor = preprocessor
        dtype = backbone.dtype_policy

        # === Functional Model ===
        inputs = dict(backbone.input)
        if token_dropout:
            if mask_token_id is None:
                mask_token_id = _mask_token_id(preprocessor)
            inputs["token_ids"] = TokenDropout(
                token_dropout, mask_token_id, name="token_dropout"
            )(inputs["token_ids"], inputs["padding_mask"])
        hidden = sequence_output(backbone, inputs)
        num_tags = 1 + 2 * num_slot_types if num_slot_types else 0
        wide = {}
        if ngram_buckets:
            wide = ngram_logits(
                inputs, ngram_buckets, ngram_dim, num_intents, num_tags, dtype
            )
        outputs = {}
        if num_intents:
            x = TokenPooling(pooling, dtype=dtype, name="intent_pooling")(
                hidden, backbone.input["padding_mask"]
            )
            if intent_hidden_dim:
                x = keras.layers.Dropout(dropout, dtype=dtype, name="intent_in")(x)
                x = keras.layers.Dense(
                    intent_hidden_dim, "tanh", dtype=dtype, name="intent_hidden"
                )(x)
            x = keras.layers.Dropout(dropout, dtype=dtype, name="intent_dropout")(x)
            outputs["intent"] = _logits(
                num_intents, dtype, "intent", x, wide.get("intent")
            )
        if num_tags:
            x = keras.layers.Dropout(dropout, dtype=dtype, name="slot_dropout")(hidden)
            outputs["slots"] = _logits(num_tags, dtype, "slots", x, wide.get("slots"))
        # Keras compiles while it builds, with these losses.
        self.slot_loss_weight = slot_loss_weight
        super().__init__(inputs=backbone.input, outputs=outputs, **kwargs)

        # === Config ===
        self.num_intents = num_intents
        self.num_slot_types = num_slot_types
        self.pooling = pooling
        self.intent_hidden_dim = intent_hidden_dim
        self.dropout = dropout
        self.token_dropout = token_dropout
        self.mask_token_id = mask_token_id
        self.temperature = temperature
        self.ngram_buckets = ngram_buckets
        self.ngram_dim = ngram_dim

    @classmethod
    def from_records(
        cls,
        records: Sequence[Any],
        preset: str | Path = DEFAULT_PRESET,
        **kwargs: Any,
    ) -> MultilingualNLU:
        """A model for the labels of some records, on the encoder of a preset.

        Args:
            records: list of (text, intent, slots).
            preset: whose tokenizer and backbone to take: a preset, or a BERT or
                XLM-RoBERTa checkpoint of Transformers.
            **kwargs: of the constructor.

        Returns:
            A `MultilingualNLU` with new heads; call `fit(records)` next.
        """
        settings = MultilingualNLUPreprocessor.from_preset(preset)
        preprocessor = MultilingualNLUPreprocessor(
            settings.tokenizer,
            sequence_length=settings.sequence_length,
            lowercase=settings.lowercase,
            special_tokens=settings.special_tokens,
            segment_ids=settings.segment_ids,
        ).adapt(records)
        try:
            # Also what Transformers wrote; `Backbone` would make it KerasHub's.
            backbone = MultilingualNLUBackbone.from_preset(preset)
        except PresetFormatError:
            backbone = cls.backbone_cls.from_preset(preset)
        return cls(backbone, preprocessor, **kwargs)

    def default_optimizer(self) -> keras.optimizers.Optimizer:
        return keras.optimizers.AdamW(5e-4, weight_decay=0.01, global_clipnorm=1.0)

    def default_loss(self) -> dict[str, keras.losses.Loss]:
        losses = {
            "intent": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            # The mean over the tokens with a tag, however much padding there is.
            "slots": keras.losses.SparseCategoricalCrossentropy(
                from_logits=True, reduction="mean_with_sample_weight"
            ),
        }
        return {name: losses[name] for name in self.head_names}

    def default_metrics(self) -> dict[str, list[str]]:
        return {}

    def compile(self, optimizer="auto", loss="auto", *, metrics="auto", **kwargs):
        """Configures training; `"auto"` takes the task's defaults.

        Args:
            optimizer: `"auto"`, or as in `keras.Model.compile`.
            loss: `"auto"`, or as in `keras.Model.compile`.
            metrics: `"auto"`, or as in `keras.Model.compile`.
            **kwargs: further arguments of `keras.Model.compile`.
        """
        weights = {"intent": 1.0, "slots": self.slot_loss_weight}
        if isinstance(loss, str) and loss == "auto":
            kwargs.setdefault(
                "loss_weights", {name: weights[name] for name in self.head_names}
            )
        if isinstance(metrics, str) and metrics == "auto":
            kwargs.setdefault(
                "weighted_metrics", {name: ["accuracy"] for name in self.head_names}
            )
        super().compile(optimizer, loss, metrics=metrics, **kwargs)

    @property
    def head_names(self) -> list[str]:
        """The heads there are."""
        return list(self.output)

    def preprocess_labelled(
        self, x: Any, y: Any = None, sample_weight: Any = None
    ) -> tuple[Any, ...]:
        packed = super().preprocess_labelled(x, y, sample_weight)
        if len(packed) == 1:
            raise ValueError(
                "There are no labels. Give records (text, intent, slots), or texts and "
                "`y` as a list of (intent, slots)."
            )
        if set(self.head_names) == {"intent", "slots"}:
            return packed
        kept = [{name: part[name] for name in self.head_names} for part in packed[1:]]
        return (packed[0], *kept)

    def parse(
        self,
        texts: Sequence[str],
        threshold: float = 0.0,
        top: int = 3,
        batch_size: int | None = None,
    ) -> list[dict[str, Any]]:
        """Intent and slots of each text.

        Args:
            texts: list of strings.
            threshold: float, the confidence that an intent needs; below it, `intent` is
                `None`: out of scope. Choose it on held-out texts; see `calibrate`.
            top: int, intents in the ranking.
            batch_size: int, texts at a time. Default: 8 of like length on a CPU, 256
                on an accelerator and with PyTorch.

        Returns:
            List of dicts: `text`; `intent`, string or `None`; `confidence`, its
            probability; `ranking`, list of `{"intent", "confidence"}`, the best first;
            `slots`, list of `{"type", "value", "start", "end", "confidence"}` in order,
            with `value == text[start:end]`. A text without words has no intent, and
            the words beyond the preprocessor's `sequence_length` tokens have no slots.

        Raises:
            ValueError: `texts` is no list of strings, or there is no preprocessor.

        Example:
        ```python
        model.parse(["wake me up at five"])[0]["slots"]
        # [{"type": "time", "value": "five", "start": 14, "end": 18, …}]
        ```
        """
        if self.preprocessor is None:
            raise ValueError(
                "`parse` needs a preprocessor, and this model has none. Build it with "
                "`MultilingualNLU(backbone, preprocessor)`."
            )
        return self._parser().parse(read_texts(texts), threshold, top, batch_size)

    def calibrate(self, x: Any, y: Any = None) -> float:
        """Sets the temperature so that the intents' probabilities are honest.

        Args:
            x: records that the model was not trained on, or texts with `y`.
            y: None, or a list of (intent, slots).

        Returns:
            The temperature: the one with the lowest negative log-likelihood.

        Reference:
        - [Guo et al. 2017, On Calibration of Modern Neural
          Networks](https://arxiv.org/abs/1706.04599)
        """
        labels = self.preprocess_labelled(x, y)[1]["intent"]
        logits = self._parser().intent_logits(read_texts(x))
        self.temperature = fit_temperature(logits, labels)
        return self.temperature

    def tune_slot_threshold(self, x: Any, y: Any = None) -> float:
        """Shifts the logit of O to where the F1 of the slots is highest.

        Training decides how readily a model sees a slot, and rarely so that it makes up
        as many as it misses. This decodes the texts with each shift in `SHIFTS` and
        keeps the best in the bias of the slots' head.

        Args:
            x: records that the model was not trained on, or texts with `y`.
            y: None, or a list of (intent, slots).

        Returns:
            What was added to the logit; above 0, fewer slots are seen than before.

        Raises:
            ValueError: a record can't be used, there are no labels, or the model has
                no head for slots.

        Example:
        ```python
        model.fit(train)
        model.tune_slot_threshold(dev)
        ```

        Reference:
        - [Lipton et al. 2014, Optimal Thresholding of Classifiers to Maximize F1
          Measure](https://arxiv.org/abs/1402.1892)
        """
        if "slots" not in self.head_names:
            raise ValueError(
                "`tune_slot_threshold` needs a model with slots, and this one has "
                "intents alone."
            )
        # Refuses records that can't be used.
        self.preprocess_labelled(x, y)
        texts = read_texts(x)
        right = [slots for _, slots in read_labels(x, y)]
        found = self._parser().shifted_slots(texts, SHIFTS)
        scores = {
            shift: slot_f1(right, slots)
            for shift, slots in zip(SHIFTS, found, strict=True)
        }
        # Of equals the one that changes least.
        best = max(SHIFTS, key=lambda shift: (scores[shift], -abs(shift)))
        bias = self.get_layer("slots_logits").bias
        bias.assign(_with_outside(ops.convert_to_numpy(bias), best))
        return best

    def _parser(self) -> UtteranceParser:
        # LoRA and quantization put other variables into the layers; a function that was
        # compiled before does not know them.
        variables = tuple(map(id, self.variables))
        parser = self.__dict__.get("_utterance_parser")
        if parser is None or parser.variables != variables:
            parser = UtteranceParser(self, variables)
            # Past Keras' attribute tracking: it is no part of the model.
            self.__dict__["_utterance_parser"] = parser
        return parser

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_intents": self.num_intents,
            "num_slot_types": self.num_slot_types,
            "pooling": self.pooling,
            "intent_hidden_dim": self.intent_hidden_dim,
            "dropout": self.dropout,
            "token_dropout": self.token_dropout,
            "mask_token_id": self.mask_token_id,
            "slot_loss_weight": self.slot_loss_weight,
            "temperature": self.temperature,
            "ngram_buckets": self.ngram_buckets,
            "ngram_dim": self.ngram_dim,
        }


def _logits(size: int, dtype: Any, name: str, x: Any, wide: Any) -> Any:
    x = keras.layers.Dense(size, dtype=dtype, name=f"{name}_logits")(x)
    if wide is not None:
        x = keras.layers.Add(dtype=dtype, name=f"{name}_sum")([x, wide])
    return keras.layers.Activation("linear", dtype="float32", name=name)(x)


def _with_outside(bias: np.ndarray, shift: float) -> np.ndarray:
    return bias + shift * (np.arange(len(bias)) == 0)


def _number(
    name: str, given: int | None, preprocessor: MultilingualNLUPreprocessor | None
) -> int:
    known = len(getattr(preprocessor, name, ()))
    argument = "num_intents" if name == "intents" else "num_slot_types"
    if given is None:
        return known
    if given and known and given != known:
        raise ValueError(
            f"`{argument}={given}` contradicts the preprocessor, which knows {known} "
            f"{name}. Leave it out."
        )
    return int(given)


def _mask_token_id(preprocessor: MultilingualNLUPreprocessor | None) -> int:
    mask_token_id = getattr(
        getattr(preprocessor, "tokenizer", None), "mask_token_id", None
    )
    if mask_token_id is None:
        raise ValueError(
            "`token_dropout` needs a preprocessor whose tokenizer has a mask token. "
            "Give one, `mask_token_id`, or `token_dropout=0`."
        )
    return int(mask_token_id)
