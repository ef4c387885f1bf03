"""SentencePiece with sentinels, as T5 has them."""

import json

import numpy as np
import pytest
import sentencepiece
from keras import saving
from page_examples import TEXTS, sentencepiece_model, tokenizer

import keras_docs

pytestmark = pytest.mark.no_tensors


@pytest.fixture(scope="module")
def plain():
    return sentencepiece.SentencePieceProcessor(model_proto=sentencepiece_model())


def test_ids_are_those_of_sentencepiece(plain):
    assert tokenizer().tokenize(TEXTS) == plain.Encode(TEXTS)


def test_special_tokens():
    ours = tokenizer()
    assert (ours.pad_token_id, ours.end_token_id, ours.start_token_id) == (0, 1, 0)


def test_sentinels_come_last_in_falling_order(plain):
    ours, size = tokenizer(extra_ids=3), plain.vocab_size()
    assert ours.vocabulary_size() == size + 3
    assert [ours.sentinel_id(i) for i in range(3)] == [size + 2, size + 1, size]
    assert ours.id_to_token(size) == "<extra_id_2>"
    assert ours.token_to_id("<extra_id_0>") == size + 2
    with pytest.raises(ValueError, match="below the number of sentinels, 3.*: 3"):
        ours.sentinel_id(3)
    with pytest.raises(ValueError, match="`id` must be from 0"):
        ours.id_to_token(size + 3)


def test_sentinels_of_the_model_file_stay():
    proto = sentencepiece_model(84, ("<extra_id_0>", "<extra_id_1>"))
    ours = keras_docs.DocFormerV2Tokenizer(proto)
    inside = sentencepiece.SentencePieceProcessor(model_proto=proto)
    assert ours.vocabulary_size() == inside.vocab_size()
    assert ours.sentinel_id(1) == inside.PieceToId("<extra_id_1>")


def test_sentinels_that_begin_as_words_do():
    """As in mT5's model file."""
    names = ("\u2581<extra_id_1>", "\u2581<extra_id_0>")
    proto = sentencepiece_model(84, names)
    ours = keras_docs.DocFormerV2Tokenizer(proto)
    inside = sentencepiece.SentencePieceProcessor(model_proto=proto)
    assert ours.vocabulary_size() == inside.vocab_size()
    assert [ours.sentinel_id(i) for i in (1, 0)] == [inside.PieceToId(n) for n in names]
    assert ours.id_to_token(ours.sentinel_id(0)) == "<extra_id_0>"


@pytest.mark.large
def test_sentinels_are_those_of_transformers(tmp_path):
    transformers = pytest.importorskip("transformers")
    path = tmp_path / "spiece.model"
    path.write_bytes(sentencepiece_model())
    theirs = transformers.T5Tokenizer.from_pretrained(str(tmp_path), extra_ids=100)
    ours = keras_docs.DocFormerV2Tokenizer(str(path))
    names = ["<extra_id_0>", "<extra_id_7>", "<extra_id_99>", "</s>", "<pad>"]
    assert [ours.token_to_id(n) for n in names] == theirs.convert_tokens_to_ids(names)
    for text in TEXTS:
        assert ours.tokenize(text).tolist() == theirs(text).input_ids[:-1]


def test_words_by_themselves_are_cut_as_in_a_text():
    ours = tokenizer()
    for text in TEXTS:
        by_word = [id_ for ids in ours.tokenize(text.split()) for id_ in ids]
        assert by_word == ours.tokenize(text).tolist()


def test_detokenize():
    ours = tokenizer()
    ids = ours.tokenize(TEXTS)
    assert ours.detokenize(ids) == TEXTS
    assert ours.detokenize(ids[0]) == TEXTS[0]
    assert ours.detokenize(np.array(ids[0] + [1, 0, 0])) == TEXTS[0]
    beyond = [ours.sentinel_id(0), 10**6]
    assert ours.detokenize([ids[1] + beyond, []]) == [TEXTS[1], ""]


def test_config_and_bad_arguments():
    config = tokenizer(extra_ids=7).get_config()
    again = keras_docs.DocFormerV2Tokenizer.from_config(json.loads(json.dumps(config)))
    assert again.get_config() == config and again.extra_ids == 7
    assert saving.get_registered_name(type(again)) == "keras_docs>DocFormerV2Tokenizer"
    with pytest.raises(ValueError, match="`extra_ids` must be.*-1"):
        tokenizer(extra_ids=-1)
