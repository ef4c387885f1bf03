"""The text-to-text model: labels from records and back, and from texts to records."""

import functools
import io
import itertools

import keras
import nlu_examples
import numpy as np
import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

import keras_docs

# Scripts with spaces, without, and cut by pieces of the tokenizer.
WORDS = {
    " ": ["wake", "me", "fünf", "пять", "παίξε", "صباح", "हिन्दी", "noon."],
    "": list("今日天气はカナ"),
}
THAI = "ปลุกฉันตอนตีห้าเก้าโมงเช้า"
TYPES = ["date", "music album", "time"]
INTENTS = ["Other", "B-time", "alarm set", "stop"]


def spans(slots):
    return [(slot["type"], slot["start"], slot["end"]) for slot in slots]


def labels_preprocessor(**kwargs):
    return keras_docs.MultilingualNLUSeq2SeqPreprocessor(
        nlu_examples.tokenizer(), INTENTS, TYPES, sequence_length=512, **kwargs
    )


def records_of_rows(preprocessor, texts, rows):
    """What the decoder is said to have written: names, or ids as they are."""
    names = preprocessor.label_names[: 1 + 2 * len(TYPES)]
    first = preprocessor.first_label_id
    ids = [
        [first + names.index(label) if label in names else label for label in row]
        for row in rows
    ]
    return preprocessor.records_of(texts, ids)


def intent_id(preprocessor, name):
    place = 1 + 2 * len(TYPES) + INTENTS.index(name)
    return preprocessor.first_label_id + place


@st.composite
def sentences(draw):
    """A text of some script, its slots, and the labels of its words."""
    joiner = draw(st.sampled_from(list(WORDS)))
    chunks = draw(
        st.lists(
            st.tuples(
                st.sampled_from([None, *TYPES]),
                st.lists(st.sampled_from(WORDS[joiner]), min_size=1, max_size=3),
            ),
            max_size=6,
        )
    )
    words = [word for _, chunk in chunks for word in chunk]
    text, slots, labels, word = joiner.join(words), [], [], 0
    for kind, chunk in chunks:
        before = len(joiner.join([*words[:word], ""]))
        word += len(chunk)
        if kind is None:
            labels += ["Other"] * len(chunk)
            continue
        end = len(joiner.join(words[:word]))
        slots.append({"type": kind, "start": before, "end": end})
        labels += [f"B-{kind}", *[f"I-{kind}"] * (len(chunk) - 1)]
    return text, draw(st.sampled_from(INTENTS)), slots, labels


@pytest.mark.no_tensors
@settings(max_examples=80, deadline=None)
@given(st.lists(sentences(), min_size=1, max_size=4))
def test_records_to_labels_and_back(drawn):
    preprocessor = labels_preprocessor()
    texts = [text for text, *_ in drawn]
    x, y, weight = preprocessor([(t, intent, slots) for t, intent, slots, _ in drawn])
    written = preprocessor.generate_postprocess(
        {
            "decoder_token_ids": np.concatenate([np.zeros_like(y[:, :1]), y], axis=1),
            "decoder_padding_mask": np.concatenate([weight[:, :1], weight], axis=1),
        }
    )
    assert written == [" ".join([*labels, intent]) for _, intent, _, labels in drawn]
    # The decoder is told each label, and the start before the first.
    np.testing.assert_array_equal(
        x["decoder_token_ids"][:, 1:] * weight[:, 1:], y[:, :-1] * weight[:, 1:]
    )
    assert (x["decoder_token_ids"][:, 0] == 0).all()
    np.testing.assert_array_equal(x["decoder_padding_mask"], weight)
    assert weight.sum() == sum(len(labels) + 2 for *_, labels in drawn)
    for record, (text, intent, slots, labels) in zip(
        preprocessor.records_of(texts, y), drawn, strict=True
    ):
        assert record["intent"] == (intent if labels else None)
        assert spans(record["slots"]) == spans(slots)
        assert all(s["value"] == text[s["start"] : s["end"]] for s in record["slots"])


