"""Which entities of a page belong together: keys and their values."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_docs.models.docformer_v2.biaffine import Biaffine
from keras_docs.models.docformer_v2.docformer_v2_backbone import DocFormerV2Backbone
from keras_docs.models.docformer_v2.docformer_v2_preprocessor import (
    DocFormerV2Preprocessor,
)
from keras_docs.models.docformer_v2.docformer_v2_task import (
    DocFormerV2Task,
    checked_num_labels,
    encoder_of,
)
from keras_docs.models.docformer_v2.link_documents import link_documents
from keras_docs.models.docformer_v2.page_documents import PageDocument
from keras_docs.models.docformer_v2.pair_loss import PairLoss
from keras_docs.models.docformer_v2.tokens_at import TokensAt


@keras.saving.register_keras_serializable(package="keras_docs")
class DocFormerV2EntityLinker(DocFormerV2Task):
    """Scores each ordered pair of a page's entities: does the first link to the second?

    An entity is the encoder's vector of its first token and an embedding of its label.

    Args:
        backbone: a `DocFormerV2Backbone`. `fit` trains it in place if it has no
            decoder; of one that has, a copy of the encoder is taken.
        num_labels: int, labels of entities. `None`: the preprocessor's.
        preprocessor: a `DocFormerV2Preprocessor` with `task="link"`, or `None` to feed
            arrays.
        link_dim: int, size of the two views of an entity.
        dropout: float, on the vectors of entities.
        **kwargs: `name`, `compile`.

    Call arguments:
        A dict of the backbone's inputs without the decoder's, and

        - `entity_spans`: int32 (batch, entities, 2), first token and last + 1 of each
          in `encoder_token_ids`;
        - `entity_labels`: int32 (batch, entities), from 1; 0 for padding.

    Returns:
        Float32 logits (batch, entities, entities); about -1e9 with padding and of an
        entity with itself.

    Raises:
        ValueError: nobody says how many labels there are.

    Example:
    ```python
    backbone = keras_docs.DocFormerV2Backbone(image_shape=None)
    model = keras_docs.DocFormerV2EntityLinker(backbone, num_labels=3)
    page = {
        "encoder_token_ids": np.array([[822, 10, 2387, 1]]),
        "encoder_padding_mask": np.ones((1, 4)),
        "encoder_boxes": np.array([[[90, 10, 180, 30]] * 4]),
        "segment_ids": np.full((1, 4), 2),
        "entity_spans": np.array([[[0, 2], [2, 3]]]),
        "entity_labels": np.array([[1, 2]]),
    }
    model.predict(page).shape  # (1, 2, 2)

    form = classifier.label("form.png", ocr=keras_docs.RapidOCR())
    for link in linker.link(form):
        print(link["key"], link["value"])
    ```

    References:
    - [Appalaraju et al. 2024, DocFormerv2](https://arxiv.org/abs/2306.01733)
    - [Dozat and Manning 2017, Deep Biaffine Attention for Neural Dependency
      Parsing](https://arxiv.org/abs/1611.01734), section 3.1
    """

    head_arguments = ("num_labels", "link_dim")

    def __init__(
        self,
        backbone: DocFormerV2Backbone,
        num_labels: int | None = None,
        preprocessor: DocFormerV2Preprocessor | None = None,
        link_dim: int = 128,
        dropout: float = 0.1,
        **kwargs: Any,
    ):
        num_labels = checked_num_labels(num_labels, preprocessor)
        # === Layers ===
        self.backbone = encoder_of(backbone)
        self.preprocessor = preprocessor
        self.label_embedding = keras.layers.Embedding(
            num_labels + 1,
            self.backbone.hidden_dim,
            dtype=self.backbone.dtype_policy,
            name="label_embedding",
        )
        self.entity_dropout = keras.layers.Dropout(
            dropout, dtype=self.backbone.dtype_policy, name="entity_dropout"
        )
        self.link_logits = Biaffine(link_dim, dtype="float32", name="link_logits")

        # === Functional Model ===
        spans = keras.Input((None, 2), dtype="int32", name="entity_spans")
        labels = keras.Input((None,), dtype="int32", name="entity_labels")
        inputs = self.backbone.input
        hidden = self.backbone(inputs)["encoder_sequence_output"]
        first_tokens = TokensAt(
            self.backbone.num_patches,
            dtype=self.backbone.dtype_policy,
            name="first_tokens",
        )
        entities = first_tokens(hidden, spans[:, :, 0])
        entities = self.entity_dropout(entities + self.label_embedding(labels))
        outputs = _PairMask(dtype="float32", name="pair_mask")(
            self.link_logits(entities), labels
        )
        super().__init__(
            inputs={**inputs, "entity_spans": spans, "entity_labels": labels},
            outputs=outputs,
            **kwargs,
        )

        # === Config ===
        self.num_labels = num_labels
        self.link_dim = link_dim
        self.dropout = dropout

    def default_loss(self) -> keras.losses.Loss:
        return PairLoss()

    def default_weighted_metrics(self) -> None:
        return None

    def preprocess_labelled(
        self, x: Any, y: Any = None, sample_weight: Any = None
    ) -> tuple[Any, ...]:
        packed = self.preprocess_samples(x, y, sample_weight)
        if len(packed) < 2:
            raise ValueError(
                "There are no links to learn from. With a preprocessor, give them as "
                "`links`; without one, `y` is an int array (rows, entities, entities), "
                "1 where the first is linked to the second. Received: "
                f"{', '.join(sorted(packed[0]))}."
            )
        return packed

    def link(
        self,
        page: Any,
        threshold: float = 0.5,
        on_error: str = "raise",
        batch_size: int | None = None,
    ) -> Any:
        """Finds which entities of a page belong together.

        Long pages are read in windows. The probability of a link is the mean over those
        that show both of its ends; where none does, there is no link.

        Args:
            page: a page with `entities`, such as the record that
                `DocFormerV2TokenClassifier.label` returns; or a list of these.
            threshold: float, the least probability of a link, above 0.
            on_error: `"raise"`, or `"skip"`: of a page that can't be used there is a
                dict of `error` alone, and the others are linked.
            batch_size: int, windows at a time. Defaults to 8.

        Returns:
            List of dicts of `key` and `value`, texts of the two entities,
            `probability`, and `link`, the pair of their indices, which `plot_page`
            takes as one of its `links`. Of a list of pages, a list of lists.

        Raises:
            ValueError: a page can't be used, or has no `entities`; names it.

        Example:
        ```python
        links = linker.link(page)
        keras_docs.plot_page(page, links=[found["link"] for found in links])
        ```
        """
        if not 0 < threshold <= 1:
            raise ValueError(
                "`threshold` is a probability above 0, up to 1. Received: "
                f"{threshold!r}."
            )

        def read(group: list[PageDocument]) -> list[Any]:
            return link_documents(self, group, threshold, on_error, batch_size)

        return self._of_documents("link", page, None, on_error, read, lambda r: r[0])

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_labels": self.num_labels,
            "link_dim": self.link_dim,
            "dropout": self.dropout,
        }


@keras.saving.register_keras_serializable(package="keras_docs")
class _PairMask(keras.layers.Layer):
    """Rules out pairs with padding, and of an entity with itself."""

    def call(self, scores, labels):
        is_there = labels > 0
        pairs = ops.logical_and(is_there[:, :, None], is_there[:, None])
        order = ops.arange(0, ops.shape(labels)[1], dtype="int32")
        same = ops.equal(order[:, None], order[None])
        return ops.where(ops.logical_and(pairs, ops.logical_not(same)), scores, -1e9)

    def compute_output_shape(self, scores_shape, labels_shape=None):
        return scores_shape
