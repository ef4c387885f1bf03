"""Transformers checkpoints give the numbers that transformers gives, or are refused."""

import json

import keras
import numpy as np
import pytest

import keras_docs
from keras_docs.hub import PresetError, UnsupportedCheckpointError, write_manifest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

SIZES = {
    "vocab_size": 40,
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 14,
}
XLM_ROBERTA = {"type_vocab_size": 1, "layer_norm_eps": 1e-5, "pad_token_id": 1}
BERT = {"hidden_act": "gelu_new"}
TOKENS = np.array([[0, 7, 9, 33, 2, 1], [0, 8, 2, 1, 1, 1]])
MASK = np.array([[1, 1, 1, 1, 1, 0], [1, 1, 1, 0, 0, 0]])


def checkpoint(folder, kind, head="Model", **settings):
    """A random checkpoint that transformers saved, and the model."""
    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(**{**SIZES, **settings})
    model = getattr(transformers, f"{kind}{head}")(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    return model


def hidden_states(model):
    with torch.no_grad():
        answer = model(torch.tensor(TOKENS), attention_mask=torch.tensor(MASK))
    return answer.last_hidden_state.numpy()


def test_bert(tmp_path):
    model = checkpoint(tmp_path, "Bert", **BERT)
    backbone = keras_docs.Backbone.from_preset(tmp_path)
    found = backbone.predict(
        {
            "token_ids": TOKENS,
            "padding_mask": MASK,
            "segment_ids": np.zeros_like(TOKENS),
        },
        verbose=0,
    )["sequence_output"]
    np.testing.assert_allclose(found, hidden_states(model), atol=1e-4)


@pytest.mark.parametrize("head", ["Model", "ForSequenceClassification", "ForMaskedLM"])
def test_xlm_roberta(tmp_path, head):
    model = checkpoint(tmp_path, "XLMRoberta", head, **XLM_ROBERTA)
    backbone = keras_docs.Backbone.from_preset(tmp_path)
    inputs = {"token_ids": TOKENS, "padding_mask": MASK}
    found = backbone.predict(inputs, verbose=0)
    expected = hidden_states(getattr(model, "roberta", model))
    # Padding attends differently in the two, and no one reads it.
    np.testing.assert_allclose(found[MASK == 1], expected[MASK == 1], atol=1e-4)


@pytest.mark.parametrize(
    ("kind", "settings", "match"),
    [
        ("Bert", {"hidden_act": "gelu"}, "hidden_act='gelu'"),
        ("Bert", {"hidden_act": "relu"}, "hidden_act='relu'"),
        ("Bert", {**BERT, "layer_norm_eps": 1e-5}, "layer_norm_eps=1e-05"),
        ("XLMRoberta", {**XLM_ROBERTA, "layer_norm_eps": 1e-12}, "layer_norm_eps"),
        ("XLMRoberta", {**XLM_ROBERTA, "hidden_act": "gelu_new"}, "hidden_act"),
    ],
)
def test_other_numbers_are_refused(tmp_path, kind, settings, match):
    checkpoint(tmp_path, kind, **settings)
    with pytest.raises(UnsupportedCheckpointError, match=match):
        keras_docs.Backbone.from_preset(tmp_path)


def test_a_head_is_not_dropped(tmp_path):
    checkpoint(tmp_path, "XLMRoberta", "ForSequenceClassification", **XLM_ROBERTA)
    with pytest.raises(UnsupportedCheckpointError, match="model_type='xlm-roberta'"):
        keras_docs.Task.from_preset(tmp_path)


def test_no_converter(tmp_path):
    checkpoint(tmp_path, "Electra", embedding_size=8)
    with pytest.raises(UnsupportedCheckpointError, match="'electra'.*bert"):
        keras_docs.Backbone.from_preset(tmp_path)


def test_missing_pooler(tmp_path):
    checkpoint(tmp_path, "Bert", "ForTokenClassification", **BERT)
    with pytest.raises(PresetError, match="pooler"):
        keras_docs.Backbone.from_preset(tmp_path)


@pytest.mark.parametrize(
    "changes", [{"vocab_size": 10**12}, {"num_hidden_layers": 10**9}], ids=str
)
def test_config_larger_than_its_weights(tmp_path, changes):
    checkpoint(tmp_path, "XLMRoberta", **XLM_ROBERTA)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, **changes}))
    with pytest.raises(PresetError, match="far more"):
        keras_docs.Backbone.from_preset(tmp_path)


def test_files_that_the_manifest_does_not_list(tmp_path):
    """A preset of ours is not read as a checkpoint that was put beside it."""
    (tmp_path / "README.md").write_text("A preset without a model.")
    write_manifest(tmp_path, {}, {})
    checkpoint(tmp_path, "XLMRoberta", **XLM_ROBERTA)
    with pytest.raises(PresetError, match="holds no backbone"):
        keras_docs.Backbone.from_preset(tmp_path)


def test_overrides(tmp_path):
    checkpoint(tmp_path, "XLMRoberta", **XLM_ROBERTA)
    backbone = keras_docs.Backbone.from_preset(tmp_path, dtype="bfloat16")
    kinds = {keras.backend.standardize_dtype(v.dtype) for v in backbone.weights}
    assert kinds == {"bfloat16"}
    random = keras_docs.Backbone.from_preset(tmp_path, load_weights=False)
    assert random.count_params() == backbone.count_params()
