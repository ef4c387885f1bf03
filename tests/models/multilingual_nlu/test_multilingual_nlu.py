"""The task from records to parsed texts."""

import json

import keras
import nlu_examples
import numpy as np
import pytest
from other_process import run_python

import keras_docs
from keras_docs.models.multilingual_nlu.calibration import fit_temperature
from keras_docs.models.multilingual_nlu.token_dropout import TokenDropout
from keras_docs.models.multilingual_nlu.token_pooling import TokenPooling


@pytest.fixture(scope="module")
def trained():
    keras.utils.set_random_seed(3)
    backbone = nlu_examples.backbone(hidden_dim=32, dropout=0.0)
    model = keras_docs.MultilingualNLU(
        backbone, nlu_examples.preprocessor(), pooling="max", dropout=0.0
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    model.fit(nlu_examples.utterances(56), epochs=20, batch_size=14, verbose=0)
    return model


@pytest.mark.costly
def test_parse_learns_intents_and_slots_in_four_languages(trained):
    records = nlu_examples.utterances(28)
    parsed = trained.parse([record.text for record in records], batch_size=5)
    right = [
        found["intent"] == record.intent
        and [(s["type"], s["value"]) for s in found["slots"]]
        == [(s["type"], s["value"]) for s in record.slots]
        for found, record in zip(parsed, records, strict=True)
    ]
    assert np.mean(right) > 0.85
    for found, record in zip(parsed, records, strict=True):
        assert found["text"] == record.text
        for slot in found["slots"]:
            assert record.text[slot["start"] : slot["end"]] == slot["value"]
            assert 0 < slot["confidence"] <= 1


def test_the_ranking_is_the_softmax_of_the_logits(trained):
    texts = ["play abba today", "wecke mich um mittag"]
    logits = trained.predict(texts, verbose=0)["intent"]
    expected = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    for found, row in zip(trained.parse(texts, top=3), expected, strict=True):
        order = np.argsort(-row)
        names = [trained.preprocessor.intents[place] for place in order]
        assert [entry["intent"] for entry in found["ranking"]] == names
        confidences = [entry["confidence"] for entry in found["ranking"]]
        np.testing.assert_allclose(confidences, row[order], rtol=1e-4)


def test_a_text_is_parsed_alone_as_in_company(trained):
    texts = [record.text for record in nlu_examples.utterances(14)]
    together = trained.parse([*texts, "play abba " * 9])[:14]
    for text, found in zip(texts, together, strict=True):
        alone = trained.parse([text])[0]
        assert alone["intent"] == found["intent"]
        assert [s["start"] for s in alone["slots"]] == [
            s["start"] for s in found["slots"]
        ]
        assert abs(alone["confidence"] - found["confidence"]) < 1e-4


def test_below_the_threshold_there_is_no_intent_but_a_ranking(trained):
    found = trained.parse(["play abba today"], threshold=1.1)[0]
    assert found["intent"] is None and found["ranking"][0]["intent"] == "play_music"


@pytest.mark.parametrize("text", ["", "  ", "\x00", "x" * 10_000, "ᚠᛇᚻ", "a\u0000b"])
def test_hostile_texts_are_parsed(trained, text):
    found = trained.parse([text, "play abba"])
    assert found[0]["text"] == text and found[1]["intent"] is not None
    assert (found[0]["intent"] is None) == (not text.strip())
    assert trained.parse([]) == []


def test_a_preset_parses_the_same(trained, tmp_path):
    trained.temperature = 2.0
    trained.save_to_preset(tmp_path / "nlu")
    loaded = keras_docs.MultilingualNLU.from_preset(tmp_path / "nlu")
    texts = [record.text for record in nlu_examples.utterances(7)]
    assert loaded.temperature == 2.0
    for one, other in zip(trained.parse(texts), loaded.parse(texts), strict=True):
        assert one["slots"] == other["slots"] or np.allclose(
            [s["confidence"] for s in one["slots"]],
            [s["confidence"] for s in other["slots"]],
            atol=1e-5,
        )
        assert one["intent"] == other["intent"]
    trained.temperature = 1.0


PARSE = """
import json, sys
import keras_docs, nlu_examples
model = keras_docs.MultilingualNLU.from_preset(sys.argv[1])
parsed = model.parse([record.text for record in nlu_examples.utterances(14)])
print("parsed", json.dumps(parsed))
"""


def test_another_backend_parses_the_same(trained, tmp_path):
    trained.save_to_preset(tmp_path / "nlu")
    others = {"jax": "torch", "torch": "tensorflow", "tensorflow": "jax"}
    backend = others[keras.backend.backend()]
    printed = run_python(PARSE, tmp_path / "nlu", backend=backend)
    there = json.loads(printed.rsplit("parsed ", 1)[1])
    here = trained.parse([record.text for record in nlu_examples.utterances(14)])
    for one, other in zip(here, there, strict=True):
        assert abs(one.pop("confidence") - other.pop("confidence")) < 1e-4
        for found in (*one.pop("ranking"), *other.pop("ranking")):
            assert 0 <= found["confidence"] <= 1
        for slot in (*one["slots"], *other["slots"]):
            assert slot.pop("confidence") > 0
        assert one == other


def test_from_records_takes_the_encoder_and_learns_other_labels(trained, tmp_path):
    trained.save_to_preset(tmp_path / "nlu")
    records = [("stop it", "stop", []), ("go on", "continue", [])]
    model = keras_docs.MultilingualNLU.from_records(records, tmp_path / "nlu")
    assert model.preprocessor.intents == ["continue", "stop"]
    assert set(model.output) == {"intent"}
    ours = model.backbone.token_embedding.embeddings
    theirs = trained.backbone.token_embedding.embeddings
    np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    model.fit(records * 8, epochs=1, verbose=0)
    assert model.parse(["stop it"])[0]["slots"] == []


def test_from_records_takes_kerashubs_encoders_too(tmp_path):
    nlu_examples.model_on_xlm_roberta().save_to_preset(tmp_path / "xlm")
    records = [("stop it", "stop", []), ("go on", "continue", [])]
    model = keras_docs.MultilingualNLU.from_records(records, tmp_path / "xlm")
    assert type(model.backbone).__name__ == "XLMRobertaBackbone"
    assert model.preprocessor.special_tokens
    assert len(model.parse(["stop it"])[0]["ranking"]) == 2


def test_slots_alone_are_a_model_too():
    preprocessor = nlu_examples.preprocessor()
    model = keras_docs.MultilingualNLU(
        nlu_examples.backbone(), preprocessor, num_intents=0
    )
    model.fit(nlu_examples.utterances(8), epochs=1, verbose=0)
    found = model.parse(["play abba"])[0]
    assert found["intent"] is None and found["ranking"] == []


def test_the_loss_of_slots_is_the_mean_over_words():
    model = nlu_examples.model(dropout=0.0)
    records = nlu_examples.utterances(7)
    x, y, weights = model.preprocess_labelled(records)
    outputs = {k: np.asarray(v) for k, v in model.predict(records, verbose=0).items()}

    def log_likelihood(name):
        logits = outputs[name].astype("float64")
        logits -= np.log(np.exp(logits).sum(-1, keepdims=True))
        return np.take_along_axis(logits, y[name][..., None], -1)[..., 0]

    intent = -log_likelihood("intent").mean()
    slots = -(log_likelihood("slots") * weights["slots"]).sum()
    slots /= weights["slots"].sum()
    expected = intent + model.slot_loss_weight * slots
    found = model.evaluate(records, batch_size=7, verbose=0, return_dict=True)
    assert abs(found["loss"] - expected) < 1e-4


def test_bad_models_are_refused():
    backbone = nlu_examples.backbone()
    with pytest.raises(ValueError, match="nothing to learn"):
        keras_docs.MultilingualNLU(
            backbone, keras_docs.MultilingualNLUPreprocessor(nlu_examples.tokenizer())
        )
    with pytest.raises(ValueError, match="contradicts"):
        nlu_examples.model(num_intents=9)
    with pytest.raises(ValueError, match="mask token"):
        keras_docs.MultilingualNLU(backbone, None, 2, 1, token_dropout=0.1)
    with pytest.raises(ValueError, match="no labels"):
        nlu_examples.model().fit(["wake me"], verbose=0)
    with pytest.raises(ValueError, match="needs a preprocessor"):
        keras_docs.MultilingualNLU(backbone, None, 2, 1).parse(["wake me"])
    with pytest.raises(ValueError, match="`num_heads` must divide"):
        keras_docs.MultilingualNLUBackbone(10, num_heads=3, hidden_dim=8)


def test_temperature_is_that_of_the_labels():
    random = np.random.default_rng(0)
    logits = random.normal(size=(20_000, 4)) * 2
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = (random.random((20_000, 1)) < probabilities.cumsum(1)).argmax(1)
    # The labels are drawn at temperature 1, so logits of 3 times the size want 3.
    assert abs(fit_temperature(3 * logits, labels) - 3) < 0.15
    assert abs(fit_temperature(logits, labels) - 1) < 0.05


def test_calibrate_is_the_temperature_of_the_models_logits():
    model, records = nlu_examples.model(), nlu_examples.utterances(21)
    logits = model.predict(records, verbose=0)["intent"]
    names = model.preprocessor.intents
    labels = np.array([names.index(record.intent) for record in records])
    assert model.calibrate(records) == fit_temperature(logits, labels)
    assert model.temperature == model.get_config()["temperature"]


def test_slot_threshold_is_where_the_f1_is_highest(trained):
    # With heads of its own.
    model = keras_docs.MultilingualNLU(
        trained.backbone, trained.preprocessor, pooling="max", dropout=0.0
    )
    model.set_weights(trained.get_weights())
    bias = model.get_layer("slots_logits").bias
    fair = keras.ops.convert_to_numpy(bias)
    records = nlu_examples.utterances(28)
    texts = [record.text for record in records]

    def f1():
        return keras_docs.slot_micro_f1(records, model.parse(texts))

    # It sees slots ever more readily, until one step makes it worse.
    before, steps = f1(), 0
    while f1() >= before:
        steps += 1
        spoiled = fair - steps * (np.arange(len(fair)) == 0)
        bias.assign(spoiled)
    shift = model.tune_slot_threshold(records)
    best = f1()
    assert shift > 0 and best >= before
    found = keras.ops.convert_to_numpy(bias)
    np.testing.assert_allclose(found[0], spoiled[0] + shift, rtol=1e-5)
    np.testing.assert_array_equal(found[1:], fair[1:])
    # Twice in a row, from texts and labels: further, or it stays.
    labels = [(record.intent, record.slots) for record in records]
    model.tune_slot_threshold(texts, labels)
    assert f1() >= best


def test_slots_of_a_shift_are_those_parsed_with_it_in_the_bias(trained):
    # With heads of its own.
    model = keras_docs.MultilingualNLU(
        trained.backbone, trained.preprocessor, pooling="max", dropout=0.0
    )
    model.set_weights(trained.get_weights())
    texts = [*(record.text for record in nlu_examples.utterances(11)), "", "play abba"]
    shifts = (-4.0, 0.0, 4.0)
    found = list(model._parser().shifted_slots(texts, shifts))
    bias = model.get_layer("slots_logits").bias
    fair = keras.ops.convert_to_numpy(bias)
    for shift, slots in zip(shifts, found, strict=True):
        bias.assign(fair + shift * (np.arange(len(fair)) == 0))
        for own, parsed in zip(slots, model.parse(texts), strict=True):
            assert [(s["type"], s["start"], s["end"]) for s in own] == [
                (s["type"], s["start"], s["end"]) for s in parsed["slots"]
            ]
            np.testing.assert_allclose(
                [s["confidence"] for s in own],
                [s["confidence"] for s in parsed["slots"]],
                rtol=1e-4,
            )
    assert found[0] != found[1]


def test_slot_threshold_needs_labels_and_a_head_for_slots():
    with pytest.raises(ValueError, match="no labels"):
        nlu_examples.model().tune_slot_threshold(["play abba"])
    model = keras_docs.MultilingualNLU(
        nlu_examples.backbone(), nlu_examples.preprocessor(), num_slot_types=0
    )
    with pytest.raises(ValueError, match="intents alone"):
        model.tune_slot_threshold(nlu_examples.utterances(7))


def test_token_dropout_masks_its_share_of_tokens_and_no_padding():
    layer = TokenDropout(0.3, mask_token_id=9, seed=1)
    ids = np.tile(np.arange(4, dtype="int32"), (500, 2))
    mask = np.tile([1, 1, 1, 0], (500, 2))
    found = keras.ops.convert_to_numpy(layer(ids, mask, training=True))
    np.testing.assert_array_equal(found[mask == 0], ids[mask == 0])
    assert abs((found[mask == 1] == 9).mean() - 0.3) < 0.03
    still = keras.ops.convert_to_numpy(layer(ids, mask, training=False))
    np.testing.assert_array_equal(still, ids)


@pytest.mark.parametrize("pooling", ["mean", "max", "cls", "sqrtn"])
def test_pooling_leaves_padding_out(pooling):
    random = np.random.default_rng(2)
    x = random.normal(size=(2, 5, 3)).astype("float32") - 3
    mask = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]])
    found = keras.ops.convert_to_numpy(TokenPooling(pooling)(x, mask))
    for row, length in enumerate([3, 5]):
        tokens = x[row, :length]
        expected = {
            "mean": tokens.mean(0),
            "max": tokens.max(0),
            "cls": tokens[0],
            "sqrtn": tokens.sum(0) / np.sqrt(length),
        }
        np.testing.assert_allclose(found[row], expected[pooling], rtol=1e-5)


