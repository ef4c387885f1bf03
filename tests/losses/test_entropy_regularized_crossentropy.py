"""The losses of rows with and without labels, against NumPy."""

import keras
import numpy as np
import pytest

from keras_docs.losses.entropy_regularized_crossentropy import (
    EntropyRegularizedCrossentropy,
)
from keras_docs.losses.pseudo_label_crossentropy import PseudoLabelCrossentropy

LABELS = np.array([2, -1, 0, -1, 1])


@pytest.fixture
def probabilities():
    scores = np.random.default_rng(3).normal(size=(5, 3))
    return (np.exp(scores) / np.exp(scores).sum(1, keepdims=True)).astype("float32")


def crossentropy(p):
    return np.array([-np.log(p[i, max(label, 0)]) for i, label in enumerate(LABELS)])


@pytest.mark.parametrize("shape", [(5,), (5, 1)])
def test_entropy_of_rows_without_label(probabilities, shape):
    p = probabilities
    entropy = -(p * np.log(p)).sum(1)
    expected = np.where(LABELS >= 0, crossentropy(p), 0.3 * entropy)
    labels = LABELS.reshape(shape)
    found = EntropyRegularizedCrossentropy(0.3, reduction="none")(labels, p)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(found), expected, rtol=1e-5)
    mean = EntropyRegularizedCrossentropy(0.3)(labels, p)
    assert float(mean) == pytest.approx(expected.mean(), rel=1e-5)


def test_pseudo_label_is_the_likeliest_class(probabilities):
    p = probabilities
    pseudo = -np.log(p[np.arange(5), p.argmax(1)])
    expected = np.where(LABELS >= 0, crossentropy(p), 0.3 * pseudo)
    found = PseudoLabelCrossentropy(0.3, reduction="none")(LABELS, p)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(found), expected, rtol=1e-5)


def test_without_unknown_labels_it_is_keras_crossentropy(probabilities):
    labels = np.abs(LABELS)
    for cls in (EntropyRegularizedCrossentropy, PseudoLabelCrossentropy):
        theirs = keras.losses.SparseCategoricalCrossentropy()(labels, probabilities)
        ours = cls(9.0)(labels, probabilities)
        assert float(ours) == pytest.approx(float(theirs), rel=1e-5)


def test_certain_predictions_are_finite():
    p = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], "float32")
    labels = np.array([1, -1, -1])
    for cls in (EntropyRegularizedCrossentropy, PseudoLabelCrossentropy):
        found = keras.ops.convert_to_numpy(cls(1.0, reduction="none")(labels, p))
        assert np.isfinite(found).all()
        np.testing.assert_allclose(found[1:], 0, atol=1e-5)


def test_config_round_trip():
    for cls in (EntropyRegularizedCrossentropy, PseudoLabelCrossentropy):
        config = keras.saving.serialize_keras_object(cls(0.7))
        assert keras.saving.deserialize_keras_object(config).weight == 0.7


def test_negative_weight():
    with pytest.raises(ValueError, match="`weight`"):
        EntropyRegularizedCrossentropy(-0.1)
