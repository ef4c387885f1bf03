"""Vocabularies from `tokenizer.json`, all that Transformers 5 saves of a tokenizer."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keras_docs.hub.errors import PresetFormatError
from keras_docs.hub.strict_json import read_json_object

TOKENIZER_FILE = "tokenizer.json"
# That of XLM-RoBERTa has 17 MB.
MAX_BYTES = 64 * 2**20
# XLM-RoBERTa's first ids; SentencePiece has its own three in their place.
FIRST_PIECES = ["<s>", "<pad>", "</s>", "<unk>"]
LAST_PIECE = "<mask>"
SENTENCEPIECE_FIRST = (("<unk>", 2), ("<s>", 3), ("</s>", 3))
NORMAL = 1


def read_vocabulary(folder: Path) -> bytes | list[str]:
    """The vocabulary in a checkpoint's `tokenizer.json`.

    Args:
        folder: the checkpoint, verified.

    Returns:
        Bytes of a SentencePiece model for XLM-RoBERTa's kind, or a list of BERT's word
        pieces.

    Raises:
        PresetFormatError: it is of neither kind.
    """
    content = read_json_object(folder / TOKENIZER_FILE, max_bytes=MAX_BYTES)
    model = content.get("model")
    kind = model.get("type") if isinstance(model, dict) else None
    try:
        if kind == "WordPiece":
            return _word_pieces(model)
        if kind == "Unigram":
            return _sentencepiece_model(model, content.get("normalizer"))
    except (AttributeError, KeyError, TypeError, ValueError, struct.error) as error:
        raise PresetFormatError(
            f"{TOKENIZER_FILE} of the checkpoint is malformed: {error!r:.200}."
        ) from error
    raise PresetFormatError(
        f"{TOKENIZER_FILE} of the checkpoint has a model of type {kind!r:.80}; read "
        "are 'WordPiece' (BERT) and 'Unigram' (XLM-RoBERTa). Give `preprocessor=` with "
        "a tokenizer of KerasHub."
    )


def _word_pieces(model: dict[str, Any]) -> list[str]:
    vocabulary = model["vocab"]
    pieces = sorted(vocabulary, key=vocabulary.__getitem__)
    if [vocabulary[piece] for piece in pieces] != list(range(len(pieces))):
        raise ValueError("the ids of its pieces are not 0, 1, 2, …")
    if model.get("continuing_subword_prefix", "##") != "##":
        raise ValueError("pieces that continue a word do not begin with '##'")
    return pieces


def _sentencepiece_model(model: dict[str, Any], normalizer: Any) -> bytes:
    """The Unigram model in SentencePiece's format, a protocol buffer.

    Reference:
    - [sentencepiece_model.proto](https://github.com/google/sentencepiece), messages
      `ModelProto`, `SentencePiece` and `NormalizerSpec`, whose defaults are
      XLM-RoBERTa's
    """
    vocabulary = model["vocab"]
    names = [piece for piece, _ in vocabulary]
    if names[:4] != FIRST_PIECES or names[-1] != LAST_PIECE:
        raise ValueError(
            f"its pieces begin with {names[:4]} and end with {names[-1:]}; "
            f"XLM-RoBERTa's begin with {FIRST_PIECES} and end with {LAST_PIECE!r}"
        )
    if model.get("byte_fallback"):
        raise ValueError("byte_fallback, which XLM-RoBERTa has not")
    pieces = [(name, 0.0, kind) for name, kind in SENTENCEPIECE_FIRST]
    pieces += [(name, score, NORMAL) for name, score in vocabulary[4:-1]]
    charsmap = next(_charsmaps(normalizer), b"")
    return b"".join(_field(1, _piece(*piece)) for piece in pieces) + _field(
        3, _field(2, charsmap)
    )


def _charsmaps(normalizer: Any) -> Iterator[bytes]:
    """SentencePiece's own normalisation, as one of several or alone."""
    if not isinstance(normalizer, dict):
        return
    for part in (normalizer, *normalizer.get("normalizers", ())):
        if part.get("type") == "Precompiled":
            yield base64.b64decode(part["precompiled_charsmap"], validate=True)


def _piece(name: str, score: float, kind: int) -> bytes:
    return (
        _field(1, name.encode("utf-8"))
        + b"\x15"
        + struct.pack("<f", score)
        + b"\x18"
        + bytes([kind])
    )


def _field(number: int, content: bytes) -> bytes:
    """A field of bytes: its number and wire type 2, the length, and the content."""
    length, size = bytearray(), len(content)
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    length.append(size)
    return bytes([number << 3 | 2]) + bytes(length) + content
