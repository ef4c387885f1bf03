"""Checkpoints with heads give the numbers that transformers gives."""

import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

import keras_docs

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("sentencepiece")
sys.path.insert(0, str(Path(__file__).parent))

from nlu_checkpoints import (  # noqa: E402
    INTENTS,
    MASK,
    TAGS,
    TOKENS,
    answers,
    checkpoint,
    labels,
    rewrite,
    save_sentencepiece,
    save_word_pieces,
)


def logits(model, head):
    inputs = {"token_ids": TOKENS, "padding_mask": MASK}
    return ops.convert_to_numpy(model(inputs)[head])


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("Bert", {"hidden_act": "gelu"}),
        ("Bert", {"hidden_act": "gelu_new", "layer_norm_eps": 1e-5}),
        ("Bert", {"hidden_act": "relu", "hidden_dropout_prob": 0.2}),
        ("XLMRoberta", {"layer_norm_eps": 1e-5, "type_vocab_size": 1}),
        ("XLMRoberta", {"classifier_dropout": 0.3}),
    ],
    ids=str,
)
def test_intents(tmp_path, kind, settings):
    head = "ForSequenceClassification"
    expected = answers(checkpoint(tmp_path, kind, head, **settings, **labels(INTENTS)))
    (save_word_pieces if kind == "Bert" else save_sentencepiece)(tmp_path)
    model = keras_docs.MultilingualNLU.from_preset(tmp_path)
    np.testing.assert_allclose(logits(model, "intent"), expected, atol=1e-4)
    assert model.preprocessor.intents == INTENTS
    assert model.head_names == ["intent"]
    dropout = settings.get("classifier_dropout", settings.get("hidden_dropout_prob"))
    assert model.dropout == (dropout or 0.1)


@pytest.mark.parametrize("kind", ["Bert", "XLMRoberta"])
def test_slots(tmp_path, kind):
    model = checkpoint(tmp_path, kind, "ForTokenClassification", **labels(TAGS))
    (save_word_pieces if kind == "Bert" else save_sentencepiece)(tmp_path)
    expected = answers(model)
    model = keras_docs.MultilingualNLU.from_preset(tmp_path)
    assert model.preprocessor.slot_types == ["time", "place"]
    order = [TAGS.index(tag) for tag in ("O", "B-time", "I-time", "B-place", "I-place")]
    found = logits(model, "slots")[MASK == 1]
    np.testing.assert_allclose(found, expected[MASK == 1][:, order], atol=1e-4)


def test_a_type_of_single_words(tmp_path):
    """A slot type without I-: that tag is never given, the others' logits stay."""
    tags = ["O", "B-time", "B-place", "I-place"]
    model = checkpoint(tmp_path, "Bert", "ForTokenClassification", **labels(tags))
    save_word_pieces(tmp_path)
    expected = answers(model)
    model = keras_docs.MultilingualNLU.from_preset(tmp_path)
    found = logits(model, "slots")
    np.testing.assert_allclose(found[..., [0, 1, 3, 4]], expected, atol=1e-4)
    assert ops.convert_to_numpy(ops.softmax(found))[..., 2].max() == 0


def test_minilm_with_the_vocabulary_of_xlm_roberta(tmp_path):
    model = checkpoint(tmp_path, "Bert", "ForSequenceClassification", **labels(INTENTS))
    save_sentencepiece(tmp_path)
    ours = keras_docs.MultilingualNLU.from_preset(tmp_path)
    np.testing.assert_allclose(logits(ours, "intent"), answers(model), atol=1e-4)
    theirs = transformers.XLMRobertaTokenizer.from_pretrained(tmp_path)
    check_ids(ours, theirs)
    check_parse(ours, theirs, model)


@pytest.mark.parametrize(
    "settings", [{}, {"do_lower_case": False}, {"strip_accents": False}], ids=str
)
def test_word_pieces(tmp_path, settings):
    model = checkpoint(tmp_path, "Bert", "ForSequenceClassification", **labels(INTENTS))
    save_word_pieces(tmp_path, **settings)
    ours = keras_docs.MultilingualNLU.from_preset(tmp_path)
    theirs = transformers.BertTokenizer.from_pretrained(tmp_path)
    check_ids(ours, theirs)
    check_parse(ours, theirs, model)


