"""The family's front door."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keras_docs.models.base.builtin_presets import BuiltinPresets
from keras_docs.models.base.unknown_arguments import constructor_arguments
from keras_docs.models.tab_transformer.tab_transformer_backbone import (
    TabTransformerBackbone,
)
from keras_docs.models.tab_transformer.tab_transformer_classifier import (
    TabTransformerClassifier,
)
from keras_docs.models.tab_transformer.tab_transformer_predictor import (
    TabTransformerPredictor,
)
from keras_docs.models.tab_transformer.tab_transformer_preprocessor import (
    TabTransformerPreprocessor,
)
from keras_docs.models.tab_transformer.tab_transformer_regressor import (
    TabTransformerRegressor,
)
from keras_docs.models.tab_transformer.tab_transformer_task import TabTransformerTask

# Chosen on validation rows (benchmarks/tabular/README.md, "The default"); the classes'
# own defaults are the paper's.
PREPROCESSOR_DEFAULTS = {
    "num_bins": 32,
    "numeric_encodings": ("standard", "quantile"),
}
# Attention costs the square of the columns: the numbers of a wider table stay outside
# the Transformer, unless `num_bins` is asked for.
MAX_NUMERIC_COLUMNS = 64
BACKBONE_DEFAULTS = {"num_layers": 1}
HEAD_DEFAULTS = {
    "hidden_dims": [256, 256],
    "hidden_activation": "relu",
    "batch_normalization": False,
    "dropout": 0.1,
    "num_members": 8,
}


class TabTransformer:
    """TabTransformer for any table: `from_dataframe` to start, `from_preset` to go on.

    Example:
    ```python
    model = keras_docs.TabTransformer.from_dataframe(df, target="income")
    model.fit(df)  # stops by itself
    model.classify(new_rows)
    model.save_to_preset("./income")
    model = keras_docs.TabTransformer.from_preset("./income")
    ```
    """

    presets = BuiltinPresets(TabTransformerTask)

    def __init__(self) -> None:
        raise TypeError(
            "`TabTransformer` is not built directly. Use "
            "`TabTransformer.from_dataframe(df, target=…)` for a new model, or "
            "`TabTransformer.from_preset(…)` for a trained one."
        )

    @staticmethod
    def from_preset(
        preset: str | Path, load_weights: bool = True, **kwargs: Any
    ) -> TabTransformerTask:
        """Loads whatever TabTransformer task a preset holds.

        Args:
            preset: a built-in name, `hf://org/repo[@revision][/subfolder]`, or a
                preset folder.
            load_weights: bool. With `False` all weights are random.
            **kwargs: as in `Task.from_preset`.

        Returns:
            A `TabTransformerClassifier`, `TabTransformerRegressor`,
            `TabTransformerMaskedLM` or `TabTransformerReplacedTokenDetector`.

        Raises:
            ValueError: the preset is missing, incomplete, damaged, or of another
                family.
        """
        return TabTransformerTask.from_preset(preset, load_weights, **kwargs)

    @staticmethod
    def from_dataframe(
        df: Any, target: str, task: str | None = None, **kwargs: Any
    ) -> TabTransformerPredictor:
        """Builds an untrained model that fits a table.

        The preprocessor learns what each column is; up to 64 numbers become columns of
        the Transformer as well (piecewise-linear encoding), and the head is a small
        ensemble that shares its hidden layers. `print(model.preprocessor)` tells what
        was learned.

        Args:
            df: a table with its target column: pandas, polars, pyarrow, a dict of
                columns, or a list of rows.
            target: string, the column to predict.
            task: `"classification"`, `"regression"`, or `None` to tell from the
                target's values.
            **kwargs: any argument of `TabTransformerPreprocessor`,
                `TabTransformerBackbone` or of the task's class, to override a default.
                `dropout` is the head's; `backbone_dropout` the Transformer's.

        Returns:
            A compiled `TabTransformerClassifier` or `TabTransformerRegressor`.

        Raises:
            ValueError: the table cannot be used; names the column and the way out.
            TypeError: an argument is unknown.
        """
        # Both the Transformer and the head have a `dropout`.
        dropouts = {
            TabTransformerBackbone: kwargs.pop("backbone_dropout", None),
            TabTransformerPredictor: kwargs.pop("dropout", None),
        }
        may_narrow = "num_bins" not in kwargs
        settings = _take(kwargs, TabTransformerPreprocessor, PREPROCESSOR_DEFAULTS)
        preprocessor = _adapted(df, target=target, task=task, **settings)
        if may_narrow and preprocessor.num_ranks > MAX_NUMERIC_COLUMNS:
            settings["num_bins"] = None
            preprocessor = _adapted(df, target=target, task=task, **settings)
        backbone = TabTransformerBackbone(
            cardinalities=preprocessor.cardinalities,
            num_continuous=preprocessor.num_continuous,
            num_ranks=preprocessor.num_ranks,
            num_bins=preprocessor.num_bins,
            **_with_dropout(
                _take(kwargs, TabTransformerBackbone, BACKBONE_DEFAULTS),
                dropouts[TabTransformerBackbone],
            ),
        )
        task_cls = (
            TabTransformerClassifier
            if preprocessor.task == "classification"
            else TabTransformerRegressor
        )
        head = _with_dropout(
            {**HEAD_DEFAULTS, **kwargs}, dropouts[TabTransformerPredictor]
        )
        return task_cls(backbone, preprocessor=preprocessor, **head)


def _adapted(df: Any, **settings: Any) -> TabTransformerPreprocessor:
    return TabTransformerPreprocessor(**settings).adapt(df)


def _with_dropout(kwargs: dict[str, Any], dropout: float | None) -> dict[str, Any]:
    return kwargs if dropout is None else {**kwargs, "dropout": dropout}


def _take(kwargs: dict[str, Any], cls: type, defaults: dict[str, Any]) -> dict:
    """Moves the arguments that `cls` lists out of `kwargs`, over its defaults."""
    known = constructor_arguments(cls) & set(kwargs)
    return {**defaults, **{name: kwargs.pop(name) for name in known}}
