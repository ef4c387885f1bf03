"""DistillationLoss against its formula in NumPy."""

import keras
import numpy as np
import pytest

from keras_docs.losses.distillation_loss import DistillationLoss


def softmax(scores):
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def divergence(teacher, student, temperature):
    p, q = softmax(teacher / temperature), softmax(student / temperature)
    return temperature**2 * (p * np.log(p / q)).sum(-1)


@pytest.fixture
def logits():
    return 3 * np.random.default_rng(0).normal(size=(2, 5, 4, 3)).astype("float32")


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_formula_and_weights(logits, temperature):
    teacher, student = logits
    expected = divergence(teacher.astype("float64"), student, temperature)
    loss = DistillationLoss(temperature, reduction="none")
    found = keras.ops.convert_to_numpy(loss(teacher, student))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    weights = np.random.default_rng(1).integers(0, 3, (5, 4)).astype("float32")
    mean = float(DistillationLoss(temperature)(teacher, student, weights))
    assert mean == pytest.approx((weights * expected).sum() / weights.sum(), rel=1e-4)


def test_probabilities_are_compared_like_their_logits(logits):
    teacher, student = logits
    from_logits = float(DistillationLoss(2.0)(teacher, student))
    loss = DistillationLoss(2.0, from_logits=False)
    assert float(loss(softmax(teacher), softmax(student))) == pytest.approx(
        from_logits, rel=1e-4
    )


def test_gradients_at_a_high_temperature_match_those_of_the_squared_difference():
    """Hinton et al. 2015, section 2.1: with zero-mean logits and T → ∞, T² times the
    gradient of the loss is (student - teacher) / classes."""
    rng = np.random.default_rng(0)
    teacher, student = rng.normal(size=(2, 6))
    teacher, student = teacher - teacher.mean(), student - student.mean()
    slope, step = np.empty(6), 0.05
    loss = DistillationLoss(50.0)
    for i, move in enumerate(step * np.eye(6)):
        # Zero-mean moves, as the formula supposes.
        ends = [student + sign * move for sign in (1, -1)]
        values = [float(loss(teacher[None], end[None])) for end in ends]
        slope[i] = (values[0] - values[1]) / (2 * step)
    np.testing.assert_allclose(slope, (student - teacher) / 6, atol=0.02)


def test_config_round_trips_and_bad_temperatures_are_refused(logits):
    loss = DistillationLoss(3.0, from_logits=False)
    again = DistillationLoss.from_config(loss.get_config())
    assert again.get_config() == loss.get_config()
    assert (again.temperature, again.from_logits) == (3.0, False)
    for temperature in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="`temperature` must be above 0"):
            DistillationLoss(temperature)
