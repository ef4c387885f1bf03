"""Pseudo-labels and entropy regularisation: unlabelled rows reach the training.

Whether they make answers better is no test: with 6 labels of two half circles it
depends on the seed, for both methods and on every backend.
"""

import keras
import numpy as np
import pandas as pd
import pytest

import keras_docs
from keras_docs.losses.pseudo_label_crossentropy import PseudoLabelCrossentropy
from keras_docs.training.semi_supervised_batches import SemiSupervisedBatches
from keras_docs.training.semi_supervised_fit import semi_supervised_fit

EPOCHS = 12


def moons(seed, rows=400):
    """Two interleaved half circles: classes that unlabelled rows show."""
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, np.pi, rows)
    upper = np.arange(rows) % 2 == 0
    x = np.where(upper, np.cos(angle), 1 - np.cos(angle))
    y = np.where(upper, np.sin(angle), 0.5 - np.sin(angle))
    noise = rng.normal(0, 0.08, (2, rows))
    moon = np.where(upper, "upper", "lower")
    return pd.DataFrame({"a": x + noise[0], "b": y + noise[1], "moon": moon})


def small_model(df, num_members=1):
    preprocessor = keras_docs.TabTransformerPreprocessor(
        target="moon", numeric_encodings=("standard",)
    ).adapt(df)
    model = keras_docs.TabTransformerClassifier(
        keras_docs.TabTransformerBackbone(num_continuous=2),
        preprocessor=preprocessor,
        hidden_dims=[32, 32],
        hidden_activation="relu",
        batch_normalization=False,
        num_members=num_members,
    )
    model.optimizer.learning_rate = 5e-3
    return model


def after(fit, seed):
    """Probabilities for the unlabelled rows, and the share of right labelled ones."""
    keras.utils.set_random_seed(seed)
    df = moons(seed)
    labelled, unlabelled = df[:6], df[6:].drop(columns="moon")
    model = small_model(df)
    history = fit(model, labelled, unlabelled)
    assert len(history.history["loss"]) == EPOCHS
    right = (model.classify(labelled)["label"] == labelled["moon"]).mean()
    return model.predict(unlabelled, verbose=0).astype("float64"), right


def labels_only(model, labelled, unlabelled):
    # The same batches, steps and epochs; only the unlabelled rows weigh nothing.
    return entropy(model, labelled, unlabelled, weight=0.0)


def entropy(model, labelled, unlabelled, weight=0.3):
    return keras_docs.fit_with_entropy_regularization(
        model,
        labelled,
        unlabelled,
        weight=weight,
        epochs=EPOCHS,
        batch_size=32,
        verbose=0,
    )


