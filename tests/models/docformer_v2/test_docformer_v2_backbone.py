"""The backbone: its parameter counts, its inputs, what each of them changes."""

import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

import keras_docs
from keras_docs.models.base.weight_allowance import allow_weights
from keras_docs.models.docformer_v2.neighbour_embedding import NeighbourEmbedding
from keras_docs.models.docformer_v2.page_embedding import PageEmbedding, patch_boxes
from keras_docs.models.docformer_v2.patch_stem import PatchStem
from keras_docs.models.docformer_v2.smooth_rows import SmoothRows
from keras_docs.models.docformer_v2.spatial_embedding import SpatialEmbedding

sys.path.insert(0, str(Path(__file__).parent))

from docformer_v2_helpers import (  # noqa: E402
    SIZES,
    TEXT,
    backbone,
    inputs_of,
    outputs,
    pages,
)

Backbone = keras_docs.DocFormerV2Backbone


def array(x):
    return np.asarray(ops.convert_to_numpy(x))


def parameters(
    num_layers, num_heads, hidden_dim, intermediate_dim, vocabulary_size=32128
):
    """Counted by hand, from the description of the model."""
    d = hidden_dim
    attention, feedforward = 4 * d * d, 2 * d * intermediate_dim
    encoder = num_layers * (attention + feedforward + 2 * d) + d
    decoder = num_layers * (2 * attention + feedforward + 3 * d) + d
    biases = 2 * 32 * num_heads
    stem = (32 * 32 * 3 * d + d) + (d * d + d)
    places = 2 * 4 * 1024 * d
    return vocabulary_size * d + encoder + decoder + biases + stem + places + 3 * d


@pytest.mark.parametrize(
    ("size", "millions"), [("small", 66.5), ("base", 232.1), ("large", 750.3)]
)
def test_parameter_counts_are_those_of_the_paper(size, millions):
    count = parameters(**Backbone.SIZES[size])
    assert count / 1e6 == pytest.approx(millions, abs=0.06)


def test_a_model_has_as_many_parameters_as_counted():
    settings = Backbone.SIZES["small"]
    # Zeros, which are not drawn.
    with allow_weights([(10**9,)] * 1000, "model", are_read=True):
        model = Backbone(**settings)
    assert model.count_params() == parameters(**settings)
    assert model.num_patches == 128
    assert Backbone.SIZES["tiny"].items() <= model_defaults().items()


def model_defaults():
    import inspect

    signature = inspect.signature(Backbone.__init__)
    return {name: p.default for name, p in signature.parameters.items()}


def test_spatial_embedding_is_six_lookups():
    layer = SpatialEmbedding(5)
    boxes = np.array([[[10, 20, 40, 60], [-5, 0, 2000, 1000]]])
    found = array(layer(boxes))[0]
    x, y, w, h = (
        array(getattr(layer, f"{name}_table").embeddings)
        for name in ("x", "y", "width", "height")
    )
    expected = x[10] + x[40] + y[20] + y[60] + w[30] + h[40]
    np.testing.assert_allclose(found[0], expected, atol=1e-6)
    # Beyond the page is its edge.
    expected = x[0] + x[1000] + y[0] + y[1000] + w[1000] + h[1000]
    np.testing.assert_allclose(found[1], expected, atol=1e-6)


def test_neighbour_embedding_is_four_lookups():
    layer = NeighbourEmbedding(5)
    boxes = np.array([[[10, 20, 40, 30], [50, 20, 90, 30], [10, 999, 800, 1000]]])
    found = array(layer(boxes))[0]
    gap_before, drop_before, gap_after, drop_after = (
        array(getattr(layer, f"{name}_table").embeddings)
        for name in ("gap_before", "drop_before", "gap_after", "drop_after")
    )

    def row(gap):
        return min(max(gap, -512), 511) + 512

    gaps, drops = (10, 10, 10 - 90, -800), (20, 0, 979, -999)
    for place in range(3):
        expected = (
            gap_before[row(gaps[place])]
            + drop_before[row(drops[place])]
            + gap_after[row(gaps[place + 1])]
            + drop_after[row(drops[place + 1])]
        )
        np.testing.assert_allclose(found[place], expected, atol=1e-6)