@pytest.mark.no_tensors
def test_slots_of_unspaced_scripts_begin_and_end_at_pieces():
    preprocessor = labels_preprocessor()
    units = preprocessor.unit_spans(THAI)
    assert len(units) > 4
    for first, last in itertools.combinations(range(len(units)), 2):
        slots = [
            {"type": "time", "start": units[first][0], "end": units[last - 1][1]},
            {"type": "time", "start": units[last][0], "end": units[-1][1]},
        ]
        _, y, _ = preprocessor([(THAI, "stop", slots)])
        assert spans(preprocessor.records_of([THAI], y)[0]["slots"]) == spans(slots)


@pytest.mark.no_tensors
def test_the_input_is_prefix_text_and_end():
    preprocessor = labels_preprocessor(prefix="play ")
    tokenizer = preprocessor.tokenizer
    x = preprocessor(["wake me", "play"])
    pieces = [tokenizer.tokenize([word])[0] for word in ("play", "wake", "me")]
    # A boundary of its own is no piece of the word.
    alone = tokenizer.token_to_id("\u2581")
    pieces = [ids[1:] if ids[0] == alone else ids for ids in pieces]
    expected = [int(i) for ids in pieces for i in ids] + [tokenizer.end_token_id]
    mask = x["encoder_padding_mask"]
    assert x["encoder_token_ids"][0, : mask[0].sum()].tolist() == expected
    assert mask.sum(axis=1)[1] == 2 * len(pieces[0]) + 1
    assert x["decoder_token_ids"].tolist() == [[0], [0]]
    assert labels_preprocessor(prefix="")([""])["encoder_padding_mask"].sum() == 1


@pytest.mark.no_tensors
def test_words_beyond_the_length_have_no_labels():
    preprocessor = keras_docs.MultilingualNLUSeq2SeqPreprocessor(
        nlu_examples.tokenizer(), ["stop"], ["time"], sequence_length=8, prefix=""
    )
    text = " ".join("abcdefghijkl")
    x, y, weight = preprocessor(
        [(text, "stop", [{"type": "time", "start": 0, "end": len(text)}])]
    )
    assert x["encoder_token_ids"].shape == (1, 8)
    found = preprocessor.records_of([text], y)[0]
    assert found["intent"] == "stop"
    assert text.startswith(found["slots"][0]["value"])
    assert 0 < found["slots"][0]["end"] < len(text)


@pytest.mark.no_tensors
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["B-time"], [("time", 0, 4)]),
        (["Other", "I-time", "I-date"], [("time", 5, 7), ("date", 8, 10)]),
        (["B-time", "B-time", "I-time"], [("time", 0, 4), ("time", 5, 10)]),
        (["Other"] * 3 + ["B-time"] * 9, []),
        ([7, 10**6, -3, "B-time"], []),
        ([], []),
    ],
)
def test_whatever_is_written_is_read_by_the_rule(written, expected):
    preprocessor = labels_preprocessor()
    end = preprocessor.tokenizer.end_token_id
    stop = intent_id(preprocessor, "stop")
    text = "wake me up"
    finished, ended, open_ = records_of_rows(
        preprocessor,
        [text] * 3,
        [[*written, stop, "B-date", stop], [*written, end, stop], written],
    )
    assert finished["intent"] == "stop" and finished["confidence"] == 1
    assert spans(finished["slots"]) == expected
    for record in (ended, open_):
        assert record["intent"] is None and record["confidence"] == 0
        assert record["ranking"] == [] and spans(record["slots"]) == expected


@pytest.mark.no_tensors
@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(-5, 200), max_size=12), st.text(max_size=12))
def test_random_tokens_make_records(ids, text):
    found = labels_preprocessor().records_of([text], [ids])[0]
    assert found["text"] == text and found["intent"] in [None, *INTENTS]
    last = 0
    for slot in found["slots"]:
        assert last <= slot["start"] < slot["end"] <= len(text)
        assert slot["value"] == text[slot["start"] : slot["end"]]
        last = slot["end"]


