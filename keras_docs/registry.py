"""The one table of public names: where each lives, and which classes a preset may name.

A preset names its classes by their registered name, `keras_docs>ClassName`. Nothing
outside this table is ever built from a preset, and `module` fields in preset files
are not read.
"""

from __future__ import annotations

import difflib
import importlib
from types import ModuleType

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
    "LabelTree": "keras_docs.models.xr.label_tree",
    "TfidfVectorizer": "keras_docs.models.xr.tfidf_vectorizer",
    "NearestLabelMatcher": "keras_docs.models.xr.nearest_label_matcher",
    "XREnsemble": "keras_docs.models.xr.xr_ensemble",
    "XRLinear": "keras_docs.models.xr.xr_linear",
    "XRRanker": "keras_docs.models.xr.xr_ranker",
    "XRRankerPreprocessor": "keras_docs.models.xr.xr_ranker_preprocessor",
    "XRTransformer": "keras_docs.models.xr.xr_transformer",
    "XRTransformerPreprocessor": "keras_docs.models.xr.xr_transformer_preprocessor",
    "DocFormerV2": "keras_docs.models.docformer_v2.docformer_v2",
    "DocFormerV2Backbone": "keras_docs.models.docformer_v2.docformer_v2_backbone",
    "DocFormerV2EntityLinker": (
        "keras_docs.models.docformer_v2.docformer_v2_entity_linker"
    ),
    "DocFormerV2Preprocessor": (
        "keras_docs.models.docformer_v2.docformer_v2_preprocessor"
    ),
    "DocFormerV2Pretrainer": "keras_docs.models.docformer_v2.docformer_v2_pretrainer",
    "DocFormerV2PretrainerPreprocessor": (
        "keras_docs.models.docformer_v2.docformer_v2_pretrainer_preprocessor"
    ),
    "DocFormerV2Seq2SeqLM": (
        "keras_docs.models.docformer_v2.docformer_v2_seq_2_seq_lm"
    ),
    "DocFormerV2TokenClassifier": (
        "keras_docs.models.docformer_v2.docformer_v2_token_classifier"
    ),
    "DocFormerV2Tokenizer": "keras_docs.models.docformer_v2.docformer_v2_tokenizer",
    "MultilingualNLU": "keras_docs.models.multilingual_nlu.multilingual_nlu",
    "MultilingualNLUBackbone": (
        "keras_docs.models.multilingual_nlu.multilingual_nlu_backbone"
    ),
    "MultilingualNLUMaskedLM": (
        "keras_docs.models.multilingual_nlu.multilingual_nlu_masked_lm"
    ),
    "MultilingualNLUPreprocessor": (
        "keras_docs.models.multilingual_nlu.multilingual_nlu_preprocessor"
    ),
    "MultilingualNLUSeq2Seq": (
        "keras_docs.models.multilingual_nlu.multilingual_nlu_seq_2_seq"
    ),
    "MultilingualNLUSeq2SeqPreprocessor": (
        "keras_docs.models.multilingual_nlu.multilingual_nlu_seq_2_seq_preprocessor"
    ),
    "MultilingualNLUTokenizer": (
        "keras_docs.models.multilingual_nlu.multilingual_nlu_tokenizer"
    ),
    "NDCGAtK": "keras_docs.metrics.ndcg_at_k",
    "PrecisionAtK": "keras_docs.metrics.precision_at_k",
    "PropensityScoredPrecisionAtK": (
        "keras_docs.metrics.propensity_scored_precision_at_k"
    ),
    "RecallAtK": "keras_docs.metrics.recall_at_k",
    "load_pecos_text2text": "keras_docs.models.xr.convert_pecos_text2text",
    "load_pecos_xlinear": "keras_docs.models.xr.convert_pecos",
    "save_pecos_xlinear": "keras_docs.models.xr.convert_pecos",
    "label_propensities": "keras_docs.metrics.label_propensities",
    "compare_nlu": "keras_docs.metrics.compare_nlu",
    "exact_match": "keras_docs.metrics.exact_match",
    "intent_accuracy": "keras_docs.metrics.intent_accuracy",
    "massive_labels": "keras_docs.metrics.massive_labels",
    "massive_tokens": "keras_docs.metrics.massive_tokens",
    "nlu_report": "keras_docs.metrics.nlu_report",
    "slot_micro_f1": "keras_docs.metrics.slot_micro_f1",
    "anls": "keras_docs.metrics.anls",
    "denotation_accuracy": "keras_docs.metrics.denotation_accuracy",
    "entity_f1": "keras_docs.metrics.entity_f1",
    "linking_f1": "keras_docs.metrics.linking_f1",
    "tabfact_accuracy": "keras_docs.metrics.tabfact_accuracy",
    "vqa_accuracy": "keras_docs.metrics.vqa_accuracy",
    "RapidOCR": "keras_docs.documents.rapid_ocr",
    "TesseractOCR": "keras_docs.documents.tesseract_ocr",
    "form_page": "keras_docs.documents.form_page",
    "read_pages": "keras_docs.documents.read_pages",
    "table_page": "keras_docs.documents.table_page",
    "PageAugmentation": "keras_docs.models.docformer_v2.page_augmentation",
    "box_dropout": "keras_docs.training.box_dropout",
    "line_numbers": "keras_docs.training.line_numbers",
    "span_corruption": "keras_docs.training.span_corruption",
    "token_to_grid": "keras_docs.training.token_to_grid",
    "token_to_line": "keras_docs.training.token_to_line",
    "hierarchical_kmeans": "keras_docs.models.xr.hierarchical_kmeans",
    "SklearnTabTransformerClassifier": (
        "keras_docs.models.tab_transformer.sklearn_classifier"
    ),
    "SklearnTabTransformerRegressor": (
        "keras_docs.models.tab_transformer.sklearn_regressor"
    ),
    "Distiller": "keras_docs.training.distillation",
    "TranslationRanker": "keras_docs.models.multilingual_nlu.translation_ranker",
    "code_switch": "keras_docs.training.code_switching",
    "swap_slot_values": "keras_docs.training.swap_slot_values",
    "fit_with_entropy_regularization": "keras_docs.training.entropy_regularization",
    "fit_with_pseudo_labels": "keras_docs.training.pseudo_labelling",
    "fit_with_rephrases": "keras_docs.training.self_learning",
    "label_rephrases": "keras_docs.training.label_rephrases",
    "mine_rephrases": "keras_docs.training.mine_rephrases",
    "plot_embeddings": "keras_docs.plots.plot_embeddings",
    "plot_evidence": "keras_docs.plots.plot_evidence",
    "plot_importance": "keras_docs.plots.plot_importance",
    "plot_nlu_report": "keras_docs.plots.plot_nlu_report",
    "plot_page": "keras_docs.plots.plot_page",
    "plot_training": "keras_docs.plots.plot_training",
    "upload_preset": "keras_docs.models.base.upload_preset",
}

