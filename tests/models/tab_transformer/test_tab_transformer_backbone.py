import keras
import numpy as np
import pytest

from keras_docs import TabTransformerBackbone

SMALL = {"hidden_dim": 8, "num_layers": 1, "num_heads": 2}


def value(tensor):
    return keras.ops.convert_to_numpy(tensor)


def inputs(rows=5):
    random = np.random.default_rng(0)
    return {
        "categorical": random.integers(0, 3, (rows, 2)).astype("int32"),
        "continuous": random.normal(size=(rows, 3)).astype("float32"),
        "ranks": random.uniform(0, 4, (rows, 2)).astype("float32"),
    }


def everything(**kwargs):
    return TabTransformerBackbone([3, 5], 3, 2, 4, **{**SMALL, **kwargs})


def test_the_papers_defaults_have_as_many_parameters_as_the_formula():
    cardinalities, d = [10, 4, 3], 32
    backbone = TabTransformerBackbone(cardinalities, num_continuous=2)
    shared = d // 8
    embeddings = sum(cardinalities) * (d - shared) + len(cardinalities) * shared
    attention = (d * 3 * d + 3 * d) + (d * d + d)
    feedforward = (d * 4 * d + 4 * d) + (4 * d * d + d)
    block = attention + feedforward + 2 * 2 * d
    trainable = sum(int(np.prod(v.shape)) for v in backbone.trainable_variables)
    assert trainable == embeddings + 6 * block
    assert backbone.num_heads == 8 and not backbone.normalize_first


def test_the_papers_mlp_head_has_as_many_parameters_as_the_formula():
    from keras_docs import TabTransformerClassifier

    backbone = TabTransformerBackbone([10, 4, 3], num_continuous=2)
    model = TabTransformerClassifier(backbone, num_classes=2)
    width = 3 * 32 + 2
    sizes = [width, 4 * width, 2 * width]
    dense = sum(a * b + b for a, b in zip(sizes, sizes[1:], strict=False))
    norms = 2 * sum(sizes[1:])
    head = sum(int(np.prod(v.shape)) for v in model.head.trainable_variables)
    assert head == dense + norms + 2 * width * 2 + 2


def test_shapes_and_names_of_outputs():
    outputs = everything()(inputs())
    assert outputs["contextual_embeddings"].shape == (5, 4, 8)
    assert outputs["features"].shape == (5, 4 * 8 + 3)
    features = value(outputs["features"])
    flat = value(outputs["contextual_embeddings"]).reshape(5, -1)
    np.testing.assert_array_equal(features[:, :32], flat)
    np.testing.assert_array_equal(features[:, 32:], inputs()["continuous"])


@pytest.mark.parametrize(
    ("arguments", "keys", "columns", "width"),
    [
        ({"cardinalities": [3, 5]}, ["categorical"], 2, 16),
        ({"num_continuous": 3}, ["continuous"], 0, 3),
        ({"num_ranks": 2, "num_bins": 4}, ["ranks"], 2, 16),
        (
            {"cardinalities": [3, 5], "num_continuous": 3},
            ["categorical", "continuous"],
            2,
            19,
        ),
        (
            {"num_continuous": 3, "num_ranks": 2, "num_bins": 4},
            ["continuous", "ranks"],
            2,
            19,
        ),
    ],
)
def test_streams_that_are_absent(arguments, keys, columns, width):
    backbone = TabTransformerBackbone(**arguments, **SMALL)
    outputs = backbone({key: inputs()[key] for key in keys})
    assert sorted(backbone.input) == sorted(keys)
    assert outputs["features"].shape == (5, width)
    assert ("contextual_embeddings" in outputs) == bool(columns)


def test_without_layers_columns_do_not_see_each_other():
    x = inputs()
    changed = {**x, "categorical": (x["categorical"] + [[1, 0]]) % 3}
    for layers, sees in ((0, False), (1, True)):
        backbone = everything(num_layers=layers)
        before, after = backbone(x), backbone(changed)
        difference = np.abs(
            value(before["contextual_embeddings"])
            - value(after["contextual_embeddings"])
        ).max(axis=(0, 2))
        assert difference[0] > 0 and (difference[1:] > 0).all() == sees


def test_layer_norm_of_the_continuous_stream():
    backbone = everything(continuous_normalization="layer_norm")
    x = inputs()["continuous"].astype("float64")
    expected = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5)
    features = value(backbone(inputs())["features"])
    np.testing.assert_allclose(features[:, -3:], expected, rtol=1e-4, atol=1e-5)


def test_batch_norm_learns_statistics_only_while_training_and_unfrozen():
    backbone = everything(continuous_normalization="batch_norm")
    norm = backbone.get_layer("continuous_norm")
    backbone(inputs())
    np.testing.assert_array_equal(norm.moving_mean.numpy(), 0)
    backbone.trainable = False
    backbone(inputs(), training=True)
    np.testing.assert_array_equal(norm.moving_mean.numpy(), 0)
    backbone.trainable = True
    backbone(inputs(), training=True)
    mean = inputs()["continuous"].mean(axis=0)
    np.testing.assert_allclose(norm.moving_mean.numpy(), 0.01 * mean, rtol=1e-3)


def test_all_missing_rows_are_finite():
    x = inputs()
    x = {**x, "categorical": 0 * x["categorical"], "ranks": -np.ones_like(x["ranks"])}
    assert np.isfinite(value(everything()(x)["features"])).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "no columns"),
        ({"cardinalities": [3, 0]}, r"cardinalities.*\[3, 0\]"),
        ({"num_ranks": 2}, "num_bins"),
        (
            {"cardinalities": [3], "num_heads": 3, "hidden_dim": 8},
            "num_heads.*hidden_dim",
        ),
        ({"cardinalities": [3], "column_embedding": "sum"}, "column_embedding.*sum"),
        (
            {"num_continuous": 3, "continuous_normalization": "l2"},
            "continuous_normalization.*l2",
        ),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        TabTransformerBackbone(**arguments)
