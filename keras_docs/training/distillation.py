"""Trains a small task on what a large one knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from keras_docs.losses.distillation_loss import DistillationLoss
from keras_docs.losses.scaled_mean_squared_error import ScaledMeanSquaredError
from keras_docs.models.base import Task, raw_data
from keras_docs.training.distilled_layers import distilled_layers, embeddings
from keras_docs.training.frozen import frozen
from keras_docs.training.model_with_states import model_with_states
from keras_docs.training.teacher_check import check_teacher

REDUCTION = "mean_with_sample_weight"
# Losses whose target may be any number, so the teacher's answer, too.
REGRESSION_LOSSES = (
    keras.losses.MeanSquaredError,
    keras.losses.MeanAbsoluteError,
    keras.losses.Huber,
    ScaledMeanSquaredError,
)


class Distiller(keras.Model):
    """Trains a student, in place, to answer and to represent as its teacher does.

    The loss is a weighted sum of four:

    - `logits_weight` times the divergence of the class probabilities, softened by a
      temperature (Hinton et al. 2015; see `DistillationLoss`). Of a regression, the
      student's own loss with the teacher's answer as target. Several outputs weigh as
      in the student's `loss_weights`.
    - `label_weight` times the student's own loss on the labels. With 0, no labels are
      needed.
    - `hidden_weight` times the mean squared difference of hidden states, averaged over
      the pairs of layers (Jiao et al. 2020, "TinyBERT", equations 7 and 8).
    - `embedding_weight` times that of what enters the first Transformer layer
      (equation 9).

    Where the widths of states differ, a linear projection of the student's is learned
    with it; it is no part of the student. Positions whose `padding_mask` is 0 do not
    count, nor do those with a sample weight of 0. The teacher answers in inference
    mode, and no weight of it changes.

    Args:
        teacher: a trained task of the zoo.
        student: a task for the same arrays and classes: built with
            `preprocessor=teacher.preprocessor`.
        temperature: float above 0, softens both models' probabilities.
        logits_weight: float.
        label_weight: float.
        hidden_weight: float.
        embedding_weight: float.
        layer_mapping: dict of the student's layer -> the teacher's, names in their
            backbones. Default: the student's Transformer layers, evenly spaced over the
            teacher's.
        name: string.

    Raises:
        ValueError: the models do not fit each other, or a weight is negative.

    Example:
    ```python
    distiller = keras_docs.Distiller(teacher, student, label_weight=0.0)
    distiller.fit(unlabelled_texts, epochs=3)
    student.parse(["wake me up at five"])
    ```

    References:
    - Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a Neural Network",
      https://arxiv.org/abs/1503.02531
    - Jiao et al. 2020, "TinyBERT: Distilling BERT for Natural Language Understanding",
      https://arxiv.org/abs/1909.10351
    """

    def __init__(
        self,
        teacher: Task,
        student: Task,
        temperature: float = 2.0,
        logits_weight: float = 1.0,
        label_weight: float = 1.0,
        hidden_weight: float = 0.0,
        embedding_weight: float = 0.0,
        layer_mapping: Mapping[str, str] | None = None,
        name: str = "distiller",
    ):
        super().__init__(name=name)
        weights = {
            "logits": logits_weight,
            "label": label_weight,
            "hidden": hidden_weight,
            "embedding": embedding_weight,
        }
        _check_weights(weights)
        check_teacher(teacher, student)
        self.loss_terms = {part: float(w) for part, w in weights.items() if w}
        self.temperature = float(temperature)
        hidden = (
            distilled_layers(teacher, student, layer_mapping) if hidden_weight else []
        )
        pairs = [embeddings(teacher, student)] if embedding_weight else []
        pairs += hidden
        self.student = student
        self.teacher = teacher
        self.student_with_states = model_with_states(student, [own for own, _ in pairs])
        self.teacher_with_states = model_with_states(teacher, [t for _, t in pairs])
        self.projections = [_projection(i, *pair) for i, pair in enumerate(pairs)]
        self.trackers = {
            part: keras.metrics.Mean(name=f"{part}_loss") for part in self.loss_terms
        }
        self.states_loss = keras.losses.MeanSquaredError(reduction=REDUCTION)
        self.built = True
        self.compile()

    def compile(self, **kwargs: Any) -> None:
        """Configures training; without arguments, as the student is compiled.

        Args:
            **kwargs: arguments of `keras.Model.compile` that replace the student's:
                `optimizer`, `metrics`, `jit_compile`, …. The loss is the student's.

        Raises:
            ValueError: the student is not compiled, or its loss does not tell how to
                compare answers.
        """
        config = keras.saving.deserialize_keras_object(
            self.student.get_compile_config()
        )
        if not config.get("loss"):
            raise ValueError(
                "`student` is not compiled with a loss, which says what its outputs "
                "are. Call `student.compile()` first."
            )
        if "loss" in kwargs:
            raise ValueError(
                "The loss of a distiller is its own and the student's. Give the loss "
                "on labels to `student.compile`, before the distiller is built."
            )
        losses, weights = _named(config["loss"]), _named(config.get("loss_weights"))
        if "logits" in self.loss_terms:
            self.answer_losses = {
                name: _answer_loss(name, losses.get(name), self.temperature)
                for name in _named(self.student.output)
            }
            self.answer_weights = {
                name: weights.get(name) or 1.0 for name in self.answer_losses
            }
        # Keras builds the student's loss, which `compute_loss` asks, before it compiles
        # a step, because there is a loss here that is not built.
        with frozen(self.teacher):
            super().compile(**{**config, **kwargs})

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        sample_weight: Any = None,
        validation_data: Any = None,
        shuffle: bool = True,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains the student on raw data, as `Task.fit` does.

        Args:
            x: raw data, or a dataset of raw batches.
            y: labels as the preprocessor takes them. Not needed with `label_weight=0`.
            batch_size: int, rows per batch of data in memory.
            sample_weight: array (rows,).
            validation_data: raw `x`, `(x, y)`, `(x, y, sample_weight)`, or a dataset.
            shuffle: bool, as in `Task.fit`.
            **kwargs: `epochs`, `callbacks`, `verbose`, ….

        Returns:
            A `keras.callbacks.History`, with `loss`, each part before its weight
            (`logits_loss`, `label_loss`, `hidden_loss`, `embedding_loss`), and the
            student's metrics if there are labels.

        Raises:
            ValueError: labels are needed, and there are none.
        """
        if raw_data.is_dataset(x):
            feed = self._streamed(x, "steps_per_epoch", kwargs)
        else:
            arrays = self._arrays(x, y, sample_weight)
            rows = raw_data.row_count(arrays)
            feed = self.student._batches(
                arrays,
                batch_size or self.student.default_batch_size(rows),
                shuffle=shuffle,
                drop_last=shuffle,
            )
        if validation_data is not None:
            kwargs["validation_data"] = self._validation(validation_data, kwargs)
        # Keras reorders the batches of a `PyDataset` unless it is told not to.
        shuffle = shuffle and isinstance(x, keras.utils.PyDataset)
        with frozen(self.teacher):
            return super().fit(feed, shuffle=shuffle, **kwargs)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        # Without labels, the student's metrics have nothing to tell.
        return [m for m in super().metrics if getattr(m, "built", True)]

    def call(self, inputs, training=None):
        return self.student_with_states(inputs, training=training)

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        taught = keras.tree.map_structure(
            ops.stop_gradient, self.teacher_with_states(x, training=False)
        )
        own = y_pred["outputs"]
        parts = {}
        if "logits" in self.loss_terms:
            parts["logits"] = self._logits_loss(
                x, taught["outputs"], own, sample_weight
            )
        if "label" in self.loss_terms:
            parts["label"] = self.student.compute_loss(
                x, y, own, sample_weight, training=training
            )
        weights = None if isinstance(sample_weight, dict) else sample_weight
        states = [
            self.states_loss(theirs, project(state), _weights(x, state, weights))
            for theirs, state, project in zip(
                taught["states"], y_pred["states"], self.projections, strict=True
            )
        ]
        if "embedding" in self.loss_terms:
            parts["embedding"] = states.pop(0)
        if "hidden" in self.loss_terms:
            parts["hidden"] = sum(states) / len(states)
        for part, value in parts.items():
            self.trackers[part].update_state(value)
        return sum(self.loss_terms[part] * value for part, value in parts.items())

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        if y is None:
            return self.get_metrics_result()
        outputs = keras.tree.map_structure(
            # The members of an ensemble head, which answers with their mean.
            lambda output, answer: (
                ops.mean(output, axis=1)
                if len(output.shape) > len(answer.shape)
                else output
            ),
            y_pred["outputs"],
            self.student.output,
        )
        return super().compute_metrics(x, y, outputs, sample_weight)

    def _logits_loss(self, x, taught, own, sample_weight):
        taught, own = _named(taught), _named(own)
        losses = []
        for name, loss in self.answer_losses.items():
            weights = sample_weight
            if isinstance(weights, dict):
                weights = weights.get(name)
            answer = taught[name]
            if len(own[name].shape) > len(answer.shape):
                # Each member of an ensemble learns from the same answer.
                answer = ops.broadcast_to(
                    ops.expand_dims(answer, 1), ops.shape(own[name])
                )
            weights = _weights(x, own[name], weights)
            losses.append(self.answer_weights[name] * loss(answer, own[name], weights))
        return sum(losses)

    def _arrays(self, x: Any, y: Any = None, sample_weight: Any = None):
        student = self.student
        if "label" in self.loss_terms:
            packed = student.preprocess_labelled(x, y, sample_weight)
            if len(packed) == 1:
                raise ValueError(
                    "There are no labels, and `label_weight` is not 0. Give `y`, or "
                    "build the distiller with `label_weight=0` to learn from the "
                    "teacher alone."
                )
            return packed
        packed = student.preprocess_samples(x, y, sample_weight)
        if len(packed) > 1:
            return student.preprocess_labelled(x, y, sample_weight)
        if sample_weight is not None:
            raise ValueError(
                "`sample_weight` needs labels (`y`) here. Without labels, leave out "
                "the rows that should not count."
            )
        return packed

    def _streamed(self, source: Any, steps_name: str, kwargs: dict[str, Any]) -> Any:
        feed, steps = raw_data.preprocessed(
            source, lambda *batch: self.student.transform_batch(self._arrays(*batch))
        )
        if kwargs.get(steps_name) is None:
            kwargs[steps_name] = steps
        return feed

    def _validation(self, data: Any, kwargs: dict[str, Any]) -> Any:
        if raw_data.is_dataset(data):
            return self._streamed(data, "validation_steps", kwargs)
        data = data if isinstance(data, tuple) else (data,)
        return self.student._batches(
            self._arrays(*data), self.student.predict_batch_size
        )


