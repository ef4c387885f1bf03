"""The one table of public names: where each lives, and which classes a preset may name.

A preset names its classes by their registered name, `keras_docs>ClassName`. Nothing
outside this table is ever built from a preset, and `module` fields in preset files
are not read.
"""

from __future__ import annotations

import difflib
import importlib

PACKAGE = "keras_docs"

PUBLIC_NAMES: dict[str, str] = {
    "Backbone": "keras_docs.models.base.backbone",
    "Preprocessor": "keras_docs.models.base.preprocessor",
    "Task": "keras_docs.models.base.task",
    "TabTransformer": "keras_docs.models.tab_transformer.tab_transformer",
    "TabTransformerBackbone": (
        "keras_docs.models.tab_transformer.tab_transformer_backbone"
    ),
    "TabTransformerClassifier": (
        "keras_docs.models.tab_transformer.tab_transformer_classifier"
    ),
    "TabTransformerMaskedLM": (
        "keras_docs.models.tab_transformer.tab_transformer_masked_lm"
    ),
    "TabTransformerPreprocessor": (
        "keras_docs.models.tab_transformer.tab_transformer_preprocessor"
    ),
    "TabTransformerRegressor": (
        "keras_docs.models.tab_transformer.tab_transformer_regressor"
    ),
    "TabTransformerReplacedTokenDetector": (
        "keras_docs.models.tab_transformer.tab_transformer_replaced_token_detector"
    ),
    "SklearnTabTransformerClassifier": (
        "keras_docs.models.tab_transformer.sklearn_classifier"
    ),
    "SklearnTabTransformerRegressor": (
        "keras_docs.models.tab_transformer.sklearn_regressor"
    ),
    "fit_with_entropy_regularization": "keras_docs.training.entropy_regularization",
    "fit_with_pseudo_labels": "keras_docs.training.pseudo_labelling",
    "plot_embeddings": "keras_docs.plots.plot_embeddings",
    "plot_importance": "keras_docs.plots.plot_importance",
    "plot_training": "keras_docs.plots.plot_training",
    "upload_preset": "keras_docs.hub.upload_preset",
}


def public_object(name: str) -> object:
    """Imports and returns a public object by its name.

    Raises:
        AttributeError: there is no such name; tells the nearest one.
    """
    if name not in PUBLIC_NAMES:
        nearest = difflib.get_close_matches(name, PUBLIC_NAMES, n=1)
        hint = f" Did you mean `{nearest[0]}`?" if nearest else ""
        raise AttributeError(f"keras_docs has no public name `{name}`.{hint}")
    return getattr(importlib.import_module(PUBLIC_NAMES[name]), name)


def preset_class(registered_name: object) -> type:
    """The class that a preset's `registered_name` stands for.

    Args:
        registered_name: string like `keras_docs>TabTransformerBackbone`.

    Raises:
        ValueError: the name is not one of this zoo's classes.
    """
    package, _, name = str(registered_name).partition(">")
    found = public_object(name) if name in PUBLIC_NAMES else None
    if package != PACKAGE or not isinstance(found, type):
        raise ValueError(
            f"This preset asks for the class {registered_name!r}, which is not one "
            f"that keras_docs loads. It loads classes like {PACKAGE}>Task. A newer "
            "keras_docs may know the class (`pip install -U keras-docs`); classes from "
            "elsewhere are never built from a preset."
        )
    return found