@pytest.mark.no_tensors
def test_probabilities_rank_intents_and_weigh_slots():
    preprocessor = labels_preprocessor()
    first = preprocessor.first_label_id
    row = [first + 5, first + 6, intent_id(preprocessor, "B-time")]
    probabilities = np.zeros((1, 3, len(preprocessor.label_names)))
    probabilities[0, 0, 5], probabilities[0, 1, 6] = 0.8, 0.4
    probabilities[0, 2, -4:] = 0.1, 0.3, 0.4, 0.2
    found = preprocessor.records_of(["five am"], [row], probabilities, top=3)[0]
    assert found["slots"][0]["confidence"] == pytest.approx(0.6)
    # What was written comes first, even if a beam chose what seemed less probable.
    assert [entry["intent"] for entry in found["ranking"]] == [
        "B-time",
        "alarm set",
        "stop",
    ]
    assert found["confidence"] == pytest.approx(0.3)
    unsure = preprocessor.records_of(["five am"], [row], probabilities, 0.35)[0]
    assert unsure["intent"] is None and unsure["ranking"] == found["ranking"]


HELD_OUT = 140
# A grammar whose sentences are combinations: most are seen, the others held out.
VERBS = {
    "wake": "alarm",
    "ring": "alarm",
    "rouse": "alarm",
    "play": "music",
    "sing": "music",
    "hum": "music",
}
FILLERS = [["me"], ["now"], []]
VALUES = [
    [("time", ["noon"])],
    [("time", ["dawn"])],
    [("time", ["five", "am"])],
    [("time", ["six", "am"])],
    [("song", ["help"])],
    [("song", ["thriller"])],
    [("song", ["hey", "jude"])],
    [("song", ["help"]), ("song", ["hey", "jude"])],
    [("song", ["help"]), ("song", ["thriller"])],
]


@functools.cache
def grammar():
    records = []
    for verb, filler, values in itertools.product(VERBS, FILLERS, VALUES):
        words, slots = [verb, *filler], []
        for kind, value in values:
            start = len(" ".join([*words, ""]))
            words += value
            end = len(" ".join(words))
            slots.append({"type": kind, "start": start, "end": end})
        records.append((" ".join(words), VERBS[verb], slots))
    order = np.random.default_rng(2).permutation(len(records))
    return [records[place] for place in order]


@functools.cache
def word_pieces() -> bytes:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([text for text, *_ in grammar()] * 4),
        model_writer=model,
        vocab_size=90,
        hard_vocab_limit=False,
        pad_id=0,
        unk_id=1,
        bos_id=2,
        eos_id=3,
        user_defined_symbols=["<mask>"],
        minloglevel=2,
    )
    return model.getvalue()


@pytest.fixture(scope="module")
def trained():
    keras.utils.set_random_seed(1)
    preprocessor = keras_docs.MultilingualNLUSeq2SeqPreprocessor(
        keras_docs.MultilingualNLUTokenizer(word_pieces()), prefix=""
    ).adapt(grammar())
    backbone = keras_docs.DocFormerV2Backbone(
        preprocessor.vocabulary_size,
        num_layers=1,
        hidden_dim=32,
        intermediate_dim=64,
        dropout=0.0,
        use_layout=False,
    )
    model = keras_docs.MultilingualNLUSeq2Seq(backbone, preprocessor)
    model.compile(optimizer=keras.optimizers.Adam(0.005))
    model.fit(grammar()[:HELD_OUT], epochs=80, batch_size=28, verbose=0)
    return model


@pytest.mark.costly
def test_held_out_sentences_are_parsed(trained):
    held_out = grammar()[HELD_OUT:]
    # All texts of these tests have one padded length, and go by eight: JAX compiles
    # once.
    parsed = trained.parse([text for text, *_ in held_out], batch_size=8)
    right = [
        found["text"] == text
        and found["intent"] == intent
        and spans(found["slots"]) == spans(slots)
        for found, (text, intent, slots) in zip(parsed, held_out, strict=True)
    ]
    assert len(right) == 22 and np.mean(right) > 0.8