def _check_weights(weights: dict[str, float]) -> None:
    for name, weight in weights.items():
        if not weight >= 0:
            raise ValueError(
                f"`{name}_weight` must not be negative. Received: {weight!r}."
            )
    if not any(weights.values()):
        raise ValueError(
            "All weights are 0, so that there is nothing to learn. Give one of "
            "`logits_weight`, `label_weight`, `hidden_weight`, `embedding_weight`."
        )


def _named(structure: Any) -> dict[Any, Any]:
    """Outputs, or what belongs to each, by name; a single one has the name 0."""
    return structure if isinstance(structure, Mapping) else {0: structure}


def _answer_loss(name: Any, loss: Any, temperature: float) -> keras.losses.Loss:
    """How to compare both models' answers, given the student's loss on labels."""
    classes = (
        keras.losses.SparseCategoricalCrossentropy,
        keras.losses.CategoricalCrossentropy,
    )
    if isinstance(loss, classes):
        return DistillationLoss(temperature, loss.from_logits)
    if isinstance(loss, REGRESSION_LOSSES):
        return loss
    output = f"of the output {name!r} " if name != 0 else ""
    raise ValueError(
        f"The student's loss {output}is {loss!r}, which does not say how to compare "
        "answers. Compile the student with an instance of "
        f"{', '.join(kind.__name__ for kind in classes + REGRESSION_LOSSES)}, or learn "
        "without its answers: `logits_weight=0`."
    )


def _projection(number: int, own: Any, theirs: Any) -> keras.layers.Layer:
    width = theirs.shape[-1]
    if own.shape[-1] == width:
        return keras.layers.Identity(name=f"projection_{number}")
    layer = keras.layers.Dense(width, use_bias=False, name=f"projection_{number}")
    layer.build(own.shape)
    return layer


def _weights(x: Any, values: Any, weights: Any) -> Any:
    """Weights of the places of (batch, length, …), 0 for padding."""
    mask = x.get("padding_mask") if isinstance(x, dict) else None
    if mask is None or len(values.shape) != 3:
        return weights
    mask = ops.cast(mask, "float32")
    if weights is None:
        return mask
    if len(weights.shape) == 1:
        weights = ops.expand_dims(weights, -1)
    return mask * ops.cast(weights, "float32")
