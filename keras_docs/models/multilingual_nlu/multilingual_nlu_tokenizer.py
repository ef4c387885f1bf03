"""SentencePiece, without TensorFlow."""

from __future__ import annotations

from typing import Any

import keras
import keras_hub


@keras.saving.register_keras_serializable(package="keras_docs")
class MultilingualNLUTokenizer(keras_hub.tokenizers.SentencePieceTokenizer):
    """A SentencePiece tokenizer with the special tokens of this family.

    `keras_hub.tokenizers.SentencePieceTokenizer` on the `sentencepiece` library alone,
    on every backend. `tools/train_multilingual_nlu_tokenizer.py` trains a vocabulary.

    Args:
        proto: bytes, the SentencePiece model, or string, the path of its file. Its
            vocabulary has `<pad>`, `<s>`, `</s>` and `<mask>`.
        **kwargs: `name`, `dtype`, `config_file`.

    Example:
    ```python
    tokenizer = keras_docs.MultilingualNLUTokenizer("vocabulary.spm")
    tokenizer.tokenize(["wake me up", "weck mich"])  # lists of ids
    ```

    Reference:
    - [Kudo and Richardson 2018, SentencePiece](https://arxiv.org/abs/1808.06226)
    """

    def __init__(self, proto: bytes | str | None = None, **kwargs: Any):
        self._add_special_token("<pad>", "pad_token")
        self._add_special_token("<s>", "start_token")
        self._add_special_token("</s>", "end_token")
        self._add_special_token("<mask>", "mask_token")
        super().__init__(proto=proto, **kwargs)

    def _set_proto_tf(self, proto: bytes) -> None:
        # KerasHub then takes `sentencepiece`, whatever else is installed.
        raise ImportError("This tokenizer does not use TensorFlow.")

    def _use_tf_workflow(self) -> bool:
        return False
