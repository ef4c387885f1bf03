"""Pretraining on pages without labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_docs.models.base import raw_data
from keras_docs.models.docformer_v2.docformer_v2_backbone import DocFormerV2Backbone
from keras_docs.models.docformer_v2.docformer_v2_pretrainer_preprocessor import (
    DocFormerV2PretrainerPreprocessor,
)
from keras_docs.models.docformer_v2.docformer_v2_task import (
    DocFormerV2Task,
    encoder_of,
)
from keras_docs.models.docformer_v2.tokens_at import TokensAt
from keras_docs.training.line_pairs import CLASSES

# `predict` gives the same each time.
PREDICTION_SEED = 0


@keras.saving.register_keras_serializable(package="keras_docs")
class DocFormerV2Pretrainer(DocFormerV2Task):
    """DocFormerv2's three tasks at once: two on the encoder, one on the decoder.

    Token-to-Line tells from the vectors of two tokens how many lines they are apart, by
    a hidden layer on both side by side. Token-to-Grid tells a token's cell of the page
    by a linear layer. The decoder writes what was masked. Both heads stand on the
    encoder's last layer. The loss is

    `line_weight * L_line + grid_weight * L_grid + denoising_weight * L_denoising`,

    each a mean of cross-entropies. How the paper weighs them is not known.

    Each batch of `fit` and `evaluate` is corrupted anew; `predict` corrupts a page in
    the same way each time. Afterwards the backbone serves any task; the heads are left
    behind.

    Args:
        backbone: a `DocFormerV2Backbone`; `fit` trains it in place. Without denoising a
            copy of its encoder is taken, if it has a decoder.
        preprocessor: a `DocFormerV2PretrainerPreprocessor`, or `None` to feed arrays.
        line_weight: float. 0 leaves the task out, head and targets; so do the others.
        grid_weight: float.
        denoising_weight: float.
        num_cells: int, cells of the grid. `None`: the preprocessor's.
        **kwargs: `name`, `compile`.

    Call arguments:
        A dict of the backbone's inputs and, for Token-to-Line, `line_pairs`: int32
        (batch, pairs, 2), places in `encoder_token_ids`.

    Returns:
        A dict of float32 logits: `lines` (batch, pairs, 3), `grid` (batch, length,
        num_cells) and `denoising` (batch, target length, vocabulary_size).

    Raises:
        ValueError: no task is left, or one can't be done.

    Example:
    ```python
    preprocessor = keras_docs.DocFormerV2PretrainerPreprocessor(tokenizer)
    backbone = keras_docs.DocFormerV2Backbone(tokenizer.vocabulary_size())
    pretrainer = keras_docs.DocFormerV2Pretrainer(backbone, preprocessor)
    pretrainer.fit(keras_docs.read_pages("report.pdf"), epochs=3)
    pretrainer.save_to_preset("my_pages")
    backbone = keras_docs.DocFormerV2Backbone.from_preset("my_pages")
    ```

    Reference:
    - [Appalaraju et al. 2024, DocFormerv2](https://arxiv.org/abs/2306.01733)
    """

    preprocessor_cls = DocFormerV2PretrainerPreprocessor
    head_arguments = ("line_weight", "grid_weight", "denoising_weight", "num_cells")

    def __init__(
        self,
        backbone: DocFormerV2Backbone,
        preprocessor: DocFormerV2PretrainerPreprocessor | None = None,
        line_weight: float = 1.0,
        grid_weight: float = 1.0,
        denoising_weight: float = 1.0,
        num_cells: int | None = None,
        **kwargs: Any,
    ):
        _check_weights(line_weight, grid_weight, denoising_weight, backbone)
        _check_images(backbone, preprocessor)
        if grid_weight:
            num_cells = _checked_num_cells(num_cells, preprocessor)
        # === Config ===
        self.line_weight = float(line_weight)
        self.grid_weight = float(grid_weight)
        self.denoising_weight = float(denoising_weight)
        self.num_cells = num_cells

        # === Layers ===
        self.backbone = backbone if denoising_weight else encoder_of(backbone)
        self.preprocessor = preprocessor
        hidden_dim, policy = self.backbone.hidden_dim, self.backbone.dtype_policy
        if line_weight:
            self.line_hidden = keras.layers.Dense(
                hidden_dim, activation="relu", dtype=policy, name="line_hidden"
            )
            self.line_logits = keras.layers.Dense(
                CLASSES, dtype="float32", name="line_logits"
            )
        if grid_weight:
            self.grid_logits = keras.layers.Dense(
                num_cells, dtype="float32", name="grid_logits"
            )

        # === Functional Model ===
        inputs = dict(self.backbone.input)
        hidden = self.backbone(inputs)
        tokens = hidden["encoder_sequence_output"][:, self.backbone.num_patches :]
        outputs = {}
        if line_weight:
            pairs = keras.Input((None, 2), dtype="int32", name="line_pairs")
            inputs["line_pairs"] = pairs
            outputs["lines"] = self._lines(tokens, pairs)
        if grid_weight:
            outputs["grid"] = self.grid_logits(tokens)
        if denoising_weight:
            outputs["denoising"] = self.backbone.token_scores(
                hidden["decoder_sequence_output"]
            )
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)

    @property
    def tasks(self) -> dict[str, float]:
        """The tasks that are done, with their weights in the loss."""
        weights = {
            "lines": self.line_weight,
            "grid": self.grid_weight,
            "denoising": self.denoising_weight,
        }
        return {task: weight for task, weight in weights.items() if weight}

    def _lines(self, tokens: Any, pairs: Any) -> Any:
        policy = self.backbone.dtype_policy
        both = [
            TokensAt(dtype=policy, name=f"{name}_tokens")(tokens, pairs[:, :, side])
            for side, name in enumerate(("first", "second"))
        ]
        both = ops.concatenate(both, axis=-1)
        return self.line_logits(self.line_hidden(both))

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
            loss: `"auto"`, with the tasks' weights, or as in `keras.Model.compile`.
            weighted_metrics: dict of metrics by task. `"auto"`: the accuracy of each.
            **kwargs: `metrics` and further arguments of `keras.Model.compile`.
        """
        if isinstance(loss, str) and loss == "auto":
            kwargs.setdefault("loss_weights", self.tasks)
        super().compile(optimizer, loss, weighted_metrics=weighted_metrics, **kwargs)

    def default_loss(self) -> dict[str, keras.losses.Loss]:
        return {
            task: keras.losses.SparseCategoricalCrossentropy(
                from_logits=True, reduction="mean_with_sample_weight"
            )
            for task in self.tasks
        }

    def default_weighted_metrics(self) -> dict[str, list[keras.metrics.Metric]]:
        return {
            task: [keras.metrics.SparseCategoricalAccuracy("accuracy")]
            for task in self.tasks
        }

    def preprocess_samples(
        self, x: Any, y: Any = None, sample_weight: Any = None
    ) -> tuple[Any, ...]:
        """Windows of pages, not corrupted yet; what has targets stays as it is."""
        if isinstance(y, Mapping):
            parts = [(x, self.input), (y, self.tasks), (sample_weight, self.tasks)]
            return tuple(
                {name: arrays[name] for name in names}
                for arrays, names in parts
                if arrays is not None
            )
        # Labels of pages play no part here.
        if self.preprocessor is None or _is_arrays(x):
            return (x,)
        return (self.preprocessor.windows(x).features,)

    def preprocess_features(self, x: Any) -> Any:
        """The model's inputs for raw data: pages corrupted in the same way each time.

        What is corrupted already stays as it is.
        """
        if not (isinstance(x, Mapping) and set(self.input) <= set(x)):
            (windows,) = self.preprocess_samples(x)
            # Row by row: none depends on those beside it.
            rows = [
                self._corrupted_row(windows, row)
                for row in range(raw_data.row_count(windows))
            ]
            x = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
        return {name: x[name] for name in self.input}

    def _corrupted_row(
        self, windows: dict[str, np.ndarray], row: int
    ) -> dict[str, np.ndarray]:
        one = {name: array[row : row + 1] for name, array in windows.items()}
        random = np.random.default_rng(PREDICTION_SEED)
        return self.preprocessor.corrupt(one, tuple(self.tasks), random)[0]

    def preprocess_labelled(
        self, x: Any, y: Any = None, sample_weight: Any = None
    ) -> tuple[Any, ...]:
        packed = self.preprocess_samples(x, y, sample_weight)
        if self.preprocessor is None and len(packed) < 2:
            raise ValueError(
                "There is nothing to learn. Give a `preprocessor`, which makes the "
                f"targets, or `y`, a dict of {', '.join(self.tasks)}. Received: "
                f"{type(x).__name__} alone."
            )
        return packed

    def transform_batch(self, batch: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(batch) > 1:
            return batch
        x, y, weights = self.preprocessor.corrupt(batch[0], tuple(self.tasks))
        return {name: x[name] for name in self.input}, y, weights

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "line_weight": self.line_weight,
            "grid_weight": self.grid_weight,
            "denoising_weight": self.denoising_weight,
            "num_cells": self.num_cells,
        }


def _is_arrays(x: Any) -> bool:
    return isinstance(x, Mapping) and "encoder_token_ids" in x


def _check_weights(
    line_weight: Any,
    grid_weight: Any,
    denoising_weight: Any,
    backbone: DocFormerV2Backbone,
) -> None:
    weights = (line_weight, grid_weight, denoising_weight)
    if not all(weight >= 0 for weight in weights) or not any(weights):
        raise ValueError(
            "`line_weight`, `grid_weight` and `denoising_weight` must be 0 or more, "
            f"and one of them above 0. Received: {', '.join(map(str, weights))}."
        )
    if denoising_weight and not backbone.num_decoder_layers:
        raise ValueError(
            "Denoising needs a decoder, and `backbone` has none: num_decoder_layers=0. "
            "Give denoising_weight=0, or a backbone with a decoder."
        )


def _check_images(
    backbone: DocFormerV2Backbone,
    preprocessor: DocFormerV2PretrainerPreprocessor | None,
) -> None:
    if preprocessor is None or backbone.image_shape is None:
        return
    if preprocessor.image_shape != backbone.image_shape:
        raise ValueError(
            "`image_shape` of the preprocessor must be that of the backbone, "
            f"{backbone.image_shape}. Received: {preprocessor.image_shape}."
        )


def _checked_num_cells(
    num_cells: int | None, preprocessor: DocFormerV2PretrainerPreprocessor | None
) -> int:
    known = getattr(preprocessor, "num_cells", None)
    if num_cells is None:
        num_cells = known
    if not num_cells or num_cells < 1 or known not in (None, num_cells):
        raise ValueError(
            "`num_cells` must be the number of cells of the preprocessor's `grid`. "
            f"Received: num_cells={num_cells!r}, and the preprocessor has {known}."
        )
    return num_cells
