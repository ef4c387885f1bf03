"""Utterances that switch between languages, made with dictionaries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from keras_docs.datasets.labelled_utterance import LabelledUtterance

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def code_switch(
    records: Iterable[Any],
    dictionaries: Mapping[str, Mapping[str, Sequence[str]]],
    *,
    record_share: float = 1.0,
    word_share: float = 0.5,
    seed: int = 0,
) -> Iterator[LabelledUtterance]:
    """Replaces words of records by translations, each into a language by chance.

    Trained on such records, an encoder brings words of several languages that mean the
    same together, without one translated sentence (Qin et al. 2020). A record is
    chosen with probability `record_share`, each of its words with probability
    `word_share`; a chosen word becomes a translation, uniformly drawn from one of the
    languages that have one, and stays if none has. Slots keep their words: their
    offsets follow, and so do their values.

    Args:
        records: of `LabelledUtterance`, or tuples (text, intent, slots), in the
            dictionaries' source language.
        dictionaries: dict of language -> dict of lower-case word -> translations, as
            `read_bilingual_dictionary` returns.
        record_share: float from 0 to 1.
        word_share: float from 0 to 1.
        seed: int; another one draws other words, as in the next epoch.

    Yields:
        A `LabelledUtterance` for each record, those without a chosen word as they are.

    Raises:
        ValueError: a share is not one, there is no dictionary, or a slot runs past its
            text; names the record.

    Example:
    ```python
    time = {"type": "time", "start": 11, "end": 15}
    record = ("wake me at five", "alarm_set", [time])
    dictionaries = {"de": {"five": ["fünf"]}, "fr": {"wake": ["réveille"]}}
    next(code_switch([record], dictionaries, word_share=1.0)).text
    # "réveille me at fünf"
    ```

    Reference: Qin et al. 2020, "CoSDA-ML: Multi-Lingual Code-Switching Data
    Augmentation for Zero-Shot Cross-Lingual NLP", https://arxiv.org/abs/2006.06402.
    """
    for name, share in (("record_share", record_share), ("word_share", word_share)):
        if not 0 <= share <= 1:
            raise ValueError(
                f"`{name}` is a probability from 0 to 1. Received: {share!r}."
            )
    if not dictionaries:
        raise ValueError(
            "`dictionaries` is empty. Give a dict of language -> dict of word -> "
            "translations, as `read_bilingual_dictionary` returns."
        )
    return _switched(records, _by_word(dictionaries), record_share, word_share, seed)


def _by_word(
    dictionaries: Mapping[str, Mapping[str, Sequence[str]]],
) -> dict[str, list[Sequence[str]]]:
    """For each word its translations, a list for each language that has some."""
    by_word: dict[str, list[Sequence[str]]] = {}
    for language in sorted(dictionaries):
        for word, translations in dictionaries[language].items():
            if translations:
                by_word.setdefault(word, []).append(translations)
    return by_word


def _switched(
    records: Iterable[Any],
    by_word: Mapping[str, list[Sequence[str]]],
    record_share: float,
    word_share: float,
    seed: int,
) -> Iterator[LabelledUtterance]:
    random = np.random.default_rng(seed)
    for number, record in enumerate(records):
        record = LabelledUtterance(*record)
        _check_slots(record, number)
        if random.random() >= record_share:
            yield record
            continue
        replaced = [
            (match.start(), match.end(), _translation(match[0], by_word, random))
            for match in WORD.finditer(record.text)
            if random.random() < word_share and match[0].lower() in by_word
        ]
        yield _replace(record, replaced)


def _translation(
    word: str, by_word: Mapping[str, list[Sequence[str]]], random: np.random.Generator
) -> str:
    languages = by_word[word.lower()]
    translations = languages[random.integers(len(languages))]
    return translations[random.integers(len(translations))]


def _replace(
    record: LabelledUtterance, replaced: list[tuple[int, int, str]]
) -> LabelledUtterance:
    # A slot may begin or end inside of a word, which is then left as it is.
    bounds = {slot[side] for slot in record.slots for side in ("start", "end")}
    pieces, done, length = [], 0, 0
    # Old and new place of every end of a replaced word.
    moved = [(0, 0)]
    for start, end, translation in replaced:
        if any(start < bound < end for bound in bounds):
            continue
        pieces += record.text[done:start], translation
        length += start - done + len(translation)
        done = end
        moved.append((end, length))
    text = "".join([*pieces, record.text[done:]])

    def place(old: int) -> int:
        end, new = max(pair for pair in moved if pair[0] <= old)
        return new + old - end

    slots = []
    for slot in record.slots:
        start, end = place(slot["start"]), place(slot["end"])
        slots.append({**slot, "value": text[start:end], "start": start, "end": end})
    return record._replace(text=text, slots=slots)


def _check_slots(record: LabelledUtterance, number: int) -> None:
    for slot in record.slots:
        if not 0 <= slot["start"] < slot["end"] <= len(record.text):
            raise ValueError(
                f"A slot of record {number} runs past its text: {slot!r} in "
                f"{record.text!r:.80}. `start` and `end` count characters from 0, and "
                "`end` is exclusive."
            )
