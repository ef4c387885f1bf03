import keras
import numpy as np
import pandas as pd
import pytest
from contract_examples import backbone, preprocessor, rows

from keras_docs import TabTransformerClassifier


def value(tensor):
    return keras.ops.convert_to_numpy(tensor)


def classifier(**kwargs):
    small = {"hidden_dims": [8], "batch_normalization": False}
    return TabTransformerClassifier(
        backbone(dropout=0.0), preprocessor=preprocessor(), **{**small, **kwargs}
    )


def test_outputs_are_probabilities():
    probabilities = classifier(num_members=3).predict(rows(10), verbose=0)
    assert probabilities.shape == (10, 2) and probabilities.dtype == "float32"
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_members_are_apart_while_training_and_averaged_after():
    model = classifier(num_members=3)
    x = model.preprocess_features(rows(10))
    members = value(model(x, training=True))
    assert members.shape == (10, 3, 2)
    mean = members.mean(axis=1)
    np.testing.assert_allclose(value(model(x)), mean, rtol=1e-4, atol=1e-6)
    assert abs(members - mean[:, None]).max() > 1e-3


@pytest.mark.parametrize("weighted", [False, True])
def test_loss_is_the_mean_of_the_members_losses(weighted):
    random = np.random.default_rng(0)
    probabilities = random.dirichlet([1, 1], (10, 3)).astype("float32")
    labels = random.integers(0, 2, 10)
    weights = random.uniform(0, 2, 10).astype("float32") if weighted else None
    loss = classifier(num_members=3).compute_loss(
        x=None,
        y=keras.ops.array(labels),
        y_pred=keras.ops.array(probabilities),
        sample_weight=None if weights is None else keras.ops.array(weights),
    )
    per_member = -np.log(probabilities[np.arange(10), :, labels])
    expected = (per_member * (1 if weights is None else weights[:, None])).mean()
    np.testing.assert_allclose(value(loss), expected, rtol=1e-5)


def test_reported_loss_of_an_ensemble_while_testing_is_that_of_the_mean():
    model, table = classifier(num_members=3), rows(12)
    probabilities = model.predict(table, verbose=0)
    labels = preprocessor()(table)[1]
    found = model.evaluate(table, verbose=0, return_dict=True)
    expected = -np.log(probabilities[np.arange(12), labels]).mean()
    np.testing.assert_allclose(found["loss"], expected, rtol=1e-4)
    accuracy = (probabilities.argmax(axis=1) == labels).mean()
    np.testing.assert_allclose(found["accuracy"], accuracy, rtol=1e-6)


def test_classify_tells_labels_and_probabilities():
    model, table = classifier(), rows(10).drop(columns="label")
    answer = model.classify(table)
    probabilities = model.predict(table, verbose=0)
    assert isinstance(answer, pd.DataFrame) and len(answer) == 10
    assert list(answer.columns[:2]) == ["label", "probability"]
    classes = np.array(["no", "yes"])
    assert (answer["label"] == classes[probabilities.argmax(axis=1)]).all()
    for i, name in enumerate(classes):
        np.testing.assert_array_equal(
            answer[f"probability of {name}"], probabilities[:, i]
        )
    np.testing.assert_array_equal(answer["probability"], probabilities.max(axis=1))


def test_embed_gives_the_contextual_embeddings():
    model = classifier()
    x = model.preprocess_features(rows(6))
    embeddings = model.embed(rows(6))
    encoder = model.preprocessor
    columns = len(encoder.categorical_names + encoder.rank_names)
    assert embeddings.shape == (6, columns, 8) and embeddings.dtype == "float32"
    expected = value(model.backbone(x)["contextual_embeddings"])
    np.testing.assert_allclose(embeddings, expected, rtol=1e-5, atol=1e-6)


def test_without_a_preprocessor_arrays_go_in():
    with_table = classifier()
    x, y = with_table.preprocessor(rows(16))
    model = TabTransformerClassifier(
        with_table.backbone, 2, hidden_dims=[8], batch_normalization=False
    )
    model.set_weights(with_table.get_weights())
    np.testing.assert_array_equal(
        model.predict(x, verbose=0), with_table.predict(rows(16), verbose=0)
    )
    found = model.evaluate(x, y, verbose=0)
    np.testing.assert_allclose(found, with_table.evaluate(rows(16), verbose=0))


def test_fitting_leaves_what_the_preprocessor_learned():
    model = classifier()
    before = model.preprocessor.get_config()
    other = rows(40).assign(age=lambda table: table["age"] * 100)
    model.fit(other, epochs=1, batch_size=20, verbose=0)
    assert model.preprocessor.get_config() == before


def test_automatic_training_stops_and_keeps_the_best_epoch():
    model = classifier()
    model.compile(optimizer=keras.optimizers.SGD(0.5))
    table = rows(40)
    history = model.fit(
        table, validation_data=table, batch_size=20, patience=3, verbose=0
    )
    losses = history.history["val_loss"]
    assert len(losses) == np.argmin(losses) + 1 + 3 < 200
    kept = model.evaluate(table, verbose=0)[0]
    np.testing.assert_allclose(kept, min(losses), rtol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_classes": 3}, "num_classes=3.*2 classes"),
        ({"num_classes": None, "preprocessor": None}, "num_classes.*missing"),
    ],
)
def test_bad_number_of_classes(arguments, message):
    arguments = {"preprocessor": preprocessor(), **arguments}
    with pytest.raises(ValueError, match=message):
        TabTransformerClassifier(backbone(), **arguments)


def test_class_weight_for_an_unknown_class_is_refused():
    with pytest.raises(ValueError, match="class_weight.*maybe"):
        classifier().fit(rows(20), class_weight={"maybe": 2.0}, epochs=1)
