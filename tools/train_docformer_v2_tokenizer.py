"""Trains the SentencePiece vocabulary of the `docformer_v2` presets.

Words, questions and answers of the permissive sets' training parts, as T5 cuts and
numbers them: a unigram model with `<pad>` 0, `</s>` 1 and `<unk>` 2; bytes spell what
is unknown. The sentinels that `DocFormerV2Tokenizer` adds count in `--size`.

    python tools/prepare_documents.py --data DIR --out pages
    python tools/train_docformer_v2_tokenizer.py --pages pages --out vocab.spm
"""

from __future__ import annotations

import argparse
import io
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import prepared_pages
import sentencepiece

SENTINELS = 100
# Of a split, so that no set outweighs the others.
WORDS = 1_000_000
SENTENCE = 30
PARTS = {
    "kleister_nda": ("train", "unlabelled"),
    "docbank": ("train",),
    "wtq": ("train",),
    "tabfact": ("train", "unlabelled"),
    "forms": ("train",),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", required=True, help="of prepare_documents.py")
    parser.add_argument("--out", required=True, help="the vocabulary to write")
    parser.add_argument("--size", type=int, default=16_000)
    options = parser.parse_args()
    sentences = []
    for name, splits in PARTS.items():
        for split in splits:
            pages = prepared_pages.load(options.pages, name, split, images=False)
            pages, _ = prepared_pages.divided(pages)
            random.Random(0).shuffle(pages)
            sentences += some_sentences(pages)
    random.Random(0).shuffle(sentences)
    model = train(iter(sentences), options.size - SENTINELS)
    # Aside first: a killed run leaves no half vocabulary.
    aside = Path(options.out + ".part")
    aside.write_bytes(model)
    os.replace(aside, options.out)
    print(f"{options.size:,} pieces from {len(sentences):,} sentences: {options.out}")


def some_sentences(pages: list[dict[str, Any]]) -> Iterator[str]:
    """Runs of words of pages, and what is asked about them."""
    count = 0
    for page in pages:
        words = page["words"]
        for start in range(0, len(words), SENTENCE):
            yield " ".join(words[start : start + SENTENCE])
        count += len(words)
        for question, answers in zip(
            page.get("questions", ()), page.get("answers", ()), strict=True
        ):
            yield f"{question} {answers[0]}"
            count += len(question.split())
        if count > WORDS:
            return


def train(sentences: Iterator[str], size: int) -> bytes:
    """A unigram model with T5's special tokens."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=sentences,
        model_writer=model,
        vocab_size=size,
        model_type="unigram",
        character_coverage=0.9999,
        byte_fallback=True,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        max_sentence_length=4000,
        num_threads=os.cpu_count(),
        minloglevel=1,
    )
    return model.getvalue()


if __name__ == "__main__":
    main()
