"""The preprocessor against the tokenizer's own library, and on hostile input."""

import io
import itertools
import unicodedata

import keras_hub
import nlu_examples
import numpy as np
import pytest
import sentencepiece

import keras_docs
from keras_docs.models.multilingual_nlu.bio_tags import slots_of_tags
from keras_docs.models.multilingual_nlu.length_buckets import LengthBuckets
from keras_docs.models.multilingual_nlu.multilingual_nlu_preprocessor import LENGTHS

pytestmark = pytest.mark.no_tensors


def processor():
    model = nlu_examples.sentencepiece_model()
    return sentencepiece.SentencePieceProcessor(model_proto=model)


def ids_of(preprocessor, text):
    encoded = preprocessor([text])
    return encoded["token_ids"][0][encoded["padding_mask"][0] > 0].tolist()


@pytest.mark.parametrize("text", ["wake me at five am", "spiele die ärzte heute"])
def test_ids_are_sentencepieces_without_boundaries_that_stand_alone(text):
    boundary = processor().piece_to_id("\u2581")
    expected = [id_ for id_ in processor().encode(text) if id_ != boundary]
    assert ids_of(nlu_examples.preprocessor(), text) == expected


@pytest.mark.parametrize("text", ["wake me at five am", "spiele die ärzte heute"])
def test_ids_for_kerashubs_encoders_are_kerashubs(text):
    tokenizer = keras_hub.tokenizers.XLMRobertaTokenizer(
        nlu_examples.sentencepiece_model()
    )
    preprocessor = keras_docs.MultilingualNLUPreprocessor(
        tokenizer, special_tokens=True
    )
    expected = [0, *(int(id_) for id_ in tokenizer.tokenize([text])[0]), 2]
    assert ids_of(preprocessor, text) == expected


def test_ids_do_not_depend_on_case_or_on_what_was_read_before():
    preprocessor = nlu_examples.preprocessor()
    first = ids_of(preprocessor, "play abba today")
    preprocessor(["Play the Beatles", "unknown words here"])
    assert ids_of(preprocessor, "PLAY  Abba\ttoday") == first


def test_special_tokens_surround_the_text():
    preprocessor = nlu_examples.preprocessor(special_tokens=True, sequence_length=6)
    ids = ids_of(preprocessor, "play abba " * 9)
    tokenizer = preprocessor.tokenizer
    assert len(ids) == 6
    assert ids[0] == tokenizer.start_token_id and ids[-1] == tokenizer.end_token_id
    assert ids_of(preprocessor, "") == [ids[0], ids[-1]]


def test_every_record_comes_back_from_its_arrays():
    preprocessor = nlu_examples.preprocessor(sequence_length=32)
    records = nlu_examples.utterances(28)
    _, y, weights = preprocessor(records)
    for row, record in enumerate(records):
        tags = y["slots"][row][weights["slots"][row] > 0]
        spans = preprocessor.unit_spans(record.text)
        assert len(spans) == len(tags)
        found = slots_of_tags(
            record.text, spans, tags, [1.0] * len(tags), preprocessor.slot_types
        )
        values = [s["value"] for s in found]
        if record.locale == "th-TH":
            # Pieces may reach over the slot's ends.
            assert len(values) == 1 and record.slots[0]["value"] in values[0]
        else:
            assert values == [s["value"] for s in record.slots]
        assert preprocessor.intents[y["intent"][row]] == record.intent


def test_units_are_pieces_where_there_are_no_spaces():
    preprocessor = nlu_examples.preprocessor(sequence_length=32)
    text = next(r for r in nlu_examples.utterances(7) if r.locale == "th-TH").text
    pieces = [
        piece.lstrip("\u2581") for piece in processor().encode(text, out_type=str)
    ]
    spans = preprocessor.unit_spans(text)
    assert " " not in text and len(spans) > 3
    assert [text[start:end] for start, end in spans] == [p for p in pieces if p]


def test_spaces_between_unspaced_words_are_read_and_bear_no_tag():
    preprocessor = nlu_examples.preprocessor()
    apart, joined = "ตี ห้า", "ตีห้า"
    boundary = processor().piece_to_id("\u2581")
    ids = ids_of(preprocessor, apart)
    assert (
        ids.count(boundary) == 2 and ids_of(preprocessor, joined).count(boundary) == 1
    )
    pieces = preprocessor.encode_pieces([apart])
    assert not pieces.is_unit[pieces.ids == boundary].any()
    assert pieces.is_unit.sum() == len(preprocessor.unit_spans(apart))


def test_pieces_have_their_place_though_a_vowel_is_read_as_two_characters():
    text = "ทำงาน จำ คำถาม"
    model = nlu_examples.sentencepiece_model(
        40, (unicodedata.normalize("NFKC", text),) * 9
    )
    tokenizer = keras_docs.MultilingualNLUTokenizer(model)
    preprocessor = keras_docs.MultilingualNLUPreprocessor(tokenizer)
    spans = preprocessor.unit_spans(text)
    assert "".join(text[start:end] for start, end in spans) == text.replace(" ", "")
    assert len(spans) > 3
    assert preprocessor.unknown_id not in ids_of(preprocessor, text)


