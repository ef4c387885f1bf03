"""What the tasks of this family share: batches of texts of like length."""

from __future__ import annotations

from typing import Any

from keras_docs.models.base import Backbone, Task
from keras_docs.models.multilingual_nlu.length_buckets import LengthBuckets
from keras_docs.models.multilingual_nlu.multilingual_nlu_preprocessor import (
    MultilingualNLUPreprocessor,
)


class MultilingualNLUTask(Task):
    """Base of the tasks on an encoder of utterances."""

    # KerasHub's encoders serve as well.
    backbone_cls = Backbone
    preprocessor_cls = MultilingualNLUPreprocessor
    predict_batch_size = 256

    def default_batch_size(self, rows: int) -> int:
        return 64

    def _batches(self, arrays: tuple[Any, ...], batch_size: int, **kwargs: Any):
        return LengthBuckets(
            arrays, batch_size, transform=self.transform_batch, **kwargs
        )


def sequence_output(backbone: Any, inputs: Any) -> Any:
    """The vectors of the tokens, of this family's backbones and of KerasHub's."""
    hidden = backbone(inputs)
    return hidden["sequence_output"] if isinstance(hidden, dict) else hidden
