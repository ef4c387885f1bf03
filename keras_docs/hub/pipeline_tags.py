"""Which task of the Hub each class that a preset holds belongs to."""

from keras_docs.hub.errors import PresetFormatError

PIPELINE_TAGS = {
    "DocFormerV2EntityLinker": "token-classification",
    "DocFormerV2Pretrainer": "feature-extraction",
    "DocFormerV2Seq2SeqLM": "document-question-answering",
    "DocFormerV2TokenClassifier": "token-classification",
    "TabTransformerClassifier": "tabular-classification",
    "TabTransformerRegressor": "tabular-regression",
    "TabTransformerMaskedLM": "feature-extraction",
    "TabTransformerReplacedTokenDetector": "feature-extraction",
    "MultilingualNLU": "text-classification",
    "MultilingualNLUMaskedLM": "fill-mask",
    "MultilingualNLUSeq2Seq": "text-classification",
    "XRRanker": "text-classification",
    "BertMaskedLM": "fill-mask",
    "BertTextClassifier": "text-classification",
    "XLMRobertaMaskedLM": "fill-mask",
    "XLMRobertaTextClassifier": "text-classification",
}


def pipeline_tag(classes: dict[str, str]) -> str:
    """Return the Hub's name of what a preset does.

    Args:
        classes: dict. Part ("backbone", "task", "preprocessor") to registered class
            name, as in a manifest.

    Returns:
        str. For example "tabular-classification"; "feature-extraction" without a task.

    Raises:
        PresetFormatError: If the task's class is not in the table.

    Example:

    >>> pipeline_tag({"task": "keras_docs>TabTransformerRegressor"})
    'tabular-regression'
    """
    task = classes.get("task")
    if task is None:
        return "feature-extraction"
    name = task.partition(">")[2]
    if name not in PIPELINE_TAGS:
        raise PresetFormatError(
            f"It is not known which task of the Hub {task[:100]!r} belongs to. Write a "
            "card.json with a 'pipeline_tag' into the folder (keras-docs card FOLDER "
            "prints a template)."
        )
    return PIPELINE_TAGS[name]
