"""Texts in, parsed records out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from keras_docs.kernels.compiled_call import compiled_call
from keras_docs.models.multilingual_nlu.bio_decoding import decode_bio
from keras_docs.models.multilingual_nlu.bio_tags import slots_of_tags
from keras_docs.models.multilingual_nlu.word_pieces import Pieces

if TYPE_CHECKING:
    from keras_docs.models.multilingual_nlu.multilingual_nlu import MultilingualNLU

# On a CPU, more rows are no faster, and few of like length have little padding. Eager
# PyTorch and accelerators want work by the hundred.
CPU_BATCH_SIZE, BATCH_SIZE = 8, 256


class UtteranceParser:
    """The model with decoding on top, and what makes records of its numbers.

    Args:
        task: a `MultilingualNLU` with a preprocessor.
        variables: what tells the task's variables from others.
    """

    def __init__(self, task: MultilingualNLU, variables: tuple[int, ...]):
        self.task = task
        self.variables = variables
        self.call = compiled_call(_with_decoding(task))

    def parse(
        self, texts: list[str], threshold: float, top: int, batch_size: int | None
    ) -> list[dict[str, Any]]:
        """See `MultilingualNLU.parse`."""
        records: list[Any] = [None] * len(texts)
        for rows, outputs in self._batches(texts, batch_size):
            part = [texts[row] for row in rows]
            for row, record in zip(
                rows, self._records(part, outputs, threshold, top), strict=True
            ):
                records[row] = record
        return records

    def intent_logits(self, texts: list[str]) -> np.ndarray:
        """The intents' logits of each text: float32 (texts, intents)."""
        logits = np.zeros((len(texts), self.task.num_intents), "float32")
        for rows, outputs in self._batches(texts, None):
            logits[rows] = outputs["intent"]
        return logits

    def shifted_slots(
        self, texts: list[str], shifts: Sequence[float]
    ) -> Iterator[list[list[dict]]]:
        """Slots of each text with each shift of the logit of O, decoded alone.

        Holds the logits of all texts, 7 kB of each with 55 types of slots.
        """
        slots = self.task.output["slots"]
        call = compiled_call(keras.Model(self.task.input, {"slots": slots}))

        def logits_of(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
            return call({name: inputs[name] for name in self.task.input})

        held = list(self._batches(texts, None, logits_of))
        decode = compiled_call(_decoding(slots.shape[-1]))
        for shift in shifts:
            found: list[Any] = [None] * len(texts)
            for rows, outputs in held:
                logits = outputs["slots"].copy()
                logits[:, :, 0] += shift
                mask = outputs["unit_mask"]
                decoded = decode({"slots": logits, "unit_mask": mask})
                part = [texts[row] for row in rows]
                parsed = self._slots(part, {**decoded, "unit_mask": mask})
                for row, of_text in zip(rows, parsed, strict=True):
                    found[row] = of_text
            yield found

    def _batches(
        self,
        texts: list[str],
        batch_size: int | None,
        call: Callable[[dict], dict] | None = None,
    ) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        """Places of texts of like length, and the model's outputs for them."""
        batch_size = batch_size or _best_batch_size()
        pieces = self.task.preprocessor.encode_pieces(texts)
        order = np.argsort(pieces.lengths, kind="stable")
        ends = np.cumsum(pieces.lengths)
        for first in range(0, len(texts), batch_size):
            rows = order[first : first + batch_size]
            part = _rows_of(pieces, ends, rows)
            yield rows, self._outputs(part, call or self.call)

    def _outputs(
        self, pieces: Pieces, call: Callable[[dict], dict]
    ) -> dict[str, np.ndarray]:
        preprocessor = self.task.preprocessor
        inputs = preprocessor.pad(pieces)
        inputs["unit_mask"] = preprocessor.unit_mask(pieces)
        rows = len(pieces.lengths)
        # A power of two: few shapes to compile.
        padded = 1 << (rows - 1).bit_length()
        inputs = {
            name: np.concatenate([array, np.repeat(array[-1:], padded - rows, axis=0)])
            for name, array in inputs.items()
        }
        outputs = call(inputs)
        outputs = {name: np.asarray(array)[:rows] for name, array in outputs.items()}
        return {**outputs, "unit_mask": inputs["unit_mask"][:rows]}

    def _records(
        self, texts: list[str], outputs: dict[str, Any], threshold: float, top: int
    ) -> list[dict[str, Any]]:
        intents = self._intents(outputs.get("intent"), len(texts), top)
        slots = self._slots(texts, outputs)
        records = []
        for text, ranking, found in zip(texts, intents, slots, strict=True):
            if not text.strip():
                ranking, found = [], []
            best = ranking[0] if ranking else {"intent": None, "confidence": 0.0}
            is_known = best["confidence"] >= threshold
            records.append(
                {
                    "text": text,
                    "intent": best["intent"] if is_known else None,
                    "confidence": best["confidence"],
                    "ranking": ranking,
                    "slots": found,
                }
            )
        return records

    def _intents(self, logits: Any, rows: int, top: int) -> list[list[dict]]:
        if logits is None:
            return [[] for _ in range(rows)]
        probabilities = _softmax(logits / self.task.temperature)
        names = self.task.preprocessor.intents
        order = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
        best = np.take_along_axis(probabilities, order, axis=1).tolist()
        return [
            [
                {"intent": names[place], "confidence": confidence}
                for place, confidence in zip(places, confidences, strict=True)
            ]
            for places, confidences in zip(order.tolist(), best, strict=True)
        ]

    def _slots(self, texts: list[str], outputs: dict[str, Any]) -> list[list[dict]]:
        if "tags" not in outputs:
            return [[] for _ in texts]
        is_unit = outputs["unit_mask"] > 0
        preprocessor = self.task.preprocessor
        found = []
        for row, text in enumerate(texts):
            tags = outputs["tags"][row][is_unit[row]]
            if not tags.any():
                found.append([])
                continue
            confidences = outputs["tag_confidence"][row][is_unit[row]]
            found.append(
                slots_of_tags(
                    text,
                    preprocessor.unit_spans(text),
                    tags.tolist(),
                    confidences.tolist(),
                    preprocessor.slot_types,
                )
            )
        return found


def _best_batch_size() -> int:
    if keras.backend.backend() == "torch":
        return BATCH_SIZE
    devices = keras.distribution.list_devices()
    on_cpu = all(device.lower().startswith("cpu") for device in devices)
    return CPU_BATCH_SIZE if on_cpu else BATCH_SIZE


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _rows_of(pieces: Pieces, ends: np.ndarray, rows: Sequence[int]) -> Pieces:
    lengths = pieces.lengths[rows]
    places = np.concatenate(
        [np.arange(ends[row] - pieces.lengths[row], ends[row]) for row in rows]
    ).astype("int64")
    return Pieces(pieces.ids[places], pieces.is_unit[places], lengths)


class TagDecoder(keras.layers.Layer):
    """Logits of tags to the best tags that are well formed, and their probabilities."""

    def call(self, logits, unit_mask):
        scores = ops.log_softmax(ops.cast(logits, "float32"))
        tags = decode_bio(scores, unit_mask)
        chosen = ops.take_along_axis(scores, tags[:, :, None], axis=-1)
        return tags, ops.exp(chosen[:, :, 0])

    def compute_output_spec(self, logits, unit_mask):
        shape = logits.shape[:2]
        return keras.KerasTensor(shape, "int32"), keras.KerasTensor(shape, "float32")


def _with_decoding(task: MultilingualNLU) -> keras.Model:
    """A model from the task's inputs and `unit_mask` to logits and tags."""
    unit_mask = keras.Input((None,), dtype="int32", name="unit_mask")
    logits, outputs = task.output, {}
    if "intent" in logits:
        outputs["intent"] = logits["intent"]
    if "slots" in logits:
        outputs |= _decoded(logits["slots"], unit_mask)
    return keras.Model({**task.input, "unit_mask": unit_mask}, outputs)


def _decoding(num_tags: int) -> keras.Model:
    """A model from logits and `unit_mask` to tags."""
    logits = keras.Input((None, num_tags), name="slots")
    unit_mask = keras.Input((None,), dtype="int32", name="unit_mask")
    return keras.Model(
        {"slots": logits, "unit_mask": unit_mask}, _decoded(logits, unit_mask)
    )


def _decoded(logits: Any, unit_mask: Any) -> dict[str, Any]:
    decoder = TagDecoder(dtype="float32", name="tag_decoder")
    tags, confidence = decoder(logits, unit_mask)
    return {"tags": tags, "tag_confidence": confidence}
