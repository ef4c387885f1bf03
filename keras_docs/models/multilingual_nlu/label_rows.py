"""Rows for labels in the embeddings of an encoder-decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from keras import ops

from keras_docs.models.docformer_v2.docformer_v2_backbone import DocFormerV2Backbone

if TYPE_CHECKING:
    from keras_docs import MultilingualNLUSeq2SeqPreprocessor

# Against the spread of the embeddings; no two labels begin alike.
NOISE = 0.1
ROLES = {"B": "begin", "I": "inside"}


def with_label_rows(
    backbone: DocFormerV2Backbone, preprocessor: MultilingualNLUSeq2SeqPreprocessor
) -> DocFormerV2Backbone:
    """A copy of a backbone with a row for each label.

    Args:
        backbone: a `DocFormerV2Backbone` with a row for each id of the tokenizer.
        preprocessor: knows tokenizer and labels.

    Returns:
        A `DocFormerV2Backbone` with the same weights. The row of a label is the mean
        of the rows of its name's pieces, slightly moved: what was learned about the
        words is a beginning.

    Raises:
        ValueError: the backbone lacks rows, or has adapters or quantized weights.
    """
    first, last = preprocessor.first_label_id, preprocessor.vocabulary_size
    if backbone.vocabulary_size < first:
        raise ValueError(
            f"The backbone has {backbone.vocabulary_size} token embeddings, and the "
            f"tokenizer {first} ids: they do not belong together. Give the tokenizer "
            "that the backbone was trained with."
        )
    config = backbone.get_config()
    # What the checkpoint has beyond the tokenizer's ids is spare.
    config["vocabulary_size"] = max(backbone.vocabulary_size, last)
    copy = type(backbone).from_config(config)
    sources = {variable.path: variable for variable in backbone.weights}
    if sources.keys() != {variable.path for variable in copy.weights}:
        raise ValueError(
            "`preset` must be a backbone without LoRA adapters and quantized weights; "
            "add them to the new model. Received one with: "
            f"{', '.join(sorted(sources.keys() ^ {v.path for v in copy.weights})[:3])}."
        )
    embedding = copy.token_embedding
    tables = {id(embedding.embeddings): 0}
    if not backbone.tie_embedding_weights:
        tables[id(embedding.reverse_embeddings)] = 1
    for variable in copy.weights:
        # A copy: JAX may take an array as it is, and training deletes the old one.
        values = np.array(ops.convert_to_numpy(sources[variable.path]), "float32")
        axis = tables.get(id(variable))
        if axis is not None:
            values = np.moveaxis(values, axis, 0)
            values = _extended(values, preprocessor, variable.shape[axis])
            values = np.moveaxis(values, 0, axis)
        variable.assign(values)
    return copy


def _extended(
    table: np.ndarray, preprocessor: MultilingualNLUSeq2SeqPreprocessor, size: int
) -> np.ndarray:
    first = preprocessor.first_label_id
    # A random row each, also where the checkpoint has spare ones.
    rows = np.random.normal(0.0, NOISE * table.std(), (size - first, table.shape[1]))
    for row, ids in zip(rows, _pieces_of_labels(preprocessor), strict=False):
        row += table[ids].mean(axis=0) if ids else 0.0
    return np.concatenate([table[:first], rows]).astype("float32")


def _pieces_of_labels(
    preprocessor: MultilingualNLUSeq2SeqPreprocessor,
) -> list[list[int]]:
    num_tags = 1 + 2 * preprocessor.num_slot_types
    words = []
    for label, name in enumerate(preprocessor.label_names):
        if 0 < label < num_tags:
            name = f"{ROLES[name[0]]} {name[2:]}"
        words.append(name.replace("_", " ").lower())
    found = preprocessor.tokenizer.tokenize(words)
    return [[int(id_) for id_ in ids] for ids in found]
