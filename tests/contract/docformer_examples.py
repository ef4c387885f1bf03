"""Small pages as arrays, and small models of the DocFormerV2 family."""

from typing import Any

import numpy as np
import page_examples

import keras_docs

VOCABULARY = 30
WORDS = "Total amount due: 12.50 EUR".split()  # noqa: SIM905


def pages(count: int, names: Any = None) -> dict[str, np.ndarray]:
    """Pages with a question and an answer: the word that comes first."""
    random = np.random.default_rng(7)
    ids = random.integers(2, VOCABULARY, (count, 5)).astype("int32")
    corners = np.sort(random.integers(0, 1001, (count, 5, 2, 2)), axis=2)
    ones = np.ones_like(ids)
    start = np.zeros((count, 1), "int32")
    found = {
        "encoder_token_ids": ids,
        "encoder_padding_mask": np.where(np.arange(5) < 5 - ids[:, :1] % 2, 1, 0),
        "encoder_boxes": corners.reshape(count, 5, 4).astype("int32"),
        "segment_ids": ones * np.array([1, 1, 2, 2, 2]),
        "images": random.uniform(0, 255, (count, 8, 4, 1)).astype("float32"),
        "decoder_token_ids": np.concatenate([start, ids[:, :1], start + 1], axis=1),
        "decoder_padding_mask": ones[:, :3],
    }
    return {name: found[name] for name in names or found}


def questions(count: int) -> dict[str, np.ndarray]:
    """Pages without images and without answers."""
    names = [
        "encoder_token_ids",
        "encoder_padding_mask",
        "encoder_boxes",
        "segment_ids",
    ]
    return pages(count, names)


def backbone(dtype: Any = None, **kwargs: Any) -> keras_docs.DocFormerV2Backbone:
    """A backbone for `pages`."""
    sizes = {
        "vocabulary_size": VOCABULARY,
        "num_layers": 1,
        "num_heads": 2,
        "hidden_dim": 8,
        "intermediate_dim": 16,
        "image_shape": (8, 4, 1),
        "patch_size": 4,
    }
    return keras_docs.DocFormerV2Backbone(**{**sizes, **kwargs}, dtype=dtype)


def encoder(dtype: Any = None) -> keras_docs.DocFormerV2Backbone:
    """A backbone for `questions`, with what is not the default."""
    return backbone(
        dtype,
        num_decoder_layers=0,
        key_value_dim=3,
        activation="gelu_tanh",
        use_gated_activation=True,
        spatial_bias="2d",
        use_neighbours=True,
        image_shape=None,
    )


def preprocessor(task: str = "answer") -> keras_docs.DocFormerV2Preprocessor:
    """A preprocessor that knows the labels of `raw_pages`."""
    made = page_examples.preprocessor(
        task=task, image_shape=(8, 4, 1), answer_length=8, sequence_length=64
    )
    return made if task == "answer" else made.adapt(raw_pages(8, task))


def raw_pages(count: int, task: str = "answer") -> list[dict[str, Any]]:
    """Pages with the same words, each time in another order."""
    random = np.random.default_rng(7)
    found = []
    for _ in range(count):
        order = random.permutation(len(WORDS))
        page = page_examples.page(" ".join(WORDS[i] for i in order))
        is_number = [WORDS[i] == "12.50" for i in order]
        if task == "answer":
            page |= {"questions": "What is the total?", "answers": "12.50"}
        if task == "label":
            page["word_labels"] = ["number" if is_ else "word" for is_ in is_number]
        if task == "link":
            page["entities"] = [
                {"label": "number" if is_ else "word", "words": [i]}
                for i, is_ in enumerate(is_number)
            ]
            page["links"] = [
                (i, is_number.index(True)) for i, is_ in enumerate(is_number) if not is_
            ]
        found.append(page)
    return found


def _reader(dtype: Any = None, **kwargs: Any) -> keras_docs.DocFormerV2Backbone:
    size = page_examples.tokenizer().vocabulary_size()
    return backbone(dtype, vocabulary_size=size, dropout=0.0, **kwargs)


def seq_2_seq_lm(dtype: Any = None) -> keras_docs.DocFormerV2Seq2SeqLM:
    """The task that writes answers."""
    return keras_docs.DocFormerV2Seq2SeqLM(_reader(dtype), preprocessor())


def token_classifier(dtype: Any = None) -> keras_docs.DocFormerV2TokenClassifier:
    """The task that labels words."""
    encoder = _reader(dtype, num_decoder_layers=0)
    return keras_docs.DocFormerV2TokenClassifier(
        encoder, preprocessor=preprocessor("label"), dropout=0.0
    )


def entity_linker(dtype: Any = None) -> keras_docs.DocFormerV2EntityLinker:
    """The task that links entities."""
    encoder = _reader(dtype, num_decoder_layers=0)
    return keras_docs.DocFormerV2EntityLinker(
        encoder, preprocessor=preprocessor("link"), link_dim=8, dropout=0.0
    )


def pretrainer_preprocessor() -> keras_docs.DocFormerV2PretrainerPreprocessor:
    """A preprocessor that masks."""
    return keras_docs.DocFormerV2PretrainerPreprocessor(
        page_examples.tokenizer(),
        sequence_length=64,
        image_shape=(8, 4, 1),
        line_pairs=8,
        grid=(2, 3),
    )


def pretrainer(dtype: Any = None) -> keras_docs.DocFormerV2Pretrainer:
    """The task that learns from pages alone."""
    return keras_docs.DocFormerV2Pretrainer(
        _reader(dtype), pretrainer_preprocessor(), grid_weight=0.5
    )
