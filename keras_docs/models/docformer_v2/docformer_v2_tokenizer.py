"""T5's SentencePiece, with its sentinels, without TensorFlow."""

from __future__ import annotations

from typing import Any

import keras
import keras_hub
import numpy as np


@keras.saving.register_keras_serializable(package="keras_docs")
class DocFormerV2Tokenizer(keras_hub.tokenizers.SentencePieceTokenizer):
    """A SentencePiece tokenizer with T5's special tokens and sentinels.

    `<pad>` fills rows and starts answers, `</s>` ends texts. The sentinels
    `<extra_id_0>`, `<extra_id_1>`, … stand for masked spans. mT5's model file has
    them; where there are none, as in T5's, they come after its last id in falling
    order: with 32,000 pieces and 100 sentinels, `<extra_id_0>` is 32099.

    Args:
        proto: bytes, the SentencePiece model, or string, the path of its file. Its
            vocabulary has `<pad>` and `</s>`; T5 has them at 0 and 1.
        extra_ids: int, how many sentinels there are.
        **kwargs: `name`, `dtype`, `config_file`.

    Example:
    ```python
    tokenizer = keras_docs.DocFormerV2Tokenizer("spiece.model")
    tokenizer.tokenize(["Invoice No. 7"])  # lists of ids
    tokenizer.sentinel_id(0)  # 32099
    ```

    References:
    - [Kudo and Richardson 2018, SentencePiece](https://arxiv.org/abs/1808.06226)
    - [Raffel et al. 2020, T5](https://arxiv.org/abs/1910.10683), section 3.1.4
    """

    def __init__(
        self, proto: bytes | str | None = None, extra_ids: int = 100, **kwargs: Any
    ):
        if not isinstance(extra_ids, int) or extra_ids < 0:
            raise ValueError(
                f"`extra_ids` must be an int, 0 or more. Received: {extra_ids!r}."
            )
        self.extra_ids = extra_ids
        self._add_special_token("<pad>", "pad_token")
        self._add_special_token("<pad>", "start_token")
        self._add_special_token("</s>", "end_token")
        super().__init__(proto=proto, **kwargs)

    def set_proto(self, proto: bytes | str | None) -> None:
        super().set_proto(proto)
        if proto is None or "<extra_id_0>" in self._token_to_id_map:
            # T5's own models have no sentinels; others were trained with them.
            return
        if "\u2581<extra_id_0>" in self._token_to_id_map:
            # mT5's begin as words do.
            self._vocabulary = [
                piece.replace("\u2581<extra_id_", "<extra_id_")
                for piece in self._vocabulary
            ]
        else:
            self._vocabulary += [f"<extra_id_{i}>" for i in range(self.extra_ids)][::-1]
        self._vocabulary_size = len(self._vocabulary)
        self._token_to_id_map = {
            token: id_ for id_, token in enumerate(self._vocabulary)
        }

    def sentinel_id(self, index: int) -> int:
        """The id of `<extra_id_index>`.

        Args:
            index: int, from 0.

        Raises:
            ValueError: there is no such sentinel.
        """
        self._check_vocabulary()
        id_ = self._token_to_id_map.get(f"<extra_id_{index}>")
        if id_ is None:
            raise ValueError(
                f"`index` must be below the number of sentinels, {self.extra_ids}. "
                f"Received: {index!r}. Mask less, or give more `extra_ids`."
            )
        return id_

    def id_to_token(self, id: int) -> str:
        """The piece of an id."""
        self._check_vocabulary()
        if not 0 <= id < len(self._vocabulary):
            raise ValueError(
                f"`id` must be from 0 to {len(self._vocabulary) - 1}. Received: {id}."
            )
        return self._vocabulary[id]

    def detokenize(self, inputs: Any) -> Any:
        """Texts of ids; special tokens and ids beyond the vocabulary are left out.

        Args:
            inputs: ids of one text, or a list or array of those of several.

        Returns:
            A string, or a list of strings.
        """
        self._check_vocabulary()
        rows = [np.asarray(row).reshape(-1) for row in inputs]
        is_single = all(row.size == 1 for row in rows) and np.ndim(inputs[:1]) < 2
        if is_single:
            rows = [np.concatenate([*rows, np.zeros(0, "int32")])]
        known = self._sentence_piece_spm.vocab_size()
        special = {self.pad_token_id, self.end_token_id}
        texts = [
            self._sentence_piece_spm.Decode(
                [int(i) for i in row if 0 <= i < known and i not in special]
            )
            for row in rows
        ]
        return texts[0] if is_single else texts

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "extra_ids": self.extra_ids}

    def _set_proto_tf(self, proto: bytes) -> None:
        # KerasHub then takes `sentencepiece`, whatever else is installed.
        raise ImportError("This tokenizer does not use TensorFlow.")

    def _use_tf_workflow(self) -> bool:
        return False
