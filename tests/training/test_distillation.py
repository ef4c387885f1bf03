"""Distiller: its loss against NumPy, what it teaches, and what it leaves alone."""

import keras
import numpy as np
import pandas as pd
import pytest

import keras_docs
from keras_docs.models.base import Task
from keras_docs.training.distillation import Distiller
from keras_docs.training.distilled_layers import distilled_layers

CLASSES = 4


class ClassesTask(Task):
    """A multilayer perceptron on 5 numbers."""

    def __init__(self, width, classes=CLASSES, **kwargs):
        x = keras.Input((5,), name="x")
        hidden = keras.layers.Dense(width, "tanh", name="hidden")(x)
        super().__init__(x, keras.layers.Dense(classes, name="logits")(hidden))

    def default_optimizer(self):
        return keras.optimizers.Adam(0.02)

    def default_loss(self):
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def default_metrics(self):
        return ["accuracy"]


def random_teacher():
    teacher = ClassesTask(16)
    for weight in teacher.trainable_variables:
        weight.assign(np.random.default_rng(0).normal(size=weight.shape))
    return teacher


def agreement(teacher, student, x):
    best = [task.predict(x, verbose=0).argmax(1) for task in (teacher, student)]
    return (best[0] == best[1]).mean()


def test_student_learns_from_unlabelled_data_and_the_teacher_stays():
    teacher, student = random_teacher(), ClassesTask(24)
    teacher.layers[-1].trainable = False  # as it was before: so afterwards
    weights = [w.copy() for w in teacher.get_weights()]
    x = np.random.default_rng(1).normal(size=(512, 5)).astype("float32")
    held_out = np.random.default_rng(2).normal(size=(200, 5)).astype("float32")
    before = agreement(teacher, student, held_out)
    distiller = Distiller(teacher, student, temperature=3.0, label_weight=0.0)
    history = distiller.fit(x, epochs=15, batch_size=32, verbose=0).history
    assert set(history) == {"loss", "logits_loss"}
    assert before < 0.6 < 0.75 < agreement(teacher, student, held_out)
    assert history["logits_loss"][-1] < 0.5 * history["logits_loss"][0]
    for old, new in zip(weights, teacher.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert [layer.trainable for layer in teacher.layers] == [True, True, False]
    assert len(teacher.trainable_variables) == 2
    # The student is the same task as before, and trains on as it is compiled.
    assert set(student.evaluate(x, np.zeros(512), return_dict=True, verbose=0)) == {
        "loss",
        "accuracy",
    }


def tiny_nlu(width, num_layers, seed):
    keras.utils.set_random_seed(seed)
    backbone = keras_docs.MultilingualNLUBackbone(
        30, num_layers, 2, width, max_sequence_length=8, dropout=0.0
    )
    return keras_docs.MultilingualNLU(
        backbone, num_intents=3, num_slot_types=2, dropout=0.0, slot_loss_weight=3.0
    )


def utterances():
    rng = np.random.default_rng(0)
    mask = (np.arange(8) < rng.integers(2, 9, (12, 1))).astype("int32")
    x = {
        "token_ids": rng.integers(4, 30, (12, 8)).astype("int32"),
        "padding_mask": mask,
    }
    y = {"intent": rng.integers(0, 3, 12), "slots": rng.integers(0, 5, (12, 8))}
    weights = {
        "intent": rng.uniform(0, 2, 12).astype("float32"),
        "slots": (mask * rng.integers(0, 2, (12, 8))).astype("float32"),
    }
    return x, y, weights


def softened(logits):
    powers = np.exp(logits.astype("float64") / 2)
    return powers / powers.sum(-1, keepdims=True)


def mean(values, weights):
    return (values * weights).sum() / weights.sum()


def test_every_term_is_what_its_formula_says():
    teacher, student = tiny_nlu(16, 4, 0), tiny_nlu(8, 2, 1)
    x, y, weights = utterances()
    distiller = Distiller(
        teacher, student, label_weight=0.5, hidden_weight=2.0, embedding_weight=3.0
    )
    found = keras.Model.evaluate(
        distiller, x, y, sample_weight=weights, return_dict=True, verbose=0
    )
    theirs, own = (keras.Model.predict(m, x, verbose=0) for m in (teacher, student))
    logits_loss = 0
    for name, weight in (("intent", 1), ("slots", 3)):
        p, q = softened(theirs[name]), softened(own[name])
        logits_loss += 4 * weight * mean((p * np.log(p / q)).sum(-1), weights[name])
    assert found["logits_loss"] == pytest.approx(logits_loss, rel=1e-3)
    alone = keras.Model.evaluate(
        student, x, y, sample_weight=weights, return_dict=True, verbose=0
    )
    assert found["label_loss"] == pytest.approx(alone["loss"], rel=1e-4)
    states = []
    for task, layers in ((student, (0, 1)), (teacher, (1, 3))):
        backbone = task.backbone
        tensors = [backbone.get_layer("embedding_dropout").output]
        tensors += [backbone.transformer_layers[i].output for i in layers]
        states.append(
            keras.Model(backbone.input, tensors).predict(x, batch_size=12, verbose=0)
        )
    squares = [
        np.square(a @ keras.ops.convert_to_numpy(layer.kernel) - b).mean(-1)
        for a, b, layer in zip(*states, distiller.projections, strict=True)
    ]
    mask = x["padding_mask"]
    assert found["embedding_loss"] == pytest.approx(mean(squares[0], mask), rel=1e-3)
    hidden = (mean(squares[1], mask) + mean(squares[2], mask)) / 2
    assert found["hidden_loss"] == pytest.approx(hidden, rel=1e-3)
    parts = [found[f"{n}_loss"] for n in ("logits", "label", "hidden", "embedding")]
    assert found["loss"] == pytest.approx(np.dot(parts, [1, 0.5, 2, 3]), rel=1e-4)
    assert {"intent_accuracy", "slots_accuracy"} < set(found)


def test_hidden_states_are_learned_with_the_projections():
    teacher, student = tiny_nlu(16, 2, 0), tiny_nlu(8, 1, 1)
    distiller = Distiller(
        teacher, student, logits_weight=0.0, label_weight=0.0, hidden_weight=1.0
    )
    kernel = keras.ops.convert_to_numpy(distiller.projections[0].kernel)
    history = distiller.fit(utterances()[0], batch_size=12, epochs=4, verbose=0).history
    assert history["hidden_loss"][-1] < history["hidden_loss"][0]
    moved = keras.ops.convert_to_numpy(distiller.projections[0].kernel) - kernel
    assert np.abs(moved).max() > 1e-4
    # Not the head, which no hidden state depends on.
    assert not np.abs(student.get_layer("intent_logits").bias.numpy()).any()


def test_layers_are_evenly_spaced():
    for own, theirs, expected in (
        (2, 4, [1, 3]),
        (3, 4, [1, 2, 3]),
        (3, 3, [0, 1, 2]),
        (4, 2, [0, 0, 1, 1]),
    ):
        teacher, student = tiny_nlu(4, theirs, 0), tiny_nlu(4, own, 0)
        taught = [layer.output for layer in teacher.backbone.transformer_layers]
        pairs = distilled_layers(teacher, student)
        found = [next(i for i, t in enumerate(taught) if t is b) for _, b in pairs]
        assert found == expected
    names = {"transformer_layer_0": "output_norm"}
    (pair,) = distilled_layers(teacher, student, names)
    assert pair[1] is teacher.backbone.get_layer("output_norm").output


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=64), "b": rng.choice(["x", "y"], 64)})
    return frame.assign(kind=np.where(frame["a"] > 0, "high", "low"))