# Classes of KerasHub that a preset may hold, alone or inside one of ours, and the
# room of `keras_hub` that exports them.
KERAS_HUB_CLASSES: dict[str, str] = {
    "BertBackbone": "models",
    "BertMaskedLM": "models",
    "BertMaskedLMPreprocessor": "models",
    "BertTextClassifier": "models",
    "BertTextClassifierPreprocessor": "models",
    "BertTokenizer": "tokenizers",
    "XLMRobertaBackbone": "models",
    "XLMRobertaMaskedLM": "models",
    "XLMRobertaMaskedLMPreprocessor": "models",
    "XLMRobertaTextClassifier": "models",
    "XLMRobertaTextClassifierPreprocessor": "models",
    "XLMRobertaTokenizer": "tokenizers",
}
# `keras_nlp` is KerasHub's former name; older presets have it.
KERAS_HUB_PACKAGES = ("keras_hub", "keras_nlp")

# Libraries that not everybody needs, and the extra that brings each.
EXTRAS = {
    "joblib": "xr",
    "numba": "xr",
    "scipy": "xr",
    "sklearn": "xr",
    "usearch": "ann",
}

# Hugging Face Transformers checkpoints that can be read: the `model_type` of their
# `config.json`, and the module whose `load_backbone` converts them.
CONVERTERS: dict[str, str] = {
    "bert": "keras_docs.models.base.convert_transformers_encoder",
    "xlm-roberta": "keras_docs.models.base.convert_transformers_encoder",
}