@pytest.mark.parametrize("dim", [16, 7])
def test_smooth_rows_are_turned_waves(dim):
    table = array(SmoothRows(0.5, seed=3)((300, dim)))
    np.testing.assert_array_equal(table, array(SmoothRows(0.5, seed=3)((300, dim))))
    lengths = 8 * 256 ** (np.arange((dim + 1) // 2) / ((dim + 1) // 2 - 1))
    angles = 2 * np.pi * np.arange(300)[:, None] / lengths
    waves = np.hstack([np.sin(angles), np.cos(angles)])[:, :dim] * 0.5 * 2**0.5
    # A rotation leaves products as they are, and only a rotation does.
    np.testing.assert_allclose(table @ table.T, waves @ waves.T, atol=1e-4)
    other = array(SmoothRows(0.5, seed=4)((300, dim)))
    assert abs(table - other).max() > 0.1
    copy = keras.initializers.deserialize(
        keras.initializers.serialize(SmoothRows(0.5, seed=3))
    )
    np.testing.assert_array_equal(array(copy((300, dim))), table)


def test_stem_is_a_convolution_and_a_linear_layer():
    images = np.random.default_rng(0).uniform(0, 255, (2, 8, 12, 3)).astype("float32")
    stem = PatchStem(5, patch_size=4)
    found = array(stem(images))
    kernel = array(stem.patch_projection.kernel).reshape(4, 4, 3, 5)
    x = ops.conv(images / 127.5 - 1, kernel, strides=4, padding="valid")
    x = array(x).reshape(2, 6, 5) + array(stem.patch_projection.bias)
    expected = x @ array(stem.patch_output.kernel) + array(stem.patch_output.bias)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_patches_have_the_boxes_of_their_cells():
    boxes = patch_boxes((512, 256, 3), 32)[0]
    assert boxes.shape == (128, 4)
    assert boxes[0].tolist() == [0, 0, 125, 62]
    assert boxes[9].tolist() == [125, 62, 250, 125]
    assert boxes[-1].tolist() == [875, 938, 1000, 1000]


@pytest.mark.parametrize("use_neighbours", [False, True])
def test_page_embedding_puts_patches_first(use_neighbours):
    layer = PageEmbedding(8, (8, 4, 3), 4, use_neighbours)
    features = pages()
    tokens = np.random.default_rng(0).normal(size=(2, 6, 8)).astype("float32")
    found = array(
        layer(
            tokens,
            features["encoder_boxes"],
            features["segment_ids"],
            features["images"],
        )
    )
    assert found.shape == (2, 8, 8)
    kinds = array(layer.segment_embedding.embeddings)
    places = array(layer.text_places(features["encoder_boxes"]))
    if use_neighbours:
        places += array(layer.neighbours(features["encoder_boxes"]))
    expected = tokens + places + kinds[features["segment_ids"]]
    np.testing.assert_allclose(found[:, 2:], expected, atol=1e-5)
    cells = array(layer.patch_places(patch_boxes((8, 4, 3), 4)))
    expected = array(layer.patch_stem(features["images"])) + cells + kinds[0]
    np.testing.assert_allclose(found[:, :2], expected, atol=1e-5)


@pytest.mark.parametrize("spatial_bias", [None, "2d"])
def test_what_each_input_changes(spatial_bias):
    model = backbone(spatial_bias=spatial_bias)
    before = outputs(model, pages())
    encoder, decoder = "encoder_sequence_output", "decoder_sequence_output"
    assert before[encoder].shape == (2, 2 + 6, 8)
    assert before[decoder].shape == (2, 4, 8)

    def change(name, row, place, value):
        features = pages()
        features[name][row, place] = value
        after = outputs(model, features)
        return [
            abs(after[key] - before[key]).max((0, -1)) for key in (encoder, decoder)
        ]

    # Image, boxes (in the grid of 1000), kinds and words are seen everywhere.
    for name, value in (
        ("images", 0),
        ("encoder_boxes", [100, 100, 140, 120]),
        ("segment_ids", 1),
        ("encoder_token_ids", 39),
    ):
        seen, answered = change(name, 0, 3, value)
        assert seen.min() > 1e-4 and answered.min() > 1e-5, name
    # Padding is not.
    seen, answered = change("encoder_token_ids", 1, 5, 39)
    assert seen[:-1].max() < 1e-6 and seen[-1] > 1e-4 and answered.max() < 1e-6
    # The decoder does not look ahead.
    seen, answered = change("decoder_token_ids", 0, 2, 39)
    assert seen.max() == 0 and answered[:2].max() < 1e-6 and answered[2:].min() > 1e-4


def test_inputs_follow_the_config():
    text = backbone(**TEXT)
    assert set(text.input) == {
        "encoder_token_ids",
        "encoder_padding_mask",
        "decoder_token_ids",
        "decoder_padding_mask",
    }
    no_image = backbone(image_shape=None)
    assert set(no_image.input) == set(text.input) | {"encoder_boxes", "segment_ids"}
    assert outputs(no_image, inputs_of(no_image))["encoder_sequence_output"].shape == (
        2,
        6,
        8,
    )
    grey = backbone(image_shape=(8, 8, 1), num_decoder_layers=0)
    assert grey.num_patches == 4 and set(grey.output) == {"encoder_sequence_output"}


def test_encoder_alone():
    model = backbone(tie_embedding_weights=False, spatial_bias="2d")
    alone = model.encoder()
    assert "decoder_token_ids" not in alone.input
    found = outputs(alone, inputs_of(alone))
    name = "encoder_sequence_output"
    np.testing.assert_allclose(found[name], outputs(model, pages())[name], atol=1e-6)


def test_a_list_of_a_json_file_is_a_shape():
    model = backbone(image_shape=[8, 4, 3])
    assert model.get_config()["image_shape"] == [8, 4, 3]
    assert backbone(**{**TEXT, "image_shape": None}).get_config()["image_shape"] is None
    only_text = Backbone(**{k: v for k, v in TEXT.items() if k != "image_shape"})
    assert only_text.image_shape is None


@pytest.mark.parametrize("dtype", ["mixed_float16", "bfloat16"])
def test_half_precision(dtype):
    exact = backbone(spatial_bias="2d")
    model = backbone(spatial_bias="2d", dtype=dtype)
    for ours, theirs in zip(model.weights, exact.weights, strict=True):
        ours.assign(ops.copy(ops.cast(theirs, ours.dtype)))
    expected = outputs(exact, pages())
    for name, found in outputs(model, pages()).items():
        np.testing.assert_allclose(found, expected[name], atol=0.1)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"num_heads": 3}, "`num_heads` must divide `hidden_dim`"),
        ({"spatial_bias": "3d"}, '`spatial_bias` must be None or "2d"'),
        ({"image_shape": (8, 5, 3)}, r"`image_shape`.*\(8, 5, 3\)"),
        ({"image_shape": (8, 4)}, r"`image_shape`.*\(8, 4\)"),
        ({"use_layout": False}, "need `use_layout=True`"),
        ({"use_layout": False, "image_shape": None, "spatial_bias": "2d"}, "need `use"),
        ({"use_layout": False, "image_shape": None, "use_neighbours": True}, "need"),
        ({"num_buckets": 300}, "`max_distance`"),
    ],
    ids=str,
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        backbone(**kwargs)


def test_trains_with_dropout():
    """Dropout draws in training alone."""
    model = backbone(dropout=0.5, attention_dropout=0.5)
    first, second = outputs(model, pages()), outputs(model, pages())
    name = "decoder_sequence_output"
    np.testing.assert_array_equal(first[name], second[name])
    trained = array(model(pages(), training=True)[name])
    assert abs(trained - first[name]).max() > 1e-3


def test_sizes_table():
    assert SIZES["hidden_dim"] == 8
    assert list(Backbone.SIZES) == ["tiny", "small", "base", "large"]
    assert keras.saving.get_registered_name(Backbone) == (
        "keras_docs>DocFormerV2Backbone"
    )
