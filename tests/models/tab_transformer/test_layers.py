"""The layers of TabTransformer against independent twins: PyTorch's, and NumPy."""

import keras
import numpy as np
import pytest

from keras_docs.models.tab_transformer.column_classifier import ColumnClassifier
from keras_docs.models.tab_transformer.column_embedding import ColumnEmbedding
from keras_docs.models.tab_transformer.member_mean import MemberMean
from keras_docs.models.tab_transformer.mlp_head import MLPHead
from keras_docs.models.tab_transformer.piecewise_linear_embedding import (
    PiecewiseLinearEmbedding,
)


def value(tensor):
    return keras.ops.convert_to_numpy(tensor)


def randomize(layer, seed=0):
    random = np.random.default_rng(seed)
    for variable in layer.trainable_variables:
        variable.assign(random.normal(0.1, 0.5, variable.shape))


def numbers(*shape):
    return np.random.default_rng(1).normal(size=shape).astype("float32")


@pytest.mark.parametrize("mode", ["concat", "add", "none"])
def test_column_embedding(mode):
    cardinalities, hidden_dim, shared_dim = [3, 1, 4], 8, 2
    layer = ColumnEmbedding(cardinalities, hidden_dim, mode, shared_dim)
    x = np.array([[0, 0, 0], [2, 0, 3], [1, 0, 2]], "int32")
    layer.build(x.shape)
    randomize(layer)
    own = layer.category_embedding.embeddings.numpy()
    starts = [0, 3, 4]
    for row, categories in zip(value(layer(x)), x, strict=True):
        for column, category in enumerate(categories):
            expected = own[starts[column] + category]
            if mode == "add":
                expected = expected + layer.column_embedding.numpy()[column]
            elif mode == "concat":
                shared = layer.column_embedding.numpy()[column]
                expected = np.concatenate([shared, expected])
            np.testing.assert_allclose(row[column], expected, rtol=1e-6)
    own_dim = hidden_dim - shared_dim if mode == "concat" else hidden_dim
    shared = {"concat": 3 * shared_dim, "add": 3 * hidden_dim, "none": 0}[mode]
    assert layer.count_params() == 8 * own_dim + shared


def test_piecewise_linear_embedding():
    layer = PiecewiseLinearEmbedding(num_columns=2, num_bins=3, output_dim=4)
    x = np.array([[0.0, 3.0], [1.25, -1.0], [2.5, 0.75]], "float32")
    layer.build(x.shape)
    randomize(layer)
    # By hand: one entry per bin, then one for "missing".
    encoded = np.array(
        [
            [[0, 0, 0, 0], [1, 1, 1, 0]],
            [[1, 0.25, 0, 0], [0, 0, 0, 1]],
            [[1, 1, 0.5, 0], [0.75, 0, 0, 0]],
        ],
        "float32",
    )
    np.testing.assert_allclose(value(layer.encode(keras.ops.array(x))), encoded)
    expected = np.einsum("bct,cto->bco", encoded, layer.kernel.numpy())
    expected = expected + layer.bias.numpy()
    np.testing.assert_allclose(value(layer(x)), expected, rtol=1e-5, atol=1e-6)


def test_piecewise_linear_embedding_is_continuous_and_linear_in_a_bin():
    layer = PiecewiseLinearEmbedding(1, 4, 3)
    x = np.linspace(0, 4, 4001, dtype="float32")[:, None]
    steps = np.diff(value(layer(x))[:, 0], axis=0).reshape(4, 1000, 3)
    np.testing.assert_allclose(
        steps, np.broadcast_to(steps[:, :1], steps.shape), atol=1e-5
    )


def selu(x):
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    return scale * np.where(x > 0, x, alpha * (np.exp(x) - 1))


def test_mlp_head_of_the_paper():
    x = numbers(6, 5)
    head = MLPHead([8, 4], 3)
    head.build(x.shape)
    randomize(head)
    for variable in head.non_trainable_variables:
        variable.assign(np.linspace(0.5, 2.0, variable.shape[0]))
    hidden = x
    for dense, norm in zip(
        head.hidden_layers[::2], head.hidden_layers[1::2], strict=True
    ):
        hidden = selu(hidden @ dense.kernel.numpy() + dense.bias.numpy())
        mean, variance = norm.moving_mean.numpy(), norm.moving_variance.numpy()
        hidden = (hidden - mean) / np.sqrt(variance + norm.epsilon)
        hidden = hidden * norm.gamma.numpy() + norm.beta.numpy()
    expected = hidden @ head.output_kernel.numpy()[0] + head.output_bias.numpy()[0]
    outputs = value(head(x))
    assert outputs.shape == (6, 1, 3)
    np.testing.assert_allclose(outputs[:, 0], expected, rtol=1e-4, atol=1e-5)


def test_mlp_head_of_an_ensemble():
    x = numbers(6, 5)
    head = MLPHead([8], 2, "relu", batch_normalization=False, num_members=3)
    head.build(x.shape)
    assert set(np.unique(head.member_scale.numpy())) == {-1.0, 1.0}
    randomize(head)
    dense = head.hidden_layers[0]
    outputs = value(head(x))
    assert outputs.shape == (6, 3, 2)
    for member in range(3):
        hidden = (x * head.member_scale.numpy()[member]) @ dense.kernel.numpy()
        hidden = np.maximum(hidden + dense.bias.numpy(), 0)
        expected = hidden @ head.output_kernel.numpy()[member]
        expected = expected + head.output_bias.numpy()[member]
        np.testing.assert_allclose(outputs[:, member], expected, rtol=1e-4, atol=1e-5)


def test_mlp_head_without_hidden_layers_is_linear():
    x = numbers(4, 5)
    head = MLPHead([], 2)
    head.build(x.shape)
    randomize(head)
    expected = x @ head.output_kernel.numpy()[0] + head.output_bias.numpy()[0]
    np.testing.assert_allclose(value(head(x))[:, 0], expected, rtol=1e-5, atol=1e-6)


def test_member_mean():
    x = numbers(4, 3, 2)
    layer = MemberMean()
    np.testing.assert_allclose(value(layer(x)), x.mean(axis=1), rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(value(layer(x, training=True)), x)
    single = layer(x[:, :1], training=True)
    np.testing.assert_array_equal(value(single), x[:, 0])


def test_column_classifier():
    x = numbers(5, 3, 4)
    layer = ColumnClassifier([2, 4, 3])
    layer.build(x.shape)
    randomize(layer)
    logits = value(layer(x))
    for column, classes in enumerate([2, 4, 3]):
        expected = x[:, column] @ layer.kernel.numpy()[column]
        expected = expected + layer.bias.numpy()[column]
        np.testing.assert_allclose(
            logits[:, column, :classes], expected[:, :classes], rtol=1e-4, atol=1e-5
        )
        assert (logits[:, column, classes:] < -1e8).all()


@pytest.mark.parametrize(
    "layer",
    [
        ColumnEmbedding([3, 4], 8, "add", 2),
        PiecewiseLinearEmbedding(2, 3, 4),
        MLPHead([8], 2, "relu", False, 0.1, 3),
        MemberMean(),
        ColumnClassifier([2, 3]),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_config_round_trip(layer):
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert again.get_config() == layer.get_config()
