"""TabTransformer for numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from keras_docs.losses.scaled_mean_squared_error import ScaledMeanSquaredError
from keras_docs.models.tab_transformer.tab_transformer_backbone import (
    TabTransformerBackbone,
)
from keras_docs.models.tab_transformer.tab_transformer_predictor import (
    TabTransformerPredictor,
)
from keras_docs.models.tab_transformer.tab_transformer_preprocessor import (
    TabTransformerPreprocessor,
)


@keras.saving.register_keras_serializable(package="keras_docs")
class TabTransformerRegressor(TabTransformerPredictor):
    """Predicts a number for each row of a table, in the target's own unit.

    The network works on a standardised target; its scale is part of the model, so
    predictions, metrics and exported models are in the target's unit. The paper names
    regression and its loss (mean squared error; Huang et al. 2020, section 2) and
    reports no result for it.

    Args:
        backbone: a `TabTransformerBackbone`.
        preprocessor: a `TabTransformerPreprocessor`, or `None` to feed arrays.
        hidden_dims: list of ints, the MLP's hidden layers. Default: `[4 * width,
            2 * width]` of the features.
        hidden_activation: string, their activation.
        batch_normalization: bool, after each hidden layer.
        dropout: float, after each hidden layer.
        num_members: int, members of an ensemble that share the hidden layers.
        target_mean: float, in the target's unit. Default: what the preprocessor
            learned, else 0.
        target_scale: float, standard deviation in the target's unit. Default: what
            the preprocessor learned, else 1.
        **kwargs: `name`, `compile`.

    Call arguments:
        The backbone's inputs.

    Returns:
        Float32 tensor (batch, 1) in the target's unit.

    Example:
    ```python
    model = keras_docs.TabTransformerRegressor.from_preset("tab_transformer_diamonds")
    model.predict(dataframe)  # float32 (rows,), prices
    ```
    """

    head_arguments = ("hidden_dims", "num_members")

    def __init__(
        self,
        backbone: TabTransformerBackbone,
        preprocessor: TabTransformerPreprocessor | None = None,
        hidden_dims: Sequence[int] | None = None,
        hidden_activation: str = "selu",
        batch_normalization: bool = True,
        dropout: float = 0.0,
        num_members: int = 1,
        target_mean: float | None = None,
        target_scale: float | None = None,
        **kwargs: Any,
    ):
        learned = preprocessor if _has_scale(preprocessor) else None
        if target_mean is None:
            target_mean = learned.target_mean if learned else 0.0
        if target_scale is None:
            target_scale = learned.target_scale if learned else 1.0
        self.target_mean = float(target_mean)
        self.target_scale = float(target_scale)
        super().__init__(
            backbone,
            1,
            keras.layers.Rescaling(
                self.target_scale,
                offset=self.target_mean,
                dtype="float32",
                name="target_scale",
            ),
            preprocessor,
            hidden_dims,
            hidden_activation,
            batch_normalization,
            dropout,
            num_members,
            **kwargs,
        )

    def default_loss(self) -> keras.losses.Loss:
        return ScaledMeanSquaredError(self.target_scale)

    def default_metrics(self) -> list[Any]:
        return [keras.metrics.RootMeanSquaredError(), keras.metrics.MeanAbsoluteError()]

    def predict(self, x: Any, batch_size: int | None = None, **kwargs: Any):
        """A number per row.

        Args:
            x: a table, or a dataset of tables.
            batch_size: int.
            **kwargs: as in `keras.Model.predict`.

        Returns:
            Float32 array (rows,) in the target's unit.
        """
        return super().predict(x, batch_size, **kwargs)[:, 0]

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "target_mean": self.target_mean,
            "target_scale": self.target_scale,
        }


def _has_scale(preprocessor: TabTransformerPreprocessor | None) -> bool:
    return (
        preprocessor is not None
        and preprocessor.is_adapted
        and preprocessor.task == "regression"
    )