def test_confidences_are_those_of_the_logits(trained):
    parsed = trained.parse([text for text, *_ in grammar()[:8]], top=2)
    as_records = [(found["text"], found["intent"], found["slots"]) for found in parsed]
    logits = trained.predict(as_records, verbose=0)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    _, y, _ = trained.preprocessor(as_records)
    chosen = np.take_along_axis(probabilities, y[..., None], axis=-1)[..., 0]
    for found, row in zip(parsed, chosen, strict=True):
        words = found["text"].split(" ")
        assert found["confidence"] == pytest.approx(row[len(words)], abs=1e-4)
        ranked = [entry["intent"] for entry in found["ranking"]]
        assert ranked[0] == found["intent"] and sorted(ranked) == ["alarm", "music"]
        for slot in found["slots"]:
            first = len(found["text"][: slot["start"]].split())
            last = first + len(slot["value"].split())
            mean = row[first:last].mean()
            assert slot["confidence"] == pytest.approx(mean, abs=1e-4)


def test_generate_writes_labels_to_read(trained):
    texts = [text for text, *_ in grammar()[:8]]
    written, scores = trained.generate(texts, return_scores=True)
    for labels, found in zip(written, trained.parse(texts), strict=True):
        *tags, intent = labels.split()
        assert intent == found["intent"] and len(tags) == len(found["text"].split())
        assert tags.count("B-song") == [s["type"] for s in found["slots"]].count("song")
    assert (scores["mean_probability"] > 0).all()


def test_hostile_texts_are_parsed(trained):
    texts = ["", "  ", "\x00", "x" * 3000, "ᚠᛇᚻ", "今日は", "wake me noon", "play help"]
    parsed = trained.parse(texts)
    assert [found["text"] for found in parsed] == texts
    for found in parsed[:2]:
        assert found["intent"] is None and found["slots"] == []
    assert all(found["intent"] for found in parsed[-2:])
    assert trained.parse([]) == []


@pytest.mark.costly
def test_beams_are_parsed_too(trained):
    greedy = trained.sampler
    trained.compile(sampler="beam")
    texts = [text for text, *_ in grammar()[:8]]
    found = trained.parse(texts)
    trained.compile(sampler=greedy)
    same = [one["intent"] == r[1] for one, r in zip(found, grammar(), strict=False)]
    assert np.mean(same) > 0.8


def test_a_preset_parses_the_same(trained, tmp_path):
    trained.save_to_preset(tmp_path / "preset")
    loaded = keras_docs.MultilingualNLUSeq2Seq.from_preset(tmp_path / "preset")
    texts = [text for text, *_ in grammar()[:8]]
    assert loaded.parse(texts) == trained.parse(texts)


@pytest.mark.costly
def test_weights_and_tokenizer_serve_for_other_labels(trained, tmp_path):
    trained.save_to_preset(tmp_path / "preset")
    records = [("play hey", "start", []), ("ring now", "B-time", [])]
    model = keras_docs.MultilingualNLUSeq2Seq.from_records(
        records, tmp_path / "preset", lowercase=False
    )
    assert model.preprocessor.intents == ["B-time", "start"]
    assert model.preprocessor.prefix == "" and not model.preprocessor.lowercase
    ours, theirs = (m.backbone.token_embedding.embeddings for m in (model, trained))
    count = trained.preprocessor.first_label_id
    np.testing.assert_array_equal(ours.numpy()[:count], theirs.numpy()[:count])
    model.fit(records * 4, epochs=1, verbose=0)


