"""What is exported computes the same, for other sizes too."""

import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_docs

sys.path.insert(0, str(Path(__file__).parent))

from docformer_v2_helpers import backbone, pages  # noqa: E402

BACKEND = keras.backend.backend()
SPANS = [[0, 2], [2, 3], [4, 5]]


def classifier():
    encoder = backbone(num_layers=1, num_decoder_layers=0)
    return keras_docs.DocFormerV2TokenClassifier(encoder, num_labels=3)


def linker_without_images():
    encoder = backbone(
        num_layers=1, num_decoder_layers=0, image_shape=None, spatial_bias="2d"
    )
    return keras_docs.DocFormerV2EntityLinker(encoder, num_labels=2, link_dim=4)


def writer():
    return keras_docs.DocFormerV2Seq2SeqLM(backbone(num_layers=1))


MODELS = [classifier, linker_without_images, writer]


def inputs(model, rows, length, answer):
    features = pages(rows, length, answer)
    features["entity_spans"] = np.tile(np.array(SPANS), (rows, 1, 1))
    features["entity_labels"] = np.tile(np.array([1, 2, 0]), (rows, 1))
    return {
        name: features[name].astype(model.input[name].dtype) for name in model.input
    }


def check(model, exported, features):
    expected = keras.ops.convert_to_numpy(model(features, training=False))
    np.testing.assert_allclose(np.asarray(exported), expected, atol=1e-5)


def needs(*modules):
    for name in modules:
        pytest.importorskip(name, reason=f"{name} is not installed")


@pytest.mark.skipif(BACKEND == "torch", reason="Keras exports none from torch")
@pytest.mark.parametrize(
    "make", [*(pytest.param(m, marks=pytest.mark.large) for m in MODELS[:2]), writer]
)
def test_saved_model(make, tmp_path):
    needs("tensorflow", *(["jax.experimental.jax2tf"] if BACKEND == "jax" else []))
    import tensorflow as tf

    model = make()
    model.export(tmp_path / "model", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "model")
    for sizes in ((2, 6, 4), (3, 9, 5), (1, 6, 1)):
        features = inputs(model, *sizes)
        check(model, loaded.serve(features), features)


@pytest.mark.skipif(BACKEND != "torch", reason="torch alone has exported programs")
@pytest.mark.parametrize("make", MODELS)
def test_exported_program(make, tmp_path):
    import torch

    model = make()
    path = tmp_path / "model.pt2"
    model.export(path, format="torch", verbose=False)
    program = torch.export.load(path).module()
    for sizes in ((2, 6, 4), (3, 9, 5)):
        features = inputs(model, *sizes)
        tensors = {name: torch.tensor(array) for name, array in features.items()}
        check(model, program(tensors).detach(), features)


@pytest.mark.parametrize("make", MODELS)
def test_onnx(make, tmp_path):
    converters = {"tensorflow": "tf2onnx", "jax": "jax2onnx", "torch": "onnxscript"}
    needs("onnxruntime", converters[BACKEND])
    import onnxruntime

    model = make()
    features = inputs(model, 2, 6, 4)
    signature = {
        name: keras.InputSpec(shape=array.shape, dtype=str(array.dtype), name=name)
        for name, array in features.items()
    }
    path = str(tmp_path / "model.onnx")
    model.export(path, format="onnx", verbose=False, input_signature=[signature])
    session = onnxruntime.InferenceSession(path)
    feed = {given.name: features[given.name] for given in session.get_inputs()}
    check(model, session.run(None, feed)[0], features)


@pytest.mark.skipif(BACKEND == "tensorflow", reason="TensorFlow needs none")
def test_onnx_needs_sizes(tmp_path):
    with pytest.raises(ValueError, match='format="onnx" needs `input_signature`'):
        classifier().export(tmp_path / "model.onnx", format="onnx")
    assert not list(tmp_path.iterdir())
