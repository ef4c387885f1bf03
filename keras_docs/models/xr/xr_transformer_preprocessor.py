"""Texts in, sparse features and token ids out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from keras_docs.models.base import kerashub_parts
from keras_docs.models.xr.feature_matrix import check_rows
from keras_docs.models.xr.ranker_input import RankerInput
from keras_docs.models.xr.xr_ranker_preprocessor import XRRankerPreprocessor

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SPECIAL_TOKENS = ("start_token_id", "end_token_id", "pad_token_id")


@keras.saving.register_keras_serializable(package="keras_docs")
class XRTransformerPreprocessor(XRRankerPreprocessor):
    """Turns texts and their labels into what `XRTransformer` is trained on.

    As `XRRankerPreprocessor`, and besides the TF-IDF rows it gives the token ids that
    the encoder reads: a start token, the text's, an end token, and padding up to one
    length for all.

    Args:
        tokenizer: a KerasHub tokenizer, the encoder's own.
        sequence_length: int, tokens of each text with start and end; longer texts are
            cut. The encoder's time grows with it.
        **kwargs: of `XRRankerPreprocessor`: `vectorizers` and the like.

    Call arguments:
        x: list, array or Series of texts; or `{"text": texts, "features": matrix}`.
        y: None, or the labels, as `XRRankerPreprocessor` takes them.
        sample_weight: None or float array (documents,).

    Returns:
        `x`, `(x, y)` or `(x, y, sample_weight)`; `x` is a dict of `features`, SciPy CSR
        array of float32 (documents, `num_features`), and of `token_ids` and
        `padding_mask`, int32 (documents, `sequence_length`).

    Raises:
        ValueError: a row can't be used; names it, and the way out.

    Example:
    ```python
    tokenizer = keras_hub.tokenizers.BertTokenizer.from_preset("bert_small_en_uncased")
    preprocessor = keras_docs.XRTransformerPreprocessor(tokenizer, sequence_length=64)
    preprocessor.adapt(texts, labels)
    preprocessor(["open data portal"])["token_ids"].shape  # (1, 64)
    ```
    """

    def __init__(
        self,
        tokenizer: Any,
        sequence_length: int = 128,
        *,
        vectorizers: Sequence[Mapping[str, Any]] | None = None,
        reads_text: bool = True,
        num_columns: int = 0,
        **kwargs: Any,
    ):
        if isinstance(tokenizer, Mapping):
            # Checked as what comes from a preset.
            config = {"tokenizer": dict(tokenizer)}
            tokenizer = kerashub_parts.checked_config(type(self), config)["tokenizer"]
        _check_tokenizer(tokenizer)
        if not _is_length(sequence_length):
            raise ValueError(
                "`sequence_length` must be an integer from 3 on: start, end, and a "
                f"token between. Received: {sequence_length!r}."
            )
        super().__init__(
            vectorizers=vectorizers,
            reads_text=reads_text,
            num_columns=num_columns,
            **kwargs,
        )
        self.tokenizer, self.sequence_length = tokenizer, sequence_length

    def fit_transform(
        self, x: Any, y: Any, label_names: Sequence[str] | None = None
    ) -> tuple[dict[str, Any], csr_array]:
        """Learns terms and labels, and encodes; see `XRRankerPreprocessor`."""
        texts = _texts_of(x)
        features, targets = super().fit_transform(x, y, label_names)
        return {"features": features, **self.encode_tokens(texts)}, targets

    def encode_features(self, x: Any) -> dict[str, Any]:
        """Encodes documents.

        Args:
            x: documents, as in a call.

        Returns:
            Dict of `features`, SciPy CSR array of float32 (documents, `num_features`),
            and of `token_ids` and `padding_mask`, int32 (documents, `sequence_length`).

        Raises:
            ValueError: as `XRRankerPreprocessor.encode_features`; or there is no text.
        """
        self._require_adapted()
        texts = _texts_of(x)
        return {"features": super().encode_features(x), **self.encode_tokens(texts)}

    def encode_tokens(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """Token ids of texts, with a start and an end, and padding.

        Args:
            texts: list of strings.

        Returns:
            Dict of `token_ids` and `padding_mask`, int32 (texts, `sequence_length`).
        """
        tokenizer, room = self.tokenizer, self.sequence_length - 2
        shape = (len(texts), self.sequence_length)
        token_ids = np.full(shape, tokenizer.pad_token_id, "int32")
        padding_mask = np.zeros(shape, "int32")
        # All texts at once, and past `__call__`, which would flatten the list.
        for row, found in enumerate(tokenizer.tokenize(list(texts))):
            found = found[:room]
            last = len(found) + 1
            token_ids[row, 0] = tokenizer.start_token_id
            token_ids[row, 1:last] = found
            token_ids[row, last] = tokenizer.end_token_id
            padding_mask[row, : last + 1] = 1
        return {"token_ids": token_ids, "padding_mask": padding_mask}

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        encoded = self.encode_features(x)
        if y is not None:
            y = self.encode_labels(y)
            check_rows(y.shape[0], "y", len(encoded["token_ids"]), "x")
        return keras.utils.pack_x_y_sample_weight(encoded, y, sample_weight)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "sequence_length": self.sequence_length}


def _texts_of(x: Any) -> list[str]:
    texts = RankerInput.read(x).texts
    if texts is None:
        raise ValueError(
            "`x` must be texts, or {'text': texts, 'features': matrix}: an encoder "
            "reads text. Received a matrix alone; for that, use XRRankerPreprocessor "
            "and XRLinear."
        )
    return texts


def _check_tokenizer(tokenizer: Any) -> None:
    missing = [name for name in SPECIAL_TOKENS if not hasattr(tokenizer, name)]
    if missing or getattr(tokenizer, "sequence_length", None) is not None:
        problem = f"without {missing[0]}" if missing else "that pads by itself"
        raise ValueError(
            "`tokenizer` must be a KerasHub tokenizer with start, end and padding "
            "tokens and without a `sequence_length` of its own, such as "
            "keras_hub.tokenizers.BertTokenizer. Received: "
            f"{type(tokenizer).__name__} {problem}."
        )


def _is_length(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 3