@pytest.mark.parametrize("tied", [True, False])
def test_label_rows_are_added_to_the_same_weights(tied):
    tokenizer = nlu_examples.tokenizer()
    count = tokenizer.vocabulary_size()
    # Two rows to spare, as checkpoints have them.
    backbone = small(vocabulary_size=count + 2, tie_embedding_weights=tied)
    model = keras_docs.MultilingualNLUSeq2Seq.from_records(
        nlu_examples.utterances(14), backbone, tokenizer
    )
    preprocessor = model.preprocessor
    assert preprocessor.prefix == "Annotate: "
    assert model.backbone.vocabulary_size == preprocessor.vocabulary_size
    ours = {variable.path: variable.numpy() for variable in model.backbone.weights}
    assert list(ours) == [variable.path for variable in backbone.weights]
    for variable in backbone.weights:
        new, old = ours[variable.path], variable.numpy()
        if "token_embedding" in variable.path:
            new, old = (a if a.shape[1] == 8 else a.T for a in (new, old))
            new, old = new[:count], old[:count]
        np.testing.assert_array_equal(new, old)
    # The row of `B-date` begins near those of the pieces of "begin date".
    table = model.backbone.token_embedding.embeddings.numpy()
    ids = [int(i) for i in tokenizer.tokenize(["begin date"])[0]]
    row = table[count + preprocessor.label_names.index("B-date")]
    assert abs(row - table[ids].mean(axis=0)).max() < 0.6
    assert len(np.unique(table[count:], axis=0)) == len(preprocessor.label_names)


def small(**kwargs):
    sizes = {"num_layers": 1, "num_heads": 2, "hidden_dim": 8, "intermediate_dim": 8}
    return keras_docs.DocFormerV2Backbone(
        **{"vocabulary_size": 300, "use_layout": False, **sizes, **kwargs}
    )


def test_bad_models_are_refused(trained):
    model = keras_docs.MultilingualNLUSeq2Seq
    preprocessor = nlu_examples.seq_2_seq_preprocessor()
    with pytest.raises(ValueError, match="use_layout=True"):
        model(small(use_layout=True, image_shape=None), preprocessor)
    with pytest.raises(ValueError, match="decoder"):
        model(small(num_decoder_layers=0), preprocessor)
    with pytest.raises(ValueError, match="vocabulary_size=9"):
        model(small(vocabulary_size=9), preprocessor)
    with pytest.raises(ValueError, match="MultilingualNLUSeq2SeqPreprocessor"):
        model(small(), nlu_examples.preprocessor())
    untaught = keras_docs.MultilingualNLUSeq2SeqPreprocessor(nlu_examples.tokenizer())
    with pytest.raises(ValueError, match="adapt"):
        model(small(), untaught)
    records = nlu_examples.utterances(3)
    with pytest.raises(ValueError, match="tokenizer.*given"):
        model.from_records(records, small())
    with pytest.raises(ValueError, match="do not belong"):
        model.from_records(records, small(vocabulary_size=9), nlu_examples.tokenizer())
    adapted = small()
    adapted.enable_lora(2)
    with pytest.raises(ValueError, match="LoRA"):
        model.from_records(records, adapted, nlu_examples.tokenizer())
    with pytest.raises(ValueError, match="from_records"):
        model(small()).parse(["play abba"])
    with pytest.raises(TypeError, match="`preproces`"):
        model(small(), preproces=preprocessor)


def test_bad_data_are_refused(trained):
    with pytest.raises(ValueError, match="no labels"):
        trained.fit(["play help"])
    with pytest.raises(ValueError, match="alarm"):
        trained.fit([("play help", "alarms", [])])
    with pytest.raises(ValueError, match="Record|record"):
        trained.fit([("play help", "music", [{"type": "song", "start": 5, "end": 99}])])
    with pytest.raises(ValueError, match="list of texts"):
        trained.parse("play help")
    with pytest.raises(ValueError, match="position 1"):
        trained.parse(["play help", 3])


@pytest.mark.no_tensors
def test_bad_preprocessors_are_refused():
    make = functools.partial(
        keras_docs.MultilingualNLUSeq2SeqPreprocessor, nlu_examples.tokenizer()
    )
    with pytest.raises(TypeError, match="special_tokens"):
        make(special_tokens=True)
    with pytest.raises(ValueError, match="`prefix`.*3"):
        make(prefix=3)
    with pytest.raises(ValueError, match="sequence_length=4.*prefix"):
        make(sequence_length=4)(["play"])
    with pytest.raises(ValueError, match="2 texts, 1 rows"):
        labels_preprocessor().records_of(["a", "b"], [[1]])
