"""Labels for the words of a page."""

from __future__ import annotations

from typing import Any

import keras

from keras_docs.models.docformer_v2.docformer_v2_backbone import DocFormerV2Backbone
from keras_docs.models.docformer_v2.docformer_v2_preprocessor import (
    DocFormerV2Preprocessor,
)
from keras_docs.models.docformer_v2.docformer_v2_task import (
    DocFormerV2Task,
    checked_num_labels,
    encoder_of,
)


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

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_labels": self.num_labels,
            "dropout": self.dropout,
        }