def tab_transformer(table, preprocessor=None, **kwargs):
    preprocessor = preprocessor or keras_docs.TabTransformerPreprocessor(
        target="kind"
    ).adapt(table)
    backbone = keras_docs.TabTransformerBackbone(
        preprocessor.cardinalities,
        preprocessor.num_continuous,
        preprocessor.num_ranks,
        preprocessor.num_bins,
        hidden_dim=8,
        num_layers=1,
        num_heads=2,
    )
    return keras_docs.TabTransformerClassifier(
        backbone, preprocessor=preprocessor, hidden_dims=[8], **kwargs
    )


@pytest.mark.costly
def test_tables_ensembles_and_presets(table, tmp_path):
    teacher = tab_transformer(table)
    student = tab_transformer(table, teacher.preprocessor, num_members=2)
    unlabelled = table.drop(columns="kind")
    # Answers here are probabilities; each of the members learns from them.
    Distiller(teacher, student, label_weight=0.0).fit(unlabelled, verbose=0)
    history = Distiller(teacher, student, hidden_weight=1.0).fit(
        table, validation_data=table, verbose=0
    )
    assert {"label_loss", "accuracy", "val_logits_loss"} < set(history.history)
    student.save_to_preset(tmp_path / "student")
    again = keras_docs.Task.from_preset(tmp_path / "student")
    np.testing.assert_allclose(
        again.predict(table, verbose=0), student.predict(table, verbose=0), atol=1e-6
    )
    with pytest.raises(ValueError, match="no labels"):
        Distiller(teacher, student).fit(unlabelled, verbose=0)


def test_models_that_do_not_fit_are_refused(table):
    teacher, student = ClassesTask(4), ClassesTask(4)
    with pytest.raises(ValueError, match="same outputs.*preprocessor=teacher"):
        Distiller(teacher, ClassesTask(4, classes=3))
    with pytest.raises(ValueError, match="`hidden_weight` must not be negative"):
        Distiller(teacher, student, hidden_weight=-1)
    with pytest.raises(ValueError, match="nothing to learn"):
        Distiller(teacher, student, logits_weight=0, label_weight=0)
    with pytest.raises(ValueError, match="`transformer_layers`.*layer_mapping"):
        Distiller(teacher, student, hidden_weight=1)
    with pytest.raises(ValueError, match="'nowhere', which is no layer"):
        Distiller(
            teacher, student, hidden_weight=1, layer_mapping={"hidden": "nowhere"}
        )
    with pytest.raises(ValueError, match="label_weight=0"):
        Distiller(teacher, student).fit(np.zeros((8, 5)), verbose=0)
    with pytest.raises(ValueError, match="`sample_weight` needs labels"):
        Distiller(teacher, student, label_weight=0).fit(
            np.zeros((8, 5)), sample_weight=np.ones(8), verbose=0
        )
    student.compile(loss="kl_divergence")
    with pytest.raises(ValueError, match="logits_weight=0"):
        Distiller(teacher, student)
    other = table.assign(b=table["b"].str.upper())
    with pytest.raises(ValueError, match="preprocessors differ in.*as labels"):
        Distiller(tab_transformer(table), tab_transformer(other))
