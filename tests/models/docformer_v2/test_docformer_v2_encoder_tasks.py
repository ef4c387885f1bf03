"""Labels of tokens and links of entities, by the encoder alone."""

import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_docs.models.docformer_v2.biaffine import Biaffine
from keras_docs.models.docformer_v2.docformer_v2_entity_linker import (
    DocFormerV2EntityLinker,
)
from keras_docs.models.docformer_v2.docformer_v2_token_classifier import (
    DocFormerV2TokenClassifier,
)
from keras_docs.models.docformer_v2.pair_loss import PairLoss

sys.path.insert(0, str(Path(__file__).parent))

from docformer_v2_helpers import backbone, outputs, pages, question  # noqa: E402

SPANS = np.array([[[0, 2], [2, 3], [4, 5]], [[1, 2], [3, 4], [0, 0]]])
KINDS = np.array([[1, 2, 2], [2, 1, 0]])


def array(x):
    return np.asarray(keras.ops.convert_to_numpy(x))


def test_labels_belong_to_the_text_alone():
    whole = backbone(num_layers=1)
    model = DocFormerV2TokenClassifier(whole, num_labels=5, dropout=0.0)
    features = question(model)
    assert "decoder_token_ids" not in model.input
    found = outputs(model, features)
    hidden = outputs(whole, pages())["encoder_sequence_output"][:, 2:]
    kernel, bias = map(array, (model.label_logits.kernel, model.label_logits.bias))
    np.testing.assert_allclose(found, hidden @ kernel + bias, atol=1e-5)


@pytest.mark.costly
def test_learns_labels():
    """The label is whether a token stands in the left half."""
    encoder = backbone(num_layers=1, num_decoder_layers=0, hidden_dim=16)
    model = DocFormerV2TokenClassifier(encoder, num_labels=2, dropout=0.0)
    features = question(model, pages(rows=8, seed=3))
    y = (features["encoder_boxes"][..., 0] > 300).astype("int32")
    weight = features["encoder_padding_mask"].astype("float32")
    model.compile(optimizer=keras.optimizers.Adam(0.02))
    history = model.fit(features, y, sample_weight=weight, epochs=40, verbose=0)
    assert history.history["accuracy"][-1] > 0.9
    right = model.predict(features, verbose=0).argmax(-1) == y
    assert right[weight == 1].mean() > 0.9


def test_biaffine_is_its_formula():
    layer = Biaffine(4)
    x = np.random.default_rng(0).normal(size=(2, 3, 6)).astype("float32")
    found = array(layer(x))
    for variable in layer.weights:
        variable.assign(np.random.default_rng(1).normal(size=variable.shape))
    found = array(layer(x))
    w = {v.path.split("/", 1)[1]: array(v) for v in layer.weights}

    def dense(x, name):
        return x @ w[f"{name}/kernel"] + w[f"{name}/bias"]

    for row in range(2):
        a = np.maximum(dense(x[row], "source"), 0)
        b = np.maximum(dense(x[row], "target"), 0)
        for i in range(3):
            for j in range(3):
                pair = (a[i] @ w["pair/kernel"] + w["pair/bias"]) @ b[j]
                expected = pair / 4**0.5 + dense(a[i], "alone")[0]
                assert found[row, i, j] == pytest.approx(expected, abs=1e-3)


def test_pair_loss_is_keras_own_on_weighted_pairs():
    random = np.random.default_rng(0)
    y, scores = random.integers(0, 2, (2, 3, 3)), random.normal(size=(2, 3, 3))
    weight = random.integers(0, 2, (2, 3, 3))
    ours = PairLoss()(y, scores.astype("float32"), sample_weight=weight)
    kept = weight == 1
    theirs = keras.losses.BinaryCrossentropy(from_logits=True)
    expected = theirs(y[kept], scores[kept].astype("float32"))
    assert float(array(ours)) == pytest.approx(float(array(expected)), abs=1e-6)


def test_links_of_what_cannot_be_linked():
    model = DocFormerV2EntityLinker(backbone(num_layers=1), num_labels=2, link_dim=4)
    features = {**question(model.backbone), "entity_spans": SPANS}
    features["entity_labels"] = KINDS
    found = outputs(model, features)
    assert found.shape == (2, 3, 3)
    impossible = np.eye(3, dtype=bool)[None] | (KINDS == 0)[:, None]
    impossible = impossible | (KINDS == 0)[:, :, None]
    np.testing.assert_array_equal(found < -1e8, impossible)


@pytest.mark.costly
def test_learns_links():
    """Entities of kind 1 link to those of kind 2."""
    model = DocFormerV2EntityLinker(
        backbone(num_layers=1, num_decoder_layers=0, hidden_dim=16),
        num_labels=2,
        link_dim=8,
        dropout=0.0,
    )
    features = question(model.backbone, pages(rows=8, seed=3))
    features["entity_spans"] = np.tile(SPANS, (4, 1, 1))
    features["entity_labels"] = np.tile(KINDS, (4, 1))
    kinds = features["entity_labels"]
    y = ((kinds[:, :, None] == 1) & (kinds[:, None] == 2)).astype("int32")
    is_there = kinds > 0
    weight = is_there[:, :, None] & is_there[:, None] & ~np.eye(3, dtype=bool)
    model.compile(optimizer=keras.optimizers.Adam(0.02))
    model.fit(features, y, sample_weight=weight.astype("float32"), epochs=40, verbose=0)
    found = model.predict(features, verbose=0) > 0
    assert (found == y)[weight].mean() > 0.95


@pytest.mark.parametrize("task", [DocFormerV2TokenClassifier, DocFormerV2EntityLinker])
def test_bad_input(task):
    encoder = backbone(num_layers=1, num_decoder_layers=0)
    with pytest.raises(ValueError, match="`num_labels` must be a positive integer"):
        task(encoder)
    model = task(encoder, num_labels=2)
    with pytest.raises(ValueError, match="to learn from"):
        model.fit(question(encoder))
