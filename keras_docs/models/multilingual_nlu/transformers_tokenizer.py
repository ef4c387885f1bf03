"""The tokenizer of a Transformers checkpoint as KerasHub's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras_hub

from keras_docs.hub.errors import PresetError, PresetFormatError, PresetIncompleteError
from keras_docs.hub.strict_json import read_json_object
from keras_docs.models.multilingual_nlu.transformers_tokenizer_json import (
    TOKENIZER_FILE,
    read_vocabulary,
)

SENTENCEPIECE_FILE = "sentencepiece.bpe.model"
WORDPIECE_FILE = "vocab.txt"
SETTINGS_FILE = "tokenizer_config.json"


def read_tokenizer(folder: Path, vocabulary_size: int) -> tuple[Any, bool]:
    """Builds the tokenizer that a checkpoint's files describe.

    The files decide, not the model type: multilingual MiniLM is a BERT with
    XLM-RoBERTa's SentencePiece model.

    Args:
        folder: the checkpoint, verified.
        vocabulary_size: int, the ids that the encoder knows.

    Returns:
        A `keras_hub.tokenizers.XLMRobertaTokenizer` or `BertTokenizer`, and whether
        texts are to be lower-cased before it.

    Raises:
        PresetIncompleteError: there is no vocabulary.
        PresetFormatError: it can't be read, or has more pieces than the encoder has
            embeddings.
    """
    name = _vocabulary_file(folder)
    lowercase = False
    try:
        vocabulary = _read(folder, name)
        if isinstance(vocabulary, bytes):
            tokenizer = keras_hub.tokenizers.XLMRobertaTokenizer(vocabulary)
        else:
            lowercase, strip_accents = _casing(folder)
            tokenizer = keras_hub.tokenizers.BertTokenizer(
                vocabulary, strip_accents=strip_accents
            )
    except PresetError:
        raise
    except Exception as error:
        # Each library behind the tokenizers raises errors of its own.
        raise PresetFormatError(
            f"{name} of the checkpoint is no vocabulary of its tokenizer: "
            f"{str(error)[:300]}"
        ) from error
    if tokenizer.vocabulary_size() > vocabulary_size:
        raise PresetFormatError(
            f"{name} of the checkpoint has {tokenizer.vocabulary_size()} pieces, and "
            f"by config.json its encoder has {vocabulary_size} embeddings. The files "
            "come from different models."
        )
    return tokenizer, lowercase


def _vocabulary_file(folder: Path) -> str:
    for name in (SENTENCEPIECE_FILE, WORDPIECE_FILE, TOKENIZER_FILE):
        if (folder / name).is_file():
            return name
    raise PresetIncompleteError(
        f"The checkpoint has no tokenizer: neither {SENTENCEPIECE_FILE} (XLM-RoBERTa, "
        f"multilingual MiniLM) nor {WORDPIECE_FILE} (BERT) nor {TOKENIZER_FILE}. Copy "
        "those of the model that it was trained from into its folder, or give "
        "`preprocessor=MultilingualNLUPreprocessor(tokenizer, special_tokens=True, …)`."
    )


def _read(folder: Path, name: str) -> bytes | list[str]:
    if name == TOKENIZER_FILE:
        return read_vocabulary(folder)
    if name == SENTENCEPIECE_FILE:
        return (folder / name).read_bytes()
    with open(folder / name, encoding="utf-8") as file:
        return [line.rstrip("\n") for line in file]


def _casing(folder: Path) -> tuple[bool, bool]:
    """Whether to lower-case and to strip accents; as Transformers' BertTokenizer."""
    path = folder / SETTINGS_FILE
    settings = read_json_object(path) if path.is_file() else {}
    lowercase = settings.get("do_lower_case", True)
    strip_accents = settings.get("strip_accents")
    strip_accents = lowercase if strip_accents is None else strip_accents
    for name, value in (
        ("do_lower_case", lowercase),
        ("strip_accents", strip_accents),
    ):
        if not isinstance(value, bool):
            raise PresetFormatError(
                f"{name} in {SETTINGS_FILE} must be true or false. "
                f"Received: {value!r:.80}."
            )
    return lowercase, strip_accents