@pytest.mark.parametrize("kind", ["Bert", "XLMRoberta"])
def test_tokenizer_json(tmp_path, kind):
    """What transformers 5 saves of a tokenizer."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    (save_word_pieces if kind == "Bert" else save_sentencepiece)(first)
    theirs = getattr(transformers, f"{kind}Tokenizer").from_pretrained(first)
    checkpoint(second, kind, "ForSequenceClassification", **labels(INTENTS))
    theirs.save_pretrained(second)
    names = {path.name for path in second.iterdir()}
    assert not names & {"vocab.txt", "sentencepiece.bpe.model"}
    check_ids(keras_docs.MultilingualNLU.from_preset(second), theirs)


def texts_of(theirs):
    if isinstance(theirs, transformers.BertTokenizer):
        return ["Wake me up, at fives", "um acht", "fünf Fünf Wake zq"]
    return ["wake me up at five", "um acht zq", "ﬁve ｗａｋｅ"]


def check_ids(ours, theirs):
    texts = texts_of(theirs)
    found = ours.preprocessor(texts)
    for row, text in enumerate(texts):
        kept = found["padding_mask"][row] == 1
        assert found["token_ids"][row][kept].tolist() == theirs(text).input_ids
    padding = found["token_ids"][found["padding_mask"] == 0]
    assert set(padding.tolist()) == {theirs.pad_token_id}


def check_parse(ours, theirs, model):
    texts = texts_of(theirs)
    encoded = theirs(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        probabilities = model(**encoded).logits.softmax(-1).numpy()
    for record, expected in zip(ours.parse(texts), probabilities, strict=True):
        assert record["intent"] == INTENTS[expected.argmax()]
        assert record["confidence"] == pytest.approx(expected.max(), abs=1e-5)


def test_parse_slots(tmp_path):
    """Logits that are the bias alone: each word is a slot of its own."""
    model = checkpoint(tmp_path, "XLMRoberta", "ForTokenClassification", **labels(TAGS))
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.copy_(torch.tensor([0.0, 1.0, 2.0, 3.0, 0.0]))
    model.save_pretrained(tmp_path)
    save_sentencepiece(tmp_path)
    ours = keras_docs.MultilingualNLU.from_preset(tmp_path)
    slots = ours.parse(["wake me"])[0]["slots"]
    confidence = np.exp(3) / np.exp([0, 1, 2, 3, 0]).sum()
    assert slots == [
        {"type": "time", "value": word, "start": start, "end": end, "confidence": c}
        for word, start, end in [("wake", 0, 4), ("me", 5, 7)]
        for c in [pytest.approx(confidence, abs=1e-6)]
    ]


def test_round_trip(tmp_path):
    checkpoint(tmp_path / "a", "Bert", "ForTokenClassification", **labels(TAGS))
    save_word_pieces(tmp_path / "a")
    rewrite(tmp_path / "a" / "config.json", hidden_act="gelu_new")
    first = keras_docs.MultilingualNLU.from_preset(tmp_path / "a")
    first.save_to_preset(tmp_path / "b")
    second = keras_docs.MultilingualNLU.from_preset(tmp_path / "b")
    np.testing.assert_array_equal(logits(first, "slots"), logits(second, "slots"))
    texts = ["Wake me up, at fives", "um acht"]
    assert first.parse(texts) == second.parse(texts)
    assert second.backbone.activation == "gelu_tanh"


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        ("Bert", "Model"),
        ("Bert", "ForMaskedLM"),
        ("XLMRoberta", "ForTokenClassification"),
    ],
)
def test_encoder_alone(tmp_path, kind, head):
    model = checkpoint(tmp_path, kind, head)
    expected = answers(getattr(model, model.base_model_prefix, model))
    # Beside it, what Sentence Transformers keeps: a list.
    (tmp_path / "modules.json").write_text("[]")
    backbone = keras_docs.MultilingualNLUBackbone.from_preset(tmp_path)
    found = backbone({"token_ids": TOKENS, "padding_mask": MASK})
    found = ops.convert_to_numpy(found)[MASK == 1]
    np.testing.assert_allclose(found, expected[MASK == 1], atol=1e-4)


def test_shards_and_half_precision(tmp_path):
    model = checkpoint(tmp_path, "Bert", "ForSequenceClassification", **labels(INTENTS))
    (tmp_path / "model.safetensors").unlink()
    model = model.to(torch.bfloat16)
    model.save_pretrained(tmp_path, max_shard_size="2KB")
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 1
    save_word_pieces(tmp_path)
    ours = keras_docs.MultilingualNLU.from_preset(tmp_path)
    expected = answers(model.to(torch.float32))
    np.testing.assert_allclose(logits(ours, "intent"), expected, atol=1e-4)


def test_former_names_of_layer_norms(tmp_path):
    from safetensors.numpy import load_file, save_file

    model = checkpoint(tmp_path, "Bert", "Model")
    path = tmp_path / "model.safetensors"
    former = {
        name.replace("Norm.weight", "Norm.gamma").replace("Norm.bias", "Norm.beta"): t
        for name, t in load_file(path).items()
    }
    save_file(former, path)
    backbone = keras_docs.MultilingualNLUBackbone.from_preset(tmp_path)
    found = ops.convert_to_numpy(backbone({"token_ids": TOKENS, "padding_mask": MASK}))
    np.testing.assert_allclose(found, answers(model), atol=1e-4)


def test_new_heads_on_an_encoder(tmp_path):
    checkpoint(tmp_path, "XLMRoberta", "ForMaskedLM")
    save_sentencepiece(tmp_path)
    with pytest.warns(UserWarning, match="new and untrained"):
        model = keras_docs.MultilingualNLU.from_preset(
            tmp_path, num_intents=3, num_slot_types=2
        )
    assert np.abs(logits(model, "intent")).max() > 0
    assert logits(model, "slots").shape == (2, 6, 5)
    backbone = keras_docs.MultilingualNLUBackbone.from_preset(tmp_path)
    for ours, loaded in zip(model.backbone.weights, backbone.weights, strict=True):
        np.testing.assert_array_equal(*map(ops.convert_to_numpy, (ours, loaded)))


def test_arguments(tmp_path):
    checkpoint(tmp_path, "Bert", "ForSequenceClassification", **labels(INTENTS))
    save_word_pieces(tmp_path)
    model = keras_docs.MultilingualNLU.from_preset(
        tmp_path, dtype="bfloat16", dropout=0.0, temperature=2.0
    )
    kinds = {keras.backend.standardize_dtype(v.dtype) for v in model.backbone.weights}
    assert kinds == {"bfloat16"}
    assert (model.dropout, model.temperature) == (0.0, 2.0)
    assert np.abs(logits(model, "intent")).max() > 0
    preprocessor = keras_docs.MultilingualNLUPreprocessor.from_preset(
        tmp_path, sequence_length=8
    )
    assert preprocessor.intents == INTENTS
    with pytest.warns(UserWarning, match="another pooling"):
        keras_docs.MultilingualNLU.from_preset(tmp_path, pooling="mean")
    random = keras_docs.MultilingualNLU.from_preset(tmp_path, load_weights=False)
    assert random.count_params() == model.count_params()
