"""What the tasks of this family share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_docs.documents.read_pages import OCR
from keras_docs.kernels.export_shapes import export_arguments
from keras_docs.models.base import Task, raw_data
from keras_docs.models.docformer_v2.docformer_v2_backbone import DocFormerV2Backbone
from keras_docs.models.docformer_v2.docformer_v2_preprocessor import (
    DocFormerV2Preprocessor,
)
from keras_docs.models.docformer_v2.document_windows import document_windows
from keras_docs.models.docformer_v2.page_documents import (
    PageDocument,
    document_groups,
    is_several,
    page_documents,
)
from keras_docs.models.docformer_v2.page_windows import PageWindows

# Inputs of the same kind have the same length.
LENGTHS = {
    "encoder": "length",
    "segment": "length",
    "decoder": "answer_length",
    "entity": "entities",
    "line": "pairs",
}
# So many pages are held in memory at a time.
GROUP_SIZE = 32


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

    def export(
        self,
        filepath: str | Path,
        format: str = "tf_saved_model",
        verbose: bool | None = None,
        input_signature: Any = None,
        **kwargs: Any,
    ) -> None:
        """Exports the forward pass for use without this package.

        The artifact takes the model's inputs, as `preprocessor.windows(pages).features`
        are, and any number of them, of any length.

        Args:
            filepath: the folder or file to write.
            format: `"tf_saved_model"` (with TensorFlow installed, on TensorFlow and
                JAX), `"torch"` (on torch; a file `.pt2`), `"onnx"` (with tf2onnx on
                TensorFlow, jax2onnx on JAX, onnxscript on torch), or another of Keras.
            verbose: bool, whether to print a message.
            input_signature: `None`, or a list of one dict of a `keras.InputSpec` for
                each input, for an artifact of these sizes alone. ONNX needs it but on
                TensorFlow.
            **kwargs: as in `keras.Model.export`.

        Raises:
            ValueError: ONNX needs `input_signature`.

        Example:
        ```python
        model.export("labels")
        loaded = tf.saved_model.load("labels")
        logits = loaded.serve(model.preprocessor.windows(pages).features)
        ```
        """
        if input_signature is None:
            if format == "onnx" and keras.backend.backend() != "tensorflow":
                raise ValueError(
                    'format="onnx" needs `input_signature` on '
                    f"{keras.backend.backend()}: a list of one dict of "
                    "`keras.InputSpec(shape, dtype)`, with all sizes, for "
                    f"{', '.join(self.input)}. On TensorFlow any sizes do."
                )
            if format in ("tf_saved_model", "torch") and not kwargs:
                kwargs = export_arguments(
                    {name: _sizes(self.input[name]) for name in self.input},
                    {name: self.input[name].dtype for name in self.input},
                )
                input_signature = kwargs.pop("input_signature", None)
        super().export(filepath, format, verbose, input_signature, **kwargs)

    def preprocess_samples(
        self, x: Any, y: Any = None, sample_weight: Any = None
    ) -> tuple[Any, ...]:
        features, *labels = super().preprocess_samples(x, y, sample_weight)
        return self._inputs_among(features), *labels

    def _inputs_among(self, features: Any) -> Any:
        """What the model takes: T5 alone sees neither boxes nor images."""
        if not isinstance(features, Mapping):
            return features
        return {name: features[name] for name in self.input if name in features}

    def predict_windows(
        self, windows: PageWindows, batch_size: int | None = None
    ) -> np.ndarray:
        """The model's outputs for windows that were cut before.

        Args:
            windows: from `preprocessor.windows`.
            batch_size: int, windows at a time. Defaults to 8.

        Returns:
            Array with a row for each window.
        """
        return self._predict_arrays(windows.features, batch_size)

    def _predict_arrays(
        self, features: Mapping[str, np.ndarray], batch_size: int | None = None
    ) -> np.ndarray:
        features = self._inputs_among(features)
        rows = raw_data.row_count(features)
        features, size = raw_data.pad_rows(
            features, batch_size or self.predict_batch_size
        )
        outputs = keras.Model.predict(self, features, batch_size=size, verbose=0)
        return outputs[:rows]

    def _windows_of_page(self, verb: str, page: Any, ocr: OCR | None, **parts: Any):
        """Windows over a single page in any form; a part instead of its own."""
        self._check_preprocessor(verb)
        documents = [] if is_several(page) else list(page_documents(page, ocr))
        if not documents or not documents[0].is_page:
            raise ValueError(
                f"`{verb}` takes one page: a dict of `words`, `boxes` and more, or an "
                f"image. Received: {type(page).__name__}. `read_pages` cuts documents "
                "into pages."
            )
        found = document_windows(self.preprocessor, documents, "raise", parts)
        if found.windows is None:
            raise ValueError(f"{documents[0].name} has no words to read.")
        return found.windows

    def _of_documents(
        self,
        verb: str,
        x: Any,
        ocr: OCR | None,
        on_error: str,
        read: Callable[[list[PageDocument]], list[Any]],
        unwrap_page: Callable[[Any], Any] = lambda record: record,
    ) -> Any:
        """What a verb says about input in any form.

        Args:
            verb: string, the method's name.
            x: see `page_documents`.
            ocr: see there.
            on_error: see there.
            read: function of a group of documents that returns a record for each.
            unwrap_page: what becomes of the record of a document that was given as a
                single page.
        """
        self._check_preprocessor(verb)
        records = [
            unwrap_page(record) if document.is_page else record
            for group in document_groups(page_documents(x, ocr, on_error), GROUP_SIZE)
            for document, record in zip(group, read(group), strict=True)
        ]
        return records if is_several(x) else records[0]

    def _check_preprocessor(self, verb: str) -> None:
        if self.preprocessor is None:
            raise ValueError(
                f"`{verb}` needs a preprocessor, and this model has none. Build it "
                f"with `{type(self).__name__}(backbone, preprocessor=…)`."
            )


def _sizes(spec: keras.KerasTensor) -> tuple[int | str, ...]:
    """The sizes of an input; a name where one is open."""
    batch, *sizes = spec.shape
    length = LENGTHS.get(spec.name.partition("_")[0])
    return ("batch", *(length if size is None else size for size in sizes))


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
