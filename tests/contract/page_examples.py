"""Small pages as dicts, and a tokenizer that knows their words."""

import functools
import io

import numpy as np
import sentencepiece

import keras_docs

TEXTS = [
    "Invoice No. 4711 Date: 12 May 1998",
    "Total amount due: 12.50 EUR",
    "What is the total? question: context:",
    "Registration of the company, address and name",
]


@functools.cache
def sentencepiece_model(size=80, symbols=()):
    """A SentencePiece model with T5's special tokens at T5's places."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS * 20),
        model_writer=model,
        vocab_size=size,
        model_type="unigram",
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        pad_piece="<pad>",
        eos_piece="</s>",
        unk_piece="<unk>",
        user_defined_symbols=list(symbols),
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return model.getvalue()


def tokenizer(**kwargs):
    """A `DocFormerV2Tokenizer` of the texts."""
    return keras_docs.DocFormerV2Tokenizer(sentencepiece_model(), **kwargs)


def preprocessor(**kwargs):
    """A `DocFormerV2Preprocessor` without images and with little padding."""
    small = {"image_shape": None, "padding_multiple": 8, **kwargs}
    return keras_docs.DocFormerV2Preprocessor(tokenizer(), **small)


def page(text="Total amount due: 12.50 EUR", **parts):
    """A page with a word in each column."""
    words = text.split()
    boxes = [[20 * i, 10, 20 * i + 15, 30] for i in range(len(words))]
    return {"words": words, "boxes": boxes, **parts}


def pages(count):
    """Pages with a question, its answer, and an image each."""
    random = np.random.default_rng(7)
    return [
        page(
            TEXTS[i % len(TEXTS)],
            images=random.integers(0, 256, (20, 10), "uint8"),
            questions=f"{TEXTS[i % 3].split()[0]}?",
            answers=TEXTS[i % 3].split()[-1],
        )
        for i in range(count)
    ]
