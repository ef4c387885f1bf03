"""Checkpoints that would give other numbers, or are damaged, are refused by name."""

import base64
import json
import sys
from pathlib import Path

import keras_hub
import numpy as np
import pytest

import keras_docs
from keras_docs.hub import PresetError, UnsupportedCheckpointError

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("sentencepiece")
sys.path.insert(0, str(Path(__file__).parent))

from nlu_checkpoints import (  # noqa: E402
    INTENTS,
    PIECES,
    TAGS,
    checkpoint,
    labels,
    rewrite,
    save_word_pieces,
)
from safetensors.numpy import load_file, save_file  # noqa: E402

pytestmark = pytest.mark.no_tensors

TEXTS, WORDS = "ForSequenceClassification", "ForTokenClassification"
QUERY = "bert.encoder.layer.1.attention.self.query.weight"


@pytest.fixture
def folder(tmp_path):
    """A checkpoint that loads."""
    checkpoint(tmp_path, "Bert", TEXTS, **labels(INTENTS))
    save_word_pieces(tmp_path)
    return tmp_path


def refused(folder, error, match):
    with pytest.raises(error, match=match):
        keras_docs.MultilingualNLU.from_preset(folder)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"hidden_act": "quick_gelu"}, "hidden_act='quick_gelu'.*'gelu', 'gelu_fast'"),
        ({"hidden_act": ["gelu"]}, "hidden_act"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type"),
        ({"is_decoder": True}, "is_decoder=True"),
        ({"add_cross_attention": True}, "add_cross_attention"),
        ({"model_type": "xlm-roberta", "pad_token_id": 0}, "pad_token_id=0"),
        ({"model_type": "electra"}, "'electra'.*bert, xlm-roberta"),
        ({"problem_type": "multi_label_classification"}, "multi_label"),
        ({"id2label": {"0": "score"}}, "1 labels"),
    ],
    ids=str,
)
def test_what_it_cannot_compute(folder, changes, match):
    rewrite(folder / "config.json", **changes)
    refused(folder, UnsupportedCheckpointError, match)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"hidden_size": "8"}, "hidden_size.*'8'"),
        ({"num_hidden_layers": 0}, "num_hidden_layers.*above 0"),
        ({"layer_norm_eps": -1}, "layer_norm_eps"),
        ({"hidden_dropout_prob": True}, "hidden_dropout_prob"),
        ({"vocab_size": 10**12}, "word_embeddings.*shape"),
        ({"num_hidden_layers": 10**9}, "lack 'bert.encoder.layer.2"),
        ({"num_hidden_layers": 1}, "'bert.encoder.layer.1.*no place"),
        ({"intermediate_size": 32}, "intermediate.dense.*shape"),
        ({"id2label": {"0": "a", "2": "b"}}, "number its labels from 0"),
        ({"id2label": {"0": "a", "1": "a"}}, "different strings"),
        ({"id2label": {"0": "a", "1": "b"}}, "'classifier.weight' has the shape"),
        ({"model_type": "xlm-roberta", "pad_token_id": 1}, "lack"),
    ],
    ids=str,
)
def test_config_that_does_not_fit(folder, changes, match):
    rewrite(folder / "config.json", **changes)
    refused(folder, PresetError, match)


@pytest.mark.parametrize(
    ("names", "match"),
    [
        (["LABEL_0", "LABEL_1"], "'LABEL_0'.*restore"),
        (["O", "B-time", "I-time", "S-time"], "'S-time'"),
        (["O", "B-time", "I-time", "I-place"], "'I-place' without a 'B-'"),
        (["B-time", "I-time"], "no 'O'"),
        (["O"], "'O' alone"),
    ],
    ids=str,
)
def test_labels_that_are_not_bio(tmp_path, names, match):
    checkpoint(tmp_path, "Bert", WORDS, **labels(names))
    save_word_pieces(tmp_path)
    refused(tmp_path, UnsupportedCheckpointError, match)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({QUERY: None}, "lack 'bert.encoder.layer.1.attention.self.query.weight'"),
        ({QUERY: np.zeros((8, 4), "float32")}, r"query.weight.*\(8, 4\)"),
        ({QUERY: np.zeros((8, 8), "int8")}, "stored as I8"),
        ({"classifier.bias": None}, "lack 'classifier.bias'"),
        ({"bert.pooler.dense.weight": np.zeros((8, 9), "float32")}, "pooler"),
        (
            {QUERY.replace("query.weight", "distance_embedding.weight"): np.ones(9)},
            "distance_embedding.*no place",
        ),
        ({"adapter.weight": np.ones(3)}, "'adapter.weight'.*Bert"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value,
)
def test_weights_that_do_not_fit(folder, changes, match):
    path = folder / "model.safetensors"
    tensors = {**load_file(path), **changes}
    save_file({n: t for n, t in tensors.items() if t is not None}, path)
    refused(folder, PresetError, match)


