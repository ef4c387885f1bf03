"""What the tasks of this family share."""

from __future__ import annotations

from typing import Any

import keras

from keras_docs.models.base import Task
from keras_docs.models.docformer_v2.docformer_v2_backbone import DocFormerV2Backbone
from keras_docs.models.docformer_v2.docformer_v2_preprocessor import (
    DocFormerV2Preprocessor,
)


class DocFormerV2Task(Task):
    """Base of the tasks on pages."""

    backbone_cls = DocFormerV2Backbone
    preprocessor_cls = DocFormerV2Preprocessor
    predict_batch_size = 8

    def default_optimizer(self) -> keras.optimizers.Optimizer:
        return keras.optimizers.AdamW(1e-4)

    def default_batch_size(self, rows: int) -> int:
        return 8

    def compile(
        self,
        optimizer: Any = "auto",
        loss: Any = "auto",
        *,
        weighted_metrics: Any = "auto",
        **kwargs: Any,
    ) -> None:
        """Configures training.

        Args:
            optimizer: `"auto"`, or as in `keras.Model.compile`.
            loss: `"auto"`, or as in `keras.Model.compile`.
            weighted_metrics: list of metrics that leave padding out. `"auto"`: those of
                the task.
            **kwargs: `metrics` and further arguments of `keras.Model.compile`.
        """
        if isinstance(weighted_metrics, str) and weighted_metrics == "auto":
            weighted_metrics = self.default_weighted_metrics()
        super().compile(
            optimizer=optimizer, loss=loss, weighted_metrics=weighted_metrics, **kwargs
        )

    def default_weighted_metrics(self) -> list[keras.metrics.Metric] | None:
        """The accuracy of tokens, without padding."""
        return [keras.metrics.SparseCategoricalAccuracy("accuracy")]


def encoder_of(backbone: DocFormerV2Backbone) -> DocFormerV2Backbone:
    """The backbone, without the decoder that a task on the encoder has no use for."""
    return backbone.encoder() if backbone.num_decoder_layers else backbone


def checked_num_labels(
    num_labels: int | None, preprocessor: DocFormerV2Preprocessor | None
) -> int:
    """The number of labels that was given, or else that the preprocessor knows.

    Raises:
        ValueError: there is none.
    """
    if num_labels is None:
        num_labels = getattr(preprocessor, "num_labels", None)
    if not num_labels or num_labels < 1:
        raise ValueError(
            f"`num_labels` must be a positive integer. Received: {num_labels!r}. "
            "Give it, or a preprocessor that knows labels (`adapt(pages)`)."
        )
    return num_labels
