import keras
import numpy as np
from contract_examples import backbone, preprocessor, rows

from keras_docs import TabTransformerReplacedTokenDetector


def pretrainer(**kwargs):
    arguments = {"preprocessor": preprocessor(), **kwargs}
    return TabTransformerReplacedTokenDetector(backbone(), **arguments)


def test_replacements_follow_the_columns_distribution():
    from scipy.stats import chisquare

    model = pretrainer()
    trained_on = preprocessor().encode_features(rows())["categorical"]
    repeats = np.repeat(np.arange(40), 500)
    features = model.preprocess_features(rows())
    features = {key: array[repeats] for key, array in features.items()}
    everything = np.ones((len(repeats), 6), bool)
    drawn = model.corrupt(features, everything)[0]["categorical"]
    for column, size in enumerate(model.backbone.cardinalities):
        share = np.bincount(trained_on[:, column], minlength=size) / 40
        counts = np.bincount(drawn[:, column], minlength=size)
        assert len(counts) == size and not counts[share == 0].any()
        expected = share[share > 0] * len(repeats)
        assert chisquare(counts[share > 0], expected).pvalue > 1e-3
        # Drawn for itself, not with what was there.
        there = features["categorical"][:, column]
        assert abs(np.corrcoef(drawn[:, column], there)[0, 1]) < 0.04


def test_labels_tell_what_really_changed():
    model = pretrainer()
    (real,) = model.preprocess_samples(rows(40))
    chosen = model.choose_columns(40)
    features, labels = model.corrupt(real, chosen)
    before = np.concatenate([real["categorical"], real["ranks"]], axis=1)
    after = np.concatenate([features["categorical"], features["ranks"]], axis=1)
    np.testing.assert_array_equal(labels, before != after)
    assert labels.dtype == "float32"
    # Nothing else changed, and a draw of the value that was there counts as real.
    assert not labels[~chosen].any() and not labels[chosen].all()
    np.testing.assert_array_equal(features["continuous"], real["continuous"])


def test_numbers_take_the_values_of_other_rows():
    model = pretrainer()
    real = model.preprocess_features(rows(40))
    everything = np.ones((40, 6), bool)
    drawn = model.corrupt(real, everything)[0]["ranks"]
    assert not np.array_equal(drawn, real["ranks"])
    np.testing.assert_array_equal(
        np.sort(drawn, axis=0), np.sort(real["ranks"], axis=0)
    )


def test_without_a_preprocessor_categories_come_from_other_rows():
    model = pretrainer(preprocessor=None)
    real = preprocessor().encode_features(rows(40))
    everything = np.ones((40, 6), bool)
    drawn = model.corrupt(real, everything)[0]["categorical"]
    assert not np.array_equal(drawn, real["categorical"])
    np.testing.assert_array_equal(
        np.sort(drawn, axis=0), np.sort(real["categorical"], axis=0)
    )


def test_loss_is_the_binary_cross_entropy_over_all_columns():
    model = pretrainer()
    features, labels = model.transform_batch(model.preprocess_samples(rows(20)))
    logits = keras.ops.convert_to_numpy(model(features)).astype("float64")
    assert logits.shape == labels.shape == (20, 6)
    loss = model.compute_loss(
        x=None,
        y=keras.ops.array(labels),
        y_pred=keras.ops.array(logits.astype("float32")),
    )
    expected = np.mean(np.log1p(np.exp(logits)) - labels * logits)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(loss), expected, rtol=1e-4)