def test_damaged_weights(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-40])
    refused(folder, PresetError, "model.safetensors is not a readable")
    path.unlink()
    refused(folder, PresetError, "safetensors")
    save_file({"lora": np.ones(3)}, folder / "adapter_model.safetensors")
    refused(folder, PresetError, "neither model.safetensors nor")


def test_unused_pooler(tmp_path):
    """Older versions of transformers saved one with the head over tokens."""
    checkpoint(tmp_path, "Bert", WORDS, **labels(TAGS))
    save_word_pieces(tmp_path)
    path = tmp_path / "model.safetensors"
    extra = {"bert.pooler.dense.bias": np.ones(8, "float32")}
    extra["bert.embeddings.position_ids"] = np.arange(34)[None]
    save_file({**load_file(path), **extra}, path)
    model = keras_docs.MultilingualNLU.from_preset(tmp_path)
    assert model.preprocessor.slot_types == ["time", "place"]


def test_no_tokenizer(folder):
    (folder / "vocab.txt").unlink()
    refused(folder, PresetError, "no tokenizer.*Copy")
    tokenizer = keras_hub.tokenizers.BertTokenizer(PIECES)
    preprocessor = keras_docs.MultilingualNLUPreprocessor(tokenizer, intents=INTENTS)
    model = keras_docs.MultilingualNLU.from_preset(folder, preprocessor=preprocessor)
    assert model.preprocessor is preprocessor


SPECIAL = b"[UNK]\n[PAD]\n[CLS]\n[SEP]\n[MASK]\n"


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"[PAD]\n[UNK]\n[CLS]\n[SEP]\nwake\n", r"vocab.txt.*\[MASK\]"),
        (b"\xff\xfe", "vocab.txt"),
        (SPECIAL + "\n".join("a" * n for n in range(1, 37)).encode(), "41 pieces.*40"),
    ],
    ids=["incomplete", "not UTF-8", "too many"],
)
def test_other_vocabulary(folder, content, match):
    (folder / "vocab.txt").write_bytes(content)
    refused(folder, PresetError, match)


def test_sentencepiece_file_of_something_else(folder):
    (folder / "sentencepiece.bpe.model").write_bytes(b"not a model")
    refused(folder, PresetError, "sentencepiece.bpe.model")


def test_casing_that_is_no_bool(folder):
    save_word_pieces(folder, do_lower_case="yes")
    refused(folder, PresetError, "do_lower_case.*'yes'")


UNIGRAM = [
    ["<s>", 0],
    ["<pad>", 0],
    ["</s>", 0],
    ["<unk>", 0],
    ["a", -1],
    ["<mask>", 0],
]


@pytest.mark.parametrize(
    ("model", "match"),
    [
        ({"type": "BPE"}, "'BPE'.*preprocessor="),
        ({"type": "WordPiece"}, "vocab"),
        ({"type": "WordPiece", "vocab": {"a": 0, "b": 7}}, "are not 0, 1, 2"),
        ({"type": "WordPiece", "vocab": ["a"]}, "malformed"),
        ({"type": "Unigram", "vocab": UNIGRAM[1:]}, "XLM-RoBERTa's begin"),
        ({"type": "Unigram", "vocab": [["a"]]}, "malformed"),
        ({"type": "Unigram", "vocab": UNIGRAM, "byte_fallback": True}, "byte_fallback"),
        ([], "None"),
    ],
    ids=str,
)
def test_other_tokenizer_json(folder, model, match):
    (folder / "vocab.txt").unlink()
    (folder / "tokenizer.json").write_text(json.dumps({"model": model}))
    refused(folder, PresetError, match)


def test_charsmap_that_is_damaged(folder):
    (folder / "vocab.txt").unlink()
    normalizer = {"type": "Precompiled"}
    for charsmap in ("?", base64.b64encode(b"short").decode()):
        content = {
            "model": {"type": "Unigram", "vocab": UNIGRAM},
            "normalizer": {**normalizer, "precompiled_charsmap": charsmap},
        }
        (folder / "tokenizer.json").write_text(json.dumps(content))
        refused(folder, PresetError, "tokenizer.json")
