"""T5 and mT5 give the numbers that Transformers and KerasHub give."""

import json
import sys
from pathlib import Path

import keras
import keras_hub
import numpy as np
import page_examples
import pytest

import keras_docs

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
sys.path.insert(0, str(Path(__file__).parent))

from docformer_v2_helpers import inputs_of, outputs, pages  # noqa: E402

SMALL = {
    "vocab_size": 40,
    "d_model": 8,
    "d_kv": 3,
    "d_ff": 12,
    "num_layers": 2,
    "num_decoder_layers": 1,
    "num_heads": 2,
    "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 16,
}
# Long enough for distances of all buckets.
PAGES = pages(length=24, answer=20)


def checkpoint(folder, kind="T5", head="ForConditionalGeneration", **settings):
    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(
        **{**SMALL, **settings}, decoder_start_token_id=0
    )
    model = getattr(transformers, f"{kind}{head}")(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "layer_norm" in name or "relative_attention_bias" in name:
                parameter.normal_(1.0, 0.3)
    model.save_pretrained(folder)
    return model


def tensors(*names):
    return {name: torch.from_numpy(PAGES[name]).long() for name in names}


def answers(model):
    given = tensors(
        "encoder_token_ids",
        "encoder_padding_mask",
        "decoder_token_ids",
        "decoder_padding_mask",
    )
    with torch.no_grad():
        return model(
            input_ids=given["encoder_token_ids"],
            attention_mask=given["encoder_padding_mask"],
            decoder_input_ids=given["decoder_token_ids"],
            decoder_attention_mask=given["decoder_padding_mask"],
        )


def check(ours, expected):
    """Where nothing is padding."""
    seen = PAGES["encoder_padding_mask"] == 1
    answered = PAGES["decoder_padding_mask"] == 1
    found = outputs(ours.backbone, inputs_of(ours, PAGES))["encoder_sequence_output"]
    encoder = expected.encoder_last_hidden_state.numpy()
    np.testing.assert_allclose(found[seen], encoder[seen], atol=1e-4)
    logits = outputs(ours, inputs_of(ours, PAGES))
    expected = expected.logits.numpy()
    np.testing.assert_allclose(logits[answered], expected[answered], atol=1e-4)


def check_tokens(ours, model):
    given = tensors("encoder_token_ids", "encoder_padding_mask")
    expected = model.generate(
        given["encoder_token_ids"],
        attention_mask=given["encoder_padding_mask"],
        max_new_tokens=7,
        do_sample=False,
    ).numpy()
    features = {n: PAGES[n] for n in ("encoder_token_ids", "encoder_padding_mask")}
    found = ours.generate(features, max_length=8)["decoder_token_ids"]
    assert found[:, : expected.shape[1]].tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("T5", {}),
        ("T5", {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}),
        ("MT5", {}),
    ],
    ids=str,
)
def test_transformers(tmp_path, kind, settings):
    model = checkpoint(tmp_path, kind, **settings)
    ours = keras_docs.DocFormerV2Seq2SeqLM.from_preset(tmp_path)
    assert ours.backbone.scale_logits == (kind == "T5" and not settings)
    check(ours, answers(model))
    check_tokens(ours, model)
    ours.save_to_preset(tmp_path / "ours")
    again = keras_docs.Task.from_preset(tmp_path / "ours")
    np.testing.assert_array_equal(
        outputs(again, inputs_of(again, PAGES)), outputs(ours, inputs_of(ours, PAGES))
    )


def test_a_head_of_its_own(tmp_path):
    """T5 v1.1: other weights score tokens than embed them."""
    from safetensors.numpy import load_file, save_file

    settings = {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}
    model = checkpoint(tmp_path, **settings)
    head = np.random.default_rng(0).normal(size=(40, 8)).astype("float32")
    stored = load_file(tmp_path / "model.safetensors")
    save_file({**stored, "lm_head.weight": head}, tmp_path / "model.safetensors")
    model.lm_head = torch.nn.Linear(8, 40, bias=False)
    with torch.no_grad():
        model.lm_head.weight.copy_(torch.from_numpy(head))
    ours = keras_docs.DocFormerV2Seq2SeqLM.from_preset(tmp_path)
    assert not ours.backbone.tie_embedding_weights
    check(ours, answers(model))


def test_encoder_alone(tmp_path):
    model = checkpoint(tmp_path, head="EncoderModel")
    ours = keras_docs.DocFormerV2Backbone.from_preset(tmp_path)
    assert ours.num_decoder_layers == 0
    given = tensors("encoder_token_ids", "encoder_padding_mask")
    with torch.no_grad():
        expected = model(
            given["encoder_token_ids"], attention_mask=given["encoder_padding_mask"]
        ).last_hidden_state.numpy()
    found = outputs(ours, inputs_of(ours, PAGES))["encoder_sequence_output"]
    seen = PAGES["encoder_padding_mask"] == 1
    np.testing.assert_allclose(found[seen], expected[seen], atol=1e-4)


@pytest.mark.parametrize("is_gated", [False, True])
@pytest.mark.costly
def test_kerashub(is_gated):
    theirs = keras_hub.models.T5Backbone(
        vocabulary_size=40,
        num_layers=2,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=12,
        activation="relu",
        use_gated_activation=is_gated,
        tie_embedding_weights=not is_gated,
    )
    ours = keras_docs.DocFormerV2Backbone.from_t5(
        theirs, use_layout=False, image_shape=None
    )
    features = inputs_of(ours, PAGES)
    expected = outputs(theirs, features)
    for name, found in outputs(ours, features).items():
        mask = PAGES[f"{name[:7]}_padding_mask"] == 1
        np.testing.assert_allclose(found[mask], expected[name][mask], atol=1e-4)
    logits = outputs(keras_docs.DocFormerV2Seq2SeqLM(ours), features)
    expected = outputs(keras_hub.models.T5Seq2SeqLM(theirs), features)
    mask = PAGES["decoder_padding_mask"] == 1
    np.testing.assert_allclose(logits[mask], expected[mask], atol=1e-4)