# The same for classes that convert such checkpoints themselves: a module with
# `load_backbone`, `load_preprocessor` and `load_head`.
CLASS_CONVERTERS: dict[str, dict[str, str]] = {
    name: dict.fromkeys(
        ("bert", "xlm-roberta"),
        "keras_docs.models.multilingual_nlu.convert_transformers",
    )
    for name in (
        "MultilingualNLU",
        "MultilingualNLUBackbone",
        "MultilingualNLUPreprocessor",
    )
} | {
    name: dict.fromkeys(
        ("t5", "mt5"), "keras_docs.models.docformer_v2.convert_transformers"
    )
    for name in ("DocFormerV2Backbone", "DocFormerV2Seq2SeqLM")
}
# Not its parent's: such checkpoints hold encoders alone.
CLASS_CONVERTERS["MultilingualNLUSeq2SeqPreprocessor"] = {}


def public_object(name: str) -> object:
    """Imports and returns a public object by its name.

    Raises:
        AttributeError: there is no such name; tells the nearest one.
    """
    if name not in PUBLIC_NAMES:
        nearest = difflib.get_close_matches(name, PUBLIC_NAMES, n=1)
        hint = f" Did you mean `{nearest[0]}`?" if nearest else ""
        raise AttributeError(f"keras_docs has no public name `{name}`.{hint}")
    try:
        module = importlib.import_module(PUBLIC_NAMES[name])
    except ModuleNotFoundError as error:
        extra = EXTRAS.get(str(error.name).partition(".")[0])
        if extra is None:
            raise
        raise ImportError(
            f"`keras_docs.{name}` needs {error.name}, which is not installed. Install "
            f'it with `pip install "keras-docs[{extra}]"`.'
        ) from error
    return getattr(module, name)


def preset_class(registered_name: object) -> type:
    """The class that a preset's `registered_name` stands for.

    Args:
        registered_name: string like `keras_docs>TabTransformerBackbone`.

    Raises:
        ValueError: the name is not one of this zoo's classes, nor one of the classes of
            KerasHub in `KERAS_HUB_CLASSES`.
    """
    package, _, name = str(registered_name).partition(">")
    if package in KERAS_HUB_PACKAGES and name in KERAS_HUB_CLASSES:
        room = importlib.import_module(f"keras_hub.{KERAS_HUB_CLASSES[name]}")
        return getattr(room, name)
    found = public_object(name) if name in PUBLIC_NAMES else None
    if package != PACKAGE or not isinstance(found, type):
        raise ValueError(
            f"This preset asks for the class {registered_name!r}, which is not one "
            f"that keras_docs loads. It loads classes like {PACKAGE}>Task, and of "
            f"KerasHub {', '.join(sorted(KERAS_HUB_CLASSES))}. A newer keras_docs may "
            "know the class (`pip install -U keras-docs`); classes from elsewhere are "
            "never built from a preset."
        )
    return found


def converters(cls: type) -> dict[str, str]:
    """What a class converts itself: `model_type` to the converting module.

    Args:
        cls: a class, or a subclass, of `CLASS_CONVERTERS`; for any other, nothing.
    """
    names = [base.__name__ for base in cls.__mro__]
    return next((CLASS_CONVERTERS[n] for n in names if n in CLASS_CONVERTERS), {})


def converter(model_type: str, cls: type) -> ModuleType:
    """The module that converts a Transformers checkpoint.

    Args:
        model_type: string, a key of the class' converters, or of `CONVERTERS`.
        cls: the class to be loaded.
    """
    return importlib.import_module((converters(cls) or CONVERTERS)[model_type])
