"""The head of a Transformers checkpoint as that of a `MultilingualNLU`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_docs.hub.errors import UnsupportedCheckpointError
from keras_docs.models.base.checkpoint_tensors import CheckpointTensors
from keras_docs.models.multilingual_nlu.transformers_encoder import (
    PREFIXES,
    assign_dense,
    dense_shapes,
)
from keras_docs.models.multilingual_nlu.transformers_labels import (
    MISSING,
    head_name,
    read_labels,
)
from keras_docs.models.multilingual_nlu.transformers_settings import (
    number,
    setting,
    size,
)

# Names of the hidden layer and of the logits over texts.
LAYERS = {
    "bert": ("bert.pooler.dense", "classifier"),
    "xlm-roberta": ("classifier.dense", "classifier.out_proj"),
}
# The bias of a tag that the checkpoint never gives: below any logit, and finite in
# float16.
NEVER = -1e4


class TransformersHead:
    """A head, checked and ready to be assigned.

    Args:
        folder: a checkpoint's folder, verified, whose config has a head.
        config: its `config.json`.

    Raises:
        PresetCorruptError: a tensor of the head is missing or of another shape.
        UnsupportedCheckpointError: there are more, or the labels do not fit.
    """

    def __init__(self, folder: Path, config: dict[str, Any]):
        self.labels = read_labels(config)
        self.hidden_dim = size(config, "hidden_size")
        self.dropout = number(
            config,
            "hidden_dropout_prob"
            if setting(config, "classifier_dropout") is None
            else "classifier_dropout",
        )
        self.hidden_name, self.logits_name = LAYERS[config["model_type"]]
        if self.labels.slot_types:
            self.hidden_name, self.logits_name = None, "classifier"
        self.tensors = CheckpointTensors(folder)
        self._check(config)

    @property
    def config(self) -> dict[str, Any]:
        """Arguments of `MultilingualNLU`."""
        return {
            "num_intents": len(self.labels.intents),
            "num_slot_types": len(self.labels.slot_types),
            "pooling": "cls",
            "intent_hidden_dim": self.hidden_dim if self.labels.intents else None,
            "dropout": self.dropout,
        }

    def assign(self, task: keras.Model) -> None:
        """Fills the head of a task that was built with this `config`."""
        read = self.tensors.read
        if self.labels.intents:
            assign_dense(task.get_layer("intent_hidden"), read, self.hidden_name)
            assign_dense(task.get_layer("intent_logits"), read, self.logits_name)
            return
        kernel = read(f"{self.logits_name}.weight").T
        bias = read(f"{self.logits_name}.bias")
        columns = np.array(self.labels.columns)
        is_missing = columns == MISSING
        layer = task.get_layer("slots_logits")
        layer.kernel.assign(np.where(is_missing, 0, kernel[:, columns]))
        layer.bias.assign(np.where(is_missing, NEVER, bias[columns]))

    def _check(self, config: dict[str, Any]) -> None:
        labels = self.labels
        count = len(labels.intents) or np.count_nonzero(
            np.array(labels.columns) != MISSING
        )
        expected = dict(dense_shapes(self.logits_name, self.hidden_dim, int(count)))
        if self.hidden_name:
            expected |= dense_shapes(self.hidden_name, self.hidden_dim, self.hidden_dim)
        for name, shape in expected.items():
            self.tensors.check(name, shape)
        # Older versions of Transformers saved a pooler that they did not use.
        others = tuple(
            PREFIXES[config["model_type"]] + room
            for room in ("embeddings.", "encoder.", "pooler.")
        )
        for name in self.tensors.names:
            if name not in expected and not name.startswith(others):
                raise UnsupportedCheckpointError(
                    f"The checkpoint has the weight {name!r:.120}, which is none of a "
                    f"{head_name(config)}. Load it with transformers.",
                    config["model_type"],
                )