def test_sample_weight_multiplies_both_heads():
    records = nlu_examples.utterances(3)
    _, _, plain = nlu_examples.preprocessor()(records)
    _, _, weighted = nlu_examples.preprocessor()(records, None, [1.0, 2.0, 0.0])
    np.testing.assert_array_equal(weighted["intent"], [1, 2, 0])
    expected = plain["slots"] * np.array([[1], [2], [0]])
    np.testing.assert_array_equal(weighted["slots"], expected)


def test_texts_with_labels_apart_are_the_same_as_records():
    records = nlu_examples.utterances(5)
    preprocessor = nlu_examples.preprocessor()
    together = preprocessor(records)
    apart = preprocessor(
        [r.text for r in records], [(r.intent, r.slots) for r in records]
    )
    for one, other in zip(together, apart, strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])


def test_wordpiece_tokenizers_serve_too():
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "play", "ab", "##ba"]
    tokenizer = keras_hub.tokenizers.BertTokenizer(vocabulary=vocabulary)
    preprocessor = keras_docs.MultilingualNLUPreprocessor(
        tokenizer, special_tokens=True, segment_ids=True
    )
    encoded = preprocessor(["Play abba zzz"])
    assert encoded["token_ids"][0, :6].tolist() == [2, 5, 6, 7, 1, 3]
    assert encoded["segment_ids"].shape == encoded["token_ids"].shape
    pieces = preprocessor.encode_pieces(["play abba"])
    assert pieces.is_unit.tolist() == [True, True, False]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "\x00\x01\x02",
        "\ud7ff\ufffe",
        "😀👨‍👩‍👧",
        "ᚠᛇᚻ",
        "a" * 10_000,
        "a " * 10_000,
    ],
)
def test_any_text_gives_finite_arrays(text):
    encoded = nlu_examples.preprocessor()([text])
    length = encoded["token_ids"].shape[1]
    assert 8 <= length <= 16
    assert encoded["padding_mask"].sum() >= 1
    vocabulary = nlu_examples.tokenizer().vocabulary_size()
    assert 0 <= encoded["token_ids"].min() <= encoded["token_ids"].max() < vocabulary


SLOT = {"type": "time", "start": 8, "end": 12}


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (("wake me five", "alarm_set", [{**SLOT, "end": 13}]), "has 12 characters"),
        (("wake me five", "alarm_set", [{**SLOT, "start": 12}]), "has 12 characters"),
        (("wake me five", "alarm_set", [SLOT, SLOT]), "cannot overlap"),
        (("wake me five", "alarm_set", [{"type": "time"}]), "`start` and `end`"),
        (("wake me five", "alarm_set", ["time"]), "must be a dict"),
        (("wake me five", "alarm_sett", []), "alarm_sett.*Did you mean 'alarm_set'"),
        (("wake me five", "alarm_set", [{**SLOT, "type": "tim"}]), "mean 'time'"),
        (("wake me five", 3, []), "must be \\(intent, slots\\)"),
        ((None, "alarm_set", []), "list of strings"),
        ((b"wake", "alarm_set", []), "list of strings"),
    ],
)
def test_bad_records_are_named_by_their_place(record, message):
    records = [*nlu_examples.utterances(2), record]
    with pytest.raises(ValueError, match=message) as caught:
        nlu_examples.preprocessor()(records)
    assert "2" in str(caught.value)


def test_labels_for_some_texts_only_are_refused():
    with pytest.raises(ValueError, match="2 texts and 1 labels"):
        nlu_examples.preprocessor()(["a", "b"], [("alarm_set", [])])
    with pytest.raises(ValueError, match="one string"):
        nlu_examples.preprocessor()("wake me")


def test_a_vocabulary_without_the_special_tokens_is_refused():
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c d"] * 9),
        model_writer=model,
        vocab_size=8,
        minloglevel=2,
    )
    with pytest.raises(ValueError, match="<pad>|<mask>"):
        keras_docs.MultilingualNLUTokenizer(model.getvalue())


def test_buckets_hold_each_row_once_and_cut_padding_only():
    preprocessor = nlu_examples.preprocessor(sequence_length=32)
    texts = ["play abba " * (1 + row % 9) for row in range(50)]
    features = preprocessor(texts)
    numbers = np.arange(50)
    for drop_last, widths in itertools.product((False, True), (LENGTHS, (16, 64))):
        batches = LengthBuckets(
            (features, numbers), 8, widths, shuffle=True, drop_last=drop_last
        )
        seen = []
        for index in range(len(batches)):
            x, rows = batches[index]
            width = x["token_ids"].shape[1]
            assert width in widths or width == features["token_ids"].shape[1]
            assert x["padding_mask"].sum() == features["padding_mask"][rows].sum()
            np.testing.assert_array_equal(
                x["token_ids"], features["token_ids"][rows][:, :width]
            )
            seen += rows.tolist()
        assert len(seen) == len(set(seen)) == (48 if drop_last else 50)


def test_no_tokenizer():
    with pytest.raises(ValueError, match="`tokenizer` must be.*None"):
        keras_docs.MultilingualNLUPreprocessor(None)
