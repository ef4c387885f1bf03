"""Trains the SentencePiece vocabulary of the `multilingual_nlu` presets.

MASSIVE's training part in all locales, and of each language at most 4,000 more
sentences from tab-separated files: the language in the first column, sentences in the
others. Words are cut and normalised as the preprocessor does it.

    python tools/train_multilingual_nlu_tokenizer.py --massive DIR --out vocab.spm \\
        --texts common_voice.tsv.xz --texts tatoeba.tsv.xz --texts libreoffice.tsv.xz
"""

from __future__ import annotations

import argparse
import io
import os
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import sentencepiece

from keras_docs.datasets.read_massive import read_massive
from keras_docs.datasets.text_lines import text_lines
from keras_docs.models.multilingual_nlu.words import find_words, normalized

SENTENCES_PER_LANGUAGE = 4000
# MASSIVE's languages in the codes of Common Voice and LibreOffice, and of Tatoeba.
CODES = (
    "af am ar az bn ca cy da de el en es fa fi fr he hi hu hy id is it ja jv ka km "
    "kn ko lv ml mn ms my nb nb-NO nl pl pt ro ru sl sq sv sv-SE sw ta te th tl tr "
    "ur vi zh-CN zh-TW afr amh ara aze ben cat cmn cym dan deu ell fin fra heb hin "
    "hun hye ind isl ita jav jpn kat khm kor lvs mal mon nld nob pes pol por ron "
    "rus slv spa sqi swe swh tam tel tgl tha tur urd vie zsm"
)
LANGUAGES = frozenset(CODES.split())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--massive", required=True, help="folder of <locale>.jsonl")
    parser.add_argument("--texts", action="append", default=[], help="a .tsv[.xz]")
    parser.add_argument("--out", required=True, help="the vocabulary to write")
    parser.add_argument("--size", type=int, default=32_000)
    options = parser.parse_args()
    sentences = [row.text for row in read_massive(options.massive, partition="train")]
    sentences += other_sentences(options.texts)
    random.Random(0).shuffle(sentences)
    model = train(map(prepared, sentences), options.size)
    # Aside first: a killed run leaves no half vocabulary.
    aside = Path(options.out + ".part")
    aside.write_bytes(model)
    os.replace(aside, options.out)
    print(f"{options.size:,} pieces from {len(sentences):,} sentences: {options.out}")


def other_sentences(paths: list[str]) -> list[str]:
    """At most `SENTENCES_PER_LANGUAGE` of each language."""
    of_language: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        for line in text_lines(Path(path)):
            language, *sentences = line.split("\t")
            if language in LANGUAGES:
                of_language[language] += filter(str.strip, sentences)
    draw = random.Random(0)
    chosen = []
    for sentences in of_language.values():
        draw.shuffle(sentences)
        chosen += sentences[:SENTENCES_PER_LANGUAGE]
    return chosen


def prepared(sentence: str) -> str:
    words = (normalized(word, lowercase=True) for word in find_words(sentence))
    return " ".join(filter(None, words))


def train(sentences: Iterator[str], size: int) -> bytes:
    """A unigram model with this family's special tokens; bytes spell the unknown."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=sentences,
        model_writer=model,
        vocab_size=size,
        model_type="unigram",
        character_coverage=0.9999,
        byte_fallback=True,
        normalization_rule_name="identity",
        pad_id=0,
        unk_id=1,
        bos_id=2,
        eos_id=3,
        user_defined_symbols=["<mask>"],
        max_sentence_length=2000,
        num_threads=os.cpu_count(),
        minloglevel=1,
    )
    return model.getvalue()


if __name__ == "__main__":
    main()