def pseudo(model, labelled, unlabelled):
    return keras_docs.fit_with_pseudo_labels(
        model, labelled, unlabelled, epochs=EPOCHS, batch_size=32, verbose=0
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.costly
def test_unlabelled_rows_are_answered_with_less_doubt(seed):
    """The term that each method adds is smaller than after training on labels alone."""
    alone, _ = after(labels_only, seed)
    for fit, doubt in (
        (entropy, lambda p: -(p * np.log(p + 1e-12)).sum(1).mean()),
        (pseudo, lambda p: -np.log(p.max(1)).mean()),
    ):
        found, right = after(fit, seed)
        assert doubt(found) < 0.7 * doubt(alone), (fit.__name__, doubt(alone))
        assert right == 1  # the labels are still learned


def test_ensemble_validation_and_compile_state():
    df = moons(0, 60)
    model = small_model(df, num_members=3)
    x = df.drop(columns="moon")
    for fit in (
        keras_docs.fit_with_pseudo_labels,
        keras_docs.fit_with_entropy_regularization,
    ):
        history = fit(
            model,
            x[:10],
            x[10:],
            y=df["moon"][:10],
            validation_data=df[40:],
            epochs=2,
            batch_size=16,
            verbose=0,
        )
        assert set(history.history) == {"loss", "val_loss"}
        # Compiled as before: cross-entropy and accuracy; the validation loss is that.
        logs = model.evaluate(df[40:], return_dict=True, verbose=0)
        assert set(logs) == {"loss", "accuracy"}
        assert min(history.history["val_loss"]) == pytest.approx(logs["loss"], rel=1e-4)
        assert float(model.optimizer.learning_rate) == pytest.approx(5e-3)


def test_batch_loss_is_the_sum_of_two_means():
    """10 labelled and 90 others: weights make the batch mean the two means' sum."""
    rng = np.random.default_rng(0)
    batches = SemiSupervisedBatches(
        {"x": rng.normal(size=(10, 2))},
        np.arange(10) % 2,
        {"x": rng.normal(size=(90, 2))},
        batch_size=40,
        unlabelled_weight=lambda epoch: 0.5,
    )
    x, y, weight = batches[0]
    assert x["x"].shape == (40, 2) and len(batches) == 3
    known = y >= 0
    assert known.sum() == 10 and (y[~known] == -1).all()
    loss = rng.uniform(size=40)
    expected = loss[known].mean() + 0.5 * loss[~known].mean()
    assert (loss * weight).mean() == pytest.approx(expected, rel=1e-5)


def test_an_epoch_is_one_pass_and_labels_stay_with_their_rows():
    batches = SemiSupervisedBatches(
        np.arange(7.0), np.arange(7), 100 + np.arange(12.0), batch_size=8
    )
    for _ in range(3):
        drawn = [batches[i] for i in range(len(batches))]
        x = np.concatenate([x for x, _, _ in drawn])
        y = np.concatenate([y for _, y, _ in drawn])
        assert sorted(x[y < 0]) == list(100 + np.arange(12))
        np.testing.assert_array_equal(x[y >= 0], y[y >= 0])
        assert set(y[y >= 0]) == set(range(7))
        batches.on_epoch_end()


def test_the_weight_of_unlabelled_rows_follows_the_epochs():
    df = moons(0, 60)
    asked = []

    def weight(epoch):
        asked.append(epoch)
        return 1.0

    semi_supervised_fit(
        small_model(df),
        PseudoLabelCrossentropy(),
        df[:10],
        df[10:],
        epochs=3,
        batch_size=20,
        validation_data=None,
        callbacks=None,
        verbose=0,
        unlabelled_weight=weight,
    )
    # 50 rows without label, 10 in a batch; Keras looks at the first batch beforehand.
    assert asked == sorted(asked)
    assert [asked.count(epoch) for epoch in (1, 2)] == [5, 5]
    assert set(asked) == {0, 1, 2}


def test_refusals():
    df = moons(0, 60)
    model = small_model(df)
    x = df.drop(columns="moon")
    with pytest.raises(ValueError, match="`labelled` has no labels"):
        keras_docs.fit_with_pseudo_labels(model, x[:10], x[10:])
    with pytest.raises(ValueError, match="`ramp`"):
        keras_docs.fit_with_pseudo_labels(model, df[:10], x, ramp=(0.6, 0.2))
    with pytest.raises(ValueError, match="`weight`"):
        keras_docs.fit_with_entropy_regularization(model, df[:10], x, weight=-1)
    with pytest.raises(ValueError, match="`batch_size`"):
        keras_docs.fit_with_pseudo_labels(model, df[:10], x, batch_size=1)
    not_compiled = keras_docs.TabTransformerClassifier(
        model.backbone, preprocessor=model.preprocessor, compile=False
    )
    with pytest.raises(ValueError, match="not compiled"):
        keras_docs.fit_with_pseudo_labels(not_compiled, df[:10], x)
    regressor = keras_docs.TabTransformerRegressor(
        model.backbone,
        keras_docs.TabTransformerPreprocessor(
            target="a", numeric_encodings=("standard",), columns={"moon": "ignore"}
        ).adapt(df.assign(c=df["b"] ** 2)),
        hidden_dims=[4],
    )
    with pytest.raises(ValueError, match="classifiers"):
        keras_docs.fit_with_pseudo_labels(
            regressor, df.assign(c=df["b"] ** 2), df.assign(c=df["b"] ** 2)
        )
