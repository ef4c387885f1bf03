"""Labels for the words of a page."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_docs.documents.read_pages import OCR
from keras_docs.models.docformer_v2.docformer_v2_backbone import DocFormerV2Backbone
from keras_docs.models.docformer_v2.docformer_v2_preprocessor import (
    DocFormerV2Preprocessor,
)
from keras_docs.models.docformer_v2.docformer_v2_task import (
    DocFormerV2Task,
    checked_num_labels,
    encoder_of,
)
from keras_docs.models.docformer_v2.entities_of_labels import kind_of_label
from keras_docs.models.docformer_v2.label_documents import label_documents
from keras_docs.models.docformer_v2.occlusion import occlusion
from keras_docs.models.docformer_v2.page_documents import PageDocument


@keras.saving.register_keras_serializable(package="keras_docs")
class DocFormerV2TokenClassifier(DocFormerV2Task):
    """Gives each token of a page's text a label, by the encoder alone.

    The patches of the image are looked at, and get no label.

    Args:
        backbone: a `DocFormerV2Backbone`. `fit` trains it in place if it has no
            decoder; of one that has, a copy of the encoder is taken.
        num_labels: int. `None`: the preprocessor's.
        preprocessor: a `DocFormerV2Preprocessor` with `task="label"`, or `None` to
            feed arrays.
        dropout: float, on the vectors that are classified.
        **kwargs: `name`, `compile`.

    Call arguments:
        A dict of the backbone's inputs without the decoder's.

    Returns:
        Float32 logits (batch, length, num_labels).

    Raises:
        ValueError: nobody says how many labels there are.

    Example:
    ```python
    backbone = keras_docs.DocFormerV2Backbone(image_shape=None)
    model = keras_docs.DocFormerV2TokenClassifier(backbone, num_labels=7)
    page = {
        "encoder_token_ids": np.array([[822, 10, 2387, 1]]),
        "encoder_padding_mask": np.ones((1, 4)),
        "encoder_boxes": np.array([[[90, 10, 180, 30]] * 4]),
        "segment_ids": np.full((1, 4), 2),
    }
    model.predict(page).shape  # (1, 4, 7)

    model = keras_docs.DocFormerV2.from_preset("docformer_v2_tiny_forms_en")
    form = model.label("form.png", ocr=keras_docs.RapidOCR())
    keras_docs.plot_page(form)
    ```

    Reference:
    - [Appalaraju et al. 2024, DocFormerv2](https://arxiv.org/abs/2306.01733)
    """

    head_arguments = ("num_labels",)

    def __init__(
        self,
        backbone: DocFormerV2Backbone,
        num_labels: int | None = None,
        preprocessor: DocFormerV2Preprocessor | None = None,
        dropout: float = 0.1,
        **kwargs: Any,
    ):
        num_labels = checked_num_labels(num_labels, preprocessor)
        # === Layers ===
        self.backbone = encoder_of(backbone)
        self.preprocessor = preprocessor
        self.label_dropout = keras.layers.Dropout(
            dropout, dtype=self.backbone.dtype_policy, name="label_dropout"
        )
        self.label_logits = keras.layers.Dense(
            num_labels, dtype="float32", name="label_logits"
        )

        # === Functional Model ===
        inputs = self.backbone.input
        hidden = self.backbone(inputs)["encoder_sequence_output"]
        hidden = self.label_dropout(hidden[:, self.backbone.num_patches :])
        super().__init__(inputs=inputs, outputs=self.label_logits(hidden), **kwargs)

        # === Config ===
        self.num_labels = num_labels
        self.dropout = dropout

    def default_loss(self) -> keras.losses.Loss:
        return keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        )

    def preprocess_labelled(
        self, x: Any, y: Any = None, sample_weight: Any = None
    ) -> tuple[Any, ...]:
        packed = self.preprocess_samples(x, y, sample_weight)
        if len(packed) < 2:
            raise ValueError(
                "There are no labels to learn from. With a preprocessor, give them as "
                "`word_labels`; without one, `y` is an int array (rows, length), and "
                "`sample_weight` is 0 where a token has no label. Received: "
                f"{', '.join(sorted(packed[0]))}."
            )
        return packed

    def label(
        self,
        page: Any,
        ocr: OCR | None = None,
        on_error: str = "raise",
        batch_size: int | None = None,
        whole_boxes: bool = False,
    ) -> Any:
        """Labels the words of a page, and joins them to entities.

        Long pages are read in windows, and a word's probabilities are the mean over
        those that it is in. BIO labels are the most probable ones of the whole page
        that make whole entities (`I-x` only after `B-x` or `I-x`).

        Args:
            page: a page: a dict of `words`, `boxes` and more, the path of an image, a
                Pillow image or an array; a PDF: its path or bytes; or a list of these.
            ocr: `RapidOCR()` or another function of an image, as in `read_pages`. PDFs
                are read without where they have text.
            on_error: `"raise"`, or `"skip"`: the record of a page that can't be used
                has `error`, and the others are labelled.
            batch_size: int, windows at a time. Defaults to 8.
            whole_boxes: bool, whether neighbouring words with the same box are one
                entity: for pages whose boxes are those of segments or cells, as in
                `read_funsd(boxes="segment")`, not of lines.

        Returns:
            A record: the page, and `word_labels`, the label of each word (`None` for
            one without tokens); `confidences`, its probability, or with `whole_boxes`
            that of the box's kind; and `entities`, a list of dicts of `label`, `text`,
            `words` (indices), `box` and `confidence` (the mean over its words).
            `plot_page` draws it as it is, and `DocFormerV2EntityLinker.link` takes it.
            Of a PDF, a list of these, one for each page; of a list, a list.

        Raises:
            ValueError: a page can't be used or read; names it, and the way out.

        Example:
        ```python
        for entity in model.label(page)["entities"]:
            print(entity["label"], entity["text"], entity["confidence"])
        ```
        """

        def read(group: list[PageDocument]) -> list[Any]:
            return label_documents(self, group, on_error, batch_size, whole_boxes)

        return self._of_documents("label", page, ocr, on_error, read, lambda r: r[0])

    def extract(
        self,
        page: Any,
        ocr: OCR | None = None,
        on_error: str = "raise",
        batch_size: int | None = None,
        whole_boxes: bool = False,
    ) -> Any:
        """The entities of a page, or of all pages of a document, by their labels.

        Args:
            page: as in `label`; a list in a list is a document of several pages.
            ocr: as in `label`.
            on_error: as in `label`; pages that can't be used are told as `error`.
            batch_size: int, windows at a time. Defaults to 8.
            whole_boxes: as in `label`.

        Returns:
            Dict of each label, without BIO prefix, to a list of entities as in `label`,
            each with its `page`. Of a list, a list of dicts.

        Raises:
            ValueError: as in `label`.

        Example:
        ```python
        totals = model.extract("receipt.png", ocr=keras_docs.RapidOCR())["total"]
        ```
        """

        def read(group: list[PageDocument]) -> list[Any]:
            labelled = label_documents(self, group, on_error, batch_size, whole_boxes)
            return [
                self._by_label(document, pages)
                for document, pages in zip(group, labelled, strict=True)
            ]

        return self._of_documents("extract", page, ocr, on_error, read)

    def evidence(
        self,
        page: Any,
        word: int,
        ocr: OCR | None = None,
        cells: tuple[int, int] | None = (8, 4),
        batch_size: int | None = None,
    ) -> dict[str, Any]:
        """Which parts of a page a word's label was read from, by hiding each.

        It takes a pass over the page for each word and each cell of the image.

        Args:
            page: a page as in `label`. Of a long one, the first window with the word.
            word: int, the index of the word.
            ocr: as in `label`.
            cells: (rows, columns) that the image is cut into, or `None` to leave it.
            batch_size: int, passes at a time. Defaults to 8.

        Returns:
            Dict of `word`; `label`; `log_probability`, the label's; `words`, float32
            array (words,), by how much it falls when each word is hidden (NaN for words
            outside of the window); and `cells`, the same for the image, or `None`.
            `plot_evidence` draws it.

        Raises:
            ValueError: the page can't be used, or the word has no tokens.

        Example:
        ```python
        keras_docs.plot_evidence(page, model.evidence(page, word=3))
        ```
        """
        windows = self._windows_of_page("evidence", page, ocr)
        rows, places = np.nonzero(windows.word_ids == word)
        count = int(windows.word_counts[0])
        if not len(rows) or word < 0:
            raise ValueError(
                f"`word` must be the index of one of the page's {count} words that has "
                f"tokens. Received: {word!r}."
            )
        row, place = rows[0], places[0]
        features = {n: a[row : row + 1] for n, a in windows.features.items()}
        label = int(self._predict_arrays(features)[0, place].argmax())

        def score(hidden: dict[str, np.ndarray]) -> np.ndarray:
            logits = self._predict_arrays(hidden, batch_size)[:, place]
            return ops.convert_to_numpy(ops.log_softmax(logits))[:, label]

        found = occlusion(
            score,
            features,
            windows.word_ids[row],
            count,
            cells,
            self.preprocessor.tokenizer.pad_token_id,
        )
        return {"word": word, "label": self.preprocessor.labels[label], **found}

    def _by_label(
        self, document: PageDocument, pages: list[dict[str, Any]]
    ) -> dict[str, Any]:
        kinds = map(kind_of_label, self.preprocessor.labels)
        found: dict[str, Any] = {kind: [] for _, kind in kinds if kind is not None}
        for index, page in enumerate(pages):
            for entity in page["entities"]:
                number = document.number(index)
                found[entity["label"]].append({**entity, "page": number})
        errors = [page["error"] for page in pages if "error" in page]
        return {**found, "error": " ".join(errors)} if errors else found

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_labels": self.num_labels,
            "dropout": self.dropout,
        }