def test_a_page_around_t5(tmp_path):
    """The text core is T5's; the rest is new."""
    checkpoint(tmp_path)
    page = {"image_shape": (8, 4, 3), "patch_size": 4}
    ours = keras_docs.DocFormerV2Backbone.from_t5(tmp_path, **page)
    text = keras_docs.DocFormerV2Backbone.from_preset(tmp_path)
    core = {v.path: v.numpy() for v in text.weights}
    kept = {v.path: v.numpy() for v in ours.weights if v.path in core}
    assert kept.keys() == core.keys()
    for path, value in kept.items():
        np.testing.assert_array_equal(value, core[path])
    new = [v for v in ours.weights if v.path not in core]
    assert {v.path.split("/")[0] for v in new} == {"page_embedding"}
    assert all(v.numpy().std() > 0 for v in new if "bias" not in v.path)
    random = keras_docs.DocFormerV2Backbone.from_t5(
        tmp_path, load_weights=False, **page
    )
    assert random.count_params() == ours.count_params()


def test_a_page_grows_with_the_embeddings(tmp_path):
    """Beside T5's large embeddings a page of fixed size would not be noticed."""
    from safetensors.numpy import load_file, save_file

    checkpoint(tmp_path)
    stored = load_file(tmp_path / "model.safetensors")
    page = {"image_shape": (8, 4, 3), "patch_size": 4, "use_neighbours": True}
    sizes = []
    for factor in (1, 20):
        name = "shared.weight"
        scaled = {**stored, name: stored[name] * factor}
        save_file(scaled, tmp_path / "model.safetensors", metadata={"format": "pt"})
        keras.utils.set_random_seed(0)
        ours = keras_docs.DocFormerV2Backbone.from_t5(tmp_path, **page)
        boxes = np.array([[[10, 20, 300, 60], [310, 20, 400, 60]]])
        zeros, segments = np.zeros((1, 2, 8), "float32"), np.array([[1, 2]])
        images = np.full((1, 8, 4, 3), 30.0, "float32")
        vectors = ours.page_embedding(zeros, boxes, segments, images)
        sizes.append(keras.ops.convert_to_numpy(vectors))
    np.testing.assert_allclose(sizes[1], 20 * sizes[0], rtol=1e-4, atol=1e-5)
    assert np.abs(sizes[0]).max() > 0


@pytest.mark.costly
def test_a_checkpoint_with_its_tokenizer(tmp_path):
    """It reads pages, as text, at once."""
    pieces = page_examples.tokenizer(extra_ids=0).vocabulary_size()
    checkpoint(tmp_path, vocab_size=pieces + 20)
    (tmp_path / "spiece.model").write_bytes(page_examples.sentencepiece_model())
    ours = keras_docs.DocFormerV2Seq2SeqLM.from_preset(tmp_path)
    tokenizer = ours.preprocessor.tokenizer
    assert ours.preprocessor.image_shape is None
    assert tokenizer.sentinel_id(0) == pieces + 19
    theirs = transformers.T5Tokenizer.from_pretrained(str(tmp_path), extra_ids=20)
    text = page_examples.TEXTS[0]
    assert tokenizer.tokenize(text).tolist() == theirs(text).input_ids[:-1]
    page = page_examples.page(questions="What is the total?", answers="12.50")
    (written,) = ours.generate(page, max_length=4)
    assert ours.answer(page, "What is the total?", max_length=4)["answer"] == written
    ours.fit([page] * 2, verbose=0)
    ours.save_to_preset(tmp_path / "ours")
    again = keras_docs.DocFormerV2.from_preset(tmp_path / "ours")
    assert again.preprocessor.tokenizer.tokenize([text]) == tokenizer.tokenize([text])


@pytest.mark.parametrize(
    ("proto", "message"),
    [(b"nothing", "is no vocabulary"), (None, r"\d+ pieces.*40 embeddings")],
)
def test_a_tokenizer_that_does_not_fit(tmp_path, proto, message):
    checkpoint(tmp_path)
    proto = page_examples.sentencepiece_model() if proto is None else proto
    (tmp_path / "spiece.model").write_bytes(proto)
    with pytest.raises(ValueError, match=message):
        keras_docs.DocFormerV2Seq2SeqLM.from_preset(tmp_path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"feed_forward_proj": "gated-tanh"}, "feed_forward_proj='gated-tanh'"),
        ({"d_model": "8"}, "d_model"),
        ({"d_ff": 13}, "DenseReluDense.*13"),
        ({"num_layers": 3}, r"lack 'encoder\.block\.2"),
        ({"num_layers": 1}, r"no place for"),
        ({"dropout_rate": 1.5}, "dropout_rate"),
    ],
    ids=str,
)
def test_refused(tmp_path, changed, message):
    checkpoint(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))
    with pytest.raises(ValueError, match=message):
        keras_docs.DocFormerV2Backbone.from_preset(tmp_path)


def test_other_models_are_refused():
    other = keras_docs.DocFormerV2Backbone(8, 1, hidden_dim=4, intermediate_dim=4)
    with pytest.raises(ValueError, match="keras_hub.models.T5Backbone"):
        keras_docs.DocFormerV2Backbone.from_t5(other)