def test_masked_lm_hides_its_share_and_asks_for_what_was_there():
    model = nlu_examples.masked_lm()
    texts = [record.text for record in nlu_examples.utterances(56)]
    features = model.preprocess_features(texts)
    x, labels, weights = model.transform_batch((features,))
    lengths = features["padding_mask"].sum(1)
    np.testing.assert_array_equal(
        weights.sum(1), np.maximum(1, np.round(0.15 * lengths))
    )
    rows = np.arange(56)[:, None]
    original = features["token_ids"][rows, x["mask_positions"]]
    np.testing.assert_array_equal(labels[weights > 0], original[weights > 0])
    assert features["padding_mask"][rows, x["mask_positions"]][weights > 0].all()
    changed = x["token_ids"] != features["token_ids"]
    chosen = np.zeros_like(changed)
    chosen[rows, x["mask_positions"]] = weights > 0
    assert not (changed & ~chosen).any()
    mask_id = model.preprocessor.tokenizer.mask_token_id
    share = (x["token_ids"][chosen] == mask_id).mean()
    assert 0.65 < share < 0.95


def test_masked_lm_answers_for_masks_in_the_text():
    model = nlu_examples.masked_lm()
    features = model.preprocess_features(["wake me <mask> five am", "play abba"])
    mask_id = model.preprocessor.tokenizer.mask_token_id
    place = features["mask_positions"][0, 0]
    assert features["token_ids"][0, place] == mask_id
    logits = model.predict(["wake me <mask> five am"], verbose=0)
    assert logits.shape[2] == model.backbone.vocabulary_size


@pytest.mark.costly
def test_parse_follows_what_is_done_to_the_weights():
    model = nlu_examples.model()
    texts = [record.text for record in nlu_examples.utterances(7)]
    before = [found["confidence"] for found in model.parse(texts)]
    model.backbone.enable_lora(2)
    for variable in model.backbone.trainable_variables:
        variable.assign(variable + 0.5)
    logits = model.predict(texts, verbose=0)["intent"]
    powers = np.exp(logits - logits.max(1, keepdims=True))
    expected = (powers / powers.sum(1, keepdims=True)).max(1)
    after = [found["confidence"] for found in model.parse(texts)]
    np.testing.assert_allclose(after, expected, rtol=1e-4)
    assert not np.allclose(before, after)
    quantized = nlu_examples.model()
    quantized.parse(texts)
    quantized.quantize("int8")
    logits = quantized.predict(texts, verbose=0)["intent"]
    names = [quantized.preprocessor.intents[i] for i in logits.argmax(1)]
    assert [found["intent"] for found in quantized.parse(texts)] == names
