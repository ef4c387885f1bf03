"""Answers to questions about a page, written token by token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_docs.documents.read_pages import OCR
from keras_docs.models.base import raw_data
from keras_docs.models.docformer_v2.answer_documents import answer_documents
from keras_docs.models.docformer_v2.docformer_v2_writer import DocFormerV2Writer
from keras_docs.models.docformer_v2.field_question import field_question
from keras_docs.models.docformer_v2.occlusion import occlusion
from keras_docs.models.docformer_v2.page_documents import PageDocument, is_several


@keras.saving.register_keras_serializable(package="keras_docs")
class DocFormerV2Seq2SeqLM(DocFormerV2Writer):
    """Reads a page and a question, and writes the answer.

    `fit` learns answers by teacher forcing; `generate` writes them with any sampler of
    KerasHub (`compile(sampler="beam")`), greedily by default. Decoding keeps the keys
    and values of each layer, and looks at one copy of the page from all beams of a
    search. With JAX and TensorFlow it is compiled. With PyTorch, the operations of a
    step are recorded once 64 tokens of a shape have been written, and then run without
    the layers.

    The scores of tokens are products with their embeddings, scaled by
    `hidden_dim**-0.5` as in T5 v1.0, unless the backbone says otherwise.

    Args:
        backbone: a `DocFormerV2Backbone` with a decoder; `fit` trains it in place.
        preprocessor: a `DocFormerV2Preprocessor`, or `None` to feed arrays.
        **kwargs: `name`, `compile`.

    Call arguments:
        A dict of the backbone's inputs.

    Returns:
        Float32 logits (batch, answer length, vocabulary_size).

    Raises:
        ValueError: the backbone has no decoder.

    Example:
    ```python
    backbone = keras_docs.DocFormerV2Backbone(image_shape=None)
    model = keras_docs.DocFormerV2Seq2SeqLM(backbone)
    page = {
        "encoder_token_ids": np.array([[822, 10, 2387, 1]]),
        "encoder_padding_mask": np.ones((1, 4)),
        "encoder_boxes": np.array([[[0] * 4] * 2 + [[90, 10, 180, 30]] * 2]),
        "segment_ids": np.array([[1, 1, 2, 2]]),
    }
    tokens, scores = model.generate(page, max_length=8, return_scores=True)

    model = keras_docs.DocFormerV2.from_preset("./my_answers")  # trained and saved
    found = model.answer("invoice.pdf", "What is the total?")
    found["answer"], found["confidence"]
    ```

    References:
    - [Appalaraju et al. 2024, DocFormerv2](https://arxiv.org/abs/2306.01733)
    - [Raffel et al. 2020, T5](https://arxiv.org/abs/1910.10683), section 2.1
    """

    def answer(
        self,
        page: Any,
        question: str | Sequence[str],
        ocr: OCR | None = None,
        max_length: int | None = None,
        on_error: str = "raise",
        batch_size: int = 8,
    ) -> Any:
        """Answers questions about a page or a document.

        Of a document of several pages, and of a long page, which is read in windows,
        the answer that the model is most sure of is taken.

        Args:
            page: a page: a dict of `words`, `boxes` and more, the path of an image, a
                Pillow image or an array; a PDF: its path or bytes; or several: a list
                of these. A list in a list is one document of several pages.
            question: string, or a list of strings.
            ocr: `RapidOCR()` or another function of an image, as in `read_pages`. PDFs
                are read without where they have text.
            max_length: int, tokens of an answer, the start token included. `None`: the
                preprocessor's `answer_length`.
            on_error: `"raise"`, or `"skip"`: pages that can't be used are left out, and
                the record tells of them as `error`.
            batch_size: int, windows that are read at once.

        Returns:
            A record: `question`; `answer`; `confidence`, the probability that the model
            gives to just this answer; `page`, the number of the page that it was read
            on; `words`, the indices of the words that spell it there, wherever they do,
            and `boxes`, theirs. `words` is empty if the answer isn't there as it is.
            Of a list of questions, a list of records; of a list of pages or documents,
            a list of what each gives.

        Raises:
            ValueError: a page can't be used or read; names it, and the way out.

        Example:
        ```python
        pages = keras_docs.read_pages("invoice.png", ocr=keras_docs.RapidOCR())
        found = model.answer(pages[0], "What is the total?")
        keras_docs.plot_page(pages[0], answer=found["words"])
        ```
        """
        questions = [question] if isinstance(question, str) else list(question)
        if not questions or not all(isinstance(q, str) and q for q in questions):
            raise ValueError(
                "`question` must be a string, or a list of strings. Received: "
                f"{question!r:.120}."
            )

        def read(group: list[PageDocument]) -> list[Any]:
            found = answer_documents(
                self, group, questions, max_length, on_error, batch_size
            )
            return [of[0] for of in found] if isinstance(question, str) else found

        return self._of_documents("answer", page, ocr, on_error, read)

    def extract(
        self,
        page: Any,
        fields: Sequence[str] | Mapping[str, str],
        ocr: OCR | None = None,
        threshold: float = 0.0,
        max_length: int | None = None,
        on_error: str = "raise",
        batch_size: int = 8,
    ) -> Any:
        """Reads fields off a page or a document, by a question for each.

        Args:
            page: as in `answer`.
            fields: list of names, which are asked for as `FIELD_QUESTION` does, "What
                is the {field}?"; or a dict of names to questions.
            ocr: as in `answer`.
            threshold: float, the confidence that a value needs; below it, `value` is
                `None`. Choose it on pages of your own.
            max_length: as in `answer`.
            on_error: as in `answer`.
            batch_size: int, windows that are read at once.

        Returns:
            Dict of each field to a record: `value`, a string or `None`; and
            `confidence`, `page`, `words` and `boxes` as in `answer`. Of a list of pages
            or documents, a list of dicts.

        Raises:
            ValueError: as in `answer`; or a field is no name.

        Example:
        ```python
        fields = model.extract("invoice.pdf", ["total", "invoice date"])
        fields["total"]["value"]
        ```
        """
        if isinstance(fields, str) or not fields:
            raise ValueError(
                "`fields` must be a list of names, such as ['total'], or a dict of "
                f"names to questions. Received: {fields!r:.80}."
            )
        if not isinstance(fields, Mapping):
            fields = {field: field_question(field) for field in fields}
        answers = self.answer(
            page, list(fields.values()), ocr, max_length, on_error, batch_size
        )

        def by_field(records: list[dict[str, Any]]) -> dict[str, Any]:
            named = zip(fields, records, strict=True)
            return {field: _field(record, threshold) for field, record in named}

        if is_several(page):
            return [by_field(records) for records in answers]
        return by_field(answers)

    def evidence(
        self,
        page: Any,
        question: str,
        answer: str | None = None,
        ocr: OCR | None = None,
        cells: tuple[int, int] | None = (8, 4),
        batch_size: int = 8,
    ) -> dict[str, Any]:
        """Which parts of a page an answer was read from, by hiding each.

        It takes a pass over the page for each word and each cell of the image.

        Args:
            page: a page as in `answer`. Of a long one, the window whose answer is the
                most probable.
            question: string.
            answer: string, or `None` for the model's own.
            ocr: as in `answer`.
            cells: (rows, columns) that the image is cut into, or `None` to leave it.
            batch_size: int, passes at a time.

        Returns:
            Dict of `question`; `answer`; `log_probability`, the answer's; `words`,
            float32 array (words,), by how much it falls when each word is hidden (NaN
            for words outside of the window); and `cells`, the same for the image, or
            `None`. `plot_evidence` draws it.

        Raises:
            ValueError: the page can't be used.

        Example:
        ```python
        found = model.evidence(page, "What is the total?")
        keras_docs.plot_evidence(page, found)
        ```
        """
        windows = self._windows_of_page(
            "evidence", page, ocr, questions=question, answers=None
        )
        if answer is None:
            answers, scores = self.generate_windows(windows, batch_size=batch_size)
            answer = answers[int(np.argmax(scores))]
        tokens = self.preprocessor.answer_arrays([answer])

        def score(features: dict[str, np.ndarray]) -> np.ndarray:
            rows = raw_data.row_count(features)
            given = {n: np.repeat(a, rows, axis=0) for n, a in tokens[0].items()}
            logits = self._predict_arrays({**features, **given}, batch_size)
            scores = ops.convert_to_numpy(ops.log_softmax(logits))
            chosen = np.take_along_axis(scores, tokens[1][..., None], -1)[..., 0]
            return (chosen * tokens[2]).sum(axis=1)

        row = int(np.argmax(score(windows.features)))
        found = occlusion(
            score,
            {n: a[row : row + 1] for n, a in windows.features.items()},
            windows.word_ids[row],
            int(windows.word_counts[0]),
            cells,
            self.preprocessor.tokenizer.pad_token_id,
        )
        return {"question": question, "answer": answer, **found}


def _field(record: dict[str, Any], threshold: float) -> dict[str, Any]:
    """The record of an answer as that of a field."""
    rest = {k: v for k, v in record.items() if k not in ("question", "answer")}
    is_there = record["answer"] and record["confidence"] >= threshold
    return {"value": record["answer"] if is_there else None, **rest}
