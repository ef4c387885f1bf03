"""The tokenizer of a Transformers T5 or mT5 checkpoint."""

from __future__ import annotations

from pathlib import Path

from keras_docs.hub.errors import PresetFormatError
from keras_docs.models.docformer_v2.docformer_v2_tokenizer import DocFormerV2Tokenizer

SENTENCEPIECE_FILE = "spiece.model"
SENTINELS = 100


def read_t5_tokenizer(
    folder: Path, vocabulary_size: int
) -> DocFormerV2Tokenizer | None:
    """Builds the tokenizer of a checkpoint.

    Args:
        folder: the checkpoint, verified.
        vocabulary_size: int, the ids that the model knows.

    Returns:
        A `DocFormerV2Tokenizer` with as many of T5's 100 sentinels as the model has ids
        for; `None` if there is no `spiece.model`.

    Raises:
        PresetFormatError: it can't be read, or has more pieces than the model has
            embeddings.
    """
    path = folder / SENTENCEPIECE_FILE
    if not path.is_file():
        return None
    try:
        proto = path.read_bytes()
        pieces = DocFormerV2Tokenizer(proto, extra_ids=0).vocabulary_size()
    except Exception as error:
        # SentencePiece raises errors of its own.
        raise PresetFormatError(
            f"{SENTENCEPIECE_FILE} of the checkpoint is no vocabulary of T5: "
            f"{str(error)[:300]}"
        ) from error
    if pieces > vocabulary_size:
        raise PresetFormatError(
            f"{SENTENCEPIECE_FILE} of the checkpoint has {pieces} pieces, and by "
            f"config.json its model has {vocabulary_size} embeddings. The files come "
            "from different models."
        )
    room = vocabulary_size - pieces
    return DocFormerV2Tokenizer(proto, extra_ids=min(SENTINELS, room))
