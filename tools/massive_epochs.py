"""MASSIVE as arrays, epoch by epoch, made by processes beside the one that trains."""

from __future__ import annotations

import functools
import json
import os
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

# One in so many ids of the development part is held out where the others train.
HELD_OUT_OF = 10
EPOCHS_OF_A_SEED = 1000
# Texts in which a word is cut in one way, where it is cut at random.
RECORDS_OF_A_CUT = 500
# Kudo 2018 tries 0.1 to 0.5.
ALPHA = 0.3


class MassiveEpochs:
    """The rows to train on, encoded anew for each epoch, with other slot values.

    Args:
        data: folder of <locale>.jsonl.
        locales: list of strings.
        vocabulary: path of a SentencePiece model.
        labels: dict of `intents` and `slot_types`.
        swap_share: float, records that get others' slot values.
        dev_repeats: int, how often an epoch has the development part's rows that are
            not held out.
        workers: int, processes.
        seed: int, of the slot values, of the order of rows and of the cuts of words.
        sampled_share: float, words that are cut into pieces at random; see
            `SampledTokenizer`.
        target_ids: int array in rising order, of the records in a table of targets: an
            intent's target is its row there. Default: the number of the intent.
    """

    def __init__(
        self,
        data: str,
        locales: list[str],
        vocabulary: str,
        labels: dict[str, list[str]],
        swap_share: float,
        dev_repeats: int,
        workers: int,
        seed: int = 0,
        sampled_share: float = 0.0,
        target_ids: np.ndarray | None = None,
    ):
        self.data = data
        self.locales = locales
        self.vocabulary = str(Path(vocabulary).resolve())
        self.labels = json.dumps(labels)
        self.swap_share = swap_share
        self.dev_repeats = dev_repeats
        self.workers = workers
        self.seed = seed
        self.sampled_share = sampled_share
        self.target_ids = target_ids

    def rounds(
        self, first: int, count: int, rounds_per_epoch: int
    ) -> Iterator[tuple[Any, Any, Any]]:
        """Arrays `(x, y, sample_weight)` of each round, a part of an epoch.

        The next epoch is made while this one is used.

        Args:
            first: int, the round to begin with.
            count: int, rounds in all.
            rounds_per_epoch: int.
        """
        epochs = range(first // rounds_per_epoch, -(-count // rounds_per_epoch))
        with ThreadPoolExecutor(1) as ahead:
            made = ahead.submit(self.encoded, epochs[0]) if epochs else None
            for epoch in epochs:
                arrays = made.result()
                if epoch + 1 < epochs.stop:
                    made = ahead.submit(self.encoded, epoch + 1)
                order = np.random.default_rng(self.draw_of(epoch))
                order = order.permutation(len(arrays[0]))
                for number, rows in enumerate(np.array_split(order, rounds_per_epoch)):
                    if first <= epoch * rounds_per_epoch + number < count:
                        yield self._round([array[rows] for array in arrays])

    def _round(self, arrays: list[np.ndarray]) -> tuple[Any, Any, Any]:
        ids, mask, record_ids, intents, tags, weights = arrays
        if self.target_ids is not None:
            intents = self._target_rows(record_ids)
        return (
            {"token_ids": ids, "padding_mask": mask},
            {"intent": intents, "slots": tags},
            {"intent": np.ones(len(ids), "float32"), "slots": weights},
        )

    def _target_rows(self, record_ids: np.ndarray) -> np.ndarray:
        known = np.isin(record_ids, self.target_ids)
        if not known.all():
            raise ValueError(
                "The targets of intents lack utterances of the data, the first of "
                f"them {record_ids[~known][0]}. Make them from the same data."
            )
        return np.searchsorted(self.target_ids, record_ids).astype("int32")

    def draw_of(self, epoch: int) -> int:
        """The random state of an epoch: another one for each seed and epoch."""
        return self.seed * EPOCHS_OF_A_SEED + epoch

    def encoded(self, epoch: int) -> list[np.ndarray]:
        """All rows of an epoch, locale by locale."""
        from joblib import Parallel, delayed

        parts = Parallel(self.workers)(
            delayed(encoded_locale)(
                self.data,
                locale,
                self.vocabulary,
                self.labels,
                self.swap_share,
                self.dev_repeats,
                self.sampled_share,
                self.draw_of(epoch),
                os.getpid(),
            )
            for locale in self.locales
        )
        return _joined(parts)


def encoded_locale(
    data: str,
    locale: str,
    vocabulary: str,
    labels: str,
    swap_share: float,
    dev_repeats: int,
    sampled_share: float,
    draw: int,
    trainer: int,
) -> list[np.ndarray]:
    """Token ids, padding mask, records' ids, intents, tags and their weights."""
    if os.getpid() != trainer:
        # The accelerator is the trainer's.
        os.environ |= {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    import keras_docs
    from keras_docs.datasets.read_massive import read_massive
    from keras_docs.training.swap_slot_values import swap_slot_values

    records = read_massive(data, locales=[locale], partition="train")
    if dev_repeats:
        dev = read_massive(data, locales=[locale], partition="dev")
        records += dev_repeats * [row for row in dev if not is_held_out(row)]
    records = swap_slot_values(records, share=swap_share, seed=draw)
    if not sampled_share:
        return _arrays(_preprocessor(vocabulary, labels), records)
    # So that a locale's cuts are no other's.
    tokenizer = _sampled_tokenizer(vocabulary, sampled_share)
    tokenizer.start_again(zlib.crc32(f"{locale} {draw}".encode()))
    parts = []
    for first in range(0, len(records), RECORDS_OF_A_CUT):
        # A new one forgets how it cut the words.
        preprocessor = keras_docs.MultilingualNLUPreprocessor(
            tokenizer, **json.loads(labels)
        )
        parts.append(_arrays(preprocessor, records[first : first + RECORDS_OF_A_CUT]))
    return _joined(parts)


def is_held_out(record: Any) -> bool:
    """Of the development part: what is never trained on, in no locale."""
    return int(record.id) % HELD_OUT_OF == 0


@functools.cache
def _preprocessor(vocabulary: str, labels: str) -> Any:
    """Once for a process: it remembers the pieces of words that it has seen."""
    import keras_docs

    return keras_docs.MultilingualNLUPreprocessor(
        keras_docs.MultilingualNLUTokenizer(vocabulary), **json.loads(labels)
    )


@functools.cache
def _sampled_tokenizer(vocabulary: str, share: float) -> Any:
    from sampled_tokenizer import SampledTokenizer

    return SampledTokenizer(vocabulary, share, ALPHA)


def _arrays(preprocessor: Any, records: list) -> list[np.ndarray]:
    x, y, weights = preprocessor(records)
    return [
        x["token_ids"],
        x["padding_mask"],
        np.array([int(record.id) for record in records]),
        y["intent"],
        y["slots"],
        weights["slots"],
    ]


def _joined(parts: list[list[np.ndarray]]) -> list[np.ndarray]:
    width = max(part[0].shape[1] for part in parts)
    return [
        np.concatenate([_widened(array, width) for array in arrays])
        for arrays in zip(*parts, strict=True)
    ]


def _widened(array: np.ndarray, width: int) -> np.ndarray:
    if array.ndim == 1:
        return array
    return np.pad(array, ((0, 0), (0, width - array.shape[1])))
