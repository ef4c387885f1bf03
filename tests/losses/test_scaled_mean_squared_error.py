import keras
import numpy as np
import pytest

from keras_docs.losses.scaled_mean_squared_error import ScaledMeanSquaredError

TRUE = np.array([[100.0], [90.0], [110.0]], "float32")
PREDICTED = np.array([[120.0], [90.0], [105.0]], "float32")


def value(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("scale", [1.0, 10.0, 1e4])
def test_formula(scale):
    expected = np.mean(((TRUE - PREDICTED) / scale) ** 2)
    loss = ScaledMeanSquaredError(scale=scale)
    np.testing.assert_allclose(value(loss(TRUE, PREDICTED)), expected, rtol=1e-6)


def test_labels_without_the_last_axis_are_not_broadcast():
    # (rows,) against (rows, 1) would otherwise become (rows, rows).
    loss = ScaledMeanSquaredError(scale=10.0)
    np.testing.assert_allclose(
        value(loss(TRUE[:, 0], PREDICTED)), value(loss(TRUE, PREDICTED))
    )


def test_sample_weight():
    loss = ScaledMeanSquaredError(scale=10.0)
    weighted = value(loss(TRUE, PREDICTED, sample_weight=np.array([0.0, 0.0, 1.0])))
    np.testing.assert_allclose(weighted, 0.25 / 3, rtol=1e-6)


def test_equals_mse_of_a_standardised_target():
    mean, scale = TRUE.mean(), TRUE.std()
    standardised = keras.losses.MeanSquaredError()(
        (TRUE - mean) / scale, (PREDICTED - mean) / scale
    )
    ours = ScaledMeanSquaredError(scale=scale)(TRUE, PREDICTED)
    np.testing.assert_allclose(value(ours), value(standardised), rtol=1e-5)


def test_config_round_trip():
    loss = ScaledMeanSquaredError(scale=3.0, name="x")
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.get_config() == loss.get_config() and again.scale == 3.0
