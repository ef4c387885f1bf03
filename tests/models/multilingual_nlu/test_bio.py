"""BIO tags: from slots and back, and decoding against every possible sequence."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from keras_docs.models.multilingual_nlu.bio_decoding import decode_bio
from keras_docs.models.multilingual_nlu.bio_tags import slots_of_tags, tags_of_slots
from keras_docs.models.multilingual_nlu.words import word_spans

TYPES = ["date", "time"]
INDEX = {"date": 0, "time": 1}


def slot(text, value, kind):
    start = text.index(value)
    return {"type": kind, "value": value, "start": start, "end": start + len(value)}


@pytest.mark.no_tensors
def test_tags_of_a_sentence():
    text = "wake me at five am this week please"
    slots = [slot(text, "five am", "time"), slot(text, "this week", "date")]
    tags = tags_of_slots(word_spans(text), slots, INDEX)
    # O O O B-time I-time B-date I-date O
    assert tags == [0, 0, 0, 3, 4, 1, 2, 0]


@pytest.mark.no_tensors
def test_neighbours_of_one_type_stay_two():
    text = "today tomorrow"
    slots = [slot(text, "today", "date"), slot(text, "tomorrow", "date")]
    tags = tags_of_slots(word_spans(text), slots, INDEX)
    assert tags == [1, 1]
    found = slots_of_tags(text, word_spans(text), tags, [1.0, 0.5], TYPES)
    assert [s["value"] for s in found] == ["today", "tomorrow"]
    assert [s["confidence"] for s in found] == [1.0, 0.5]


@pytest.mark.no_tensors
def test_a_slot_of_a_part_of_a_word_takes_the_word():
    text = "weckt mich um 5uhr"
    slots = [{"type": "time", "start": 14, "end": 15}]
    assert tags_of_slots(word_spans(text), slots, INDEX) == [0, 0, 0, 3]


@pytest.mark.no_tensors
def test_an_inside_that_continues_nothing_begins():
    text = "a b c"
    found = slots_of_tags(text, word_spans(text), [2, 4, 4], [1.0] * 3, TYPES)
    assert [(s["type"], s["value"]) for s in found] == [("date", "a"), ("time", "b c")]


@pytest.mark.no_tensors
@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["O", "date", "time"]), max_size=8), st.data())
def test_slots_survive_the_way_to_tags_and_back(kinds, data):
    text, slots = "", []
    for kind in kinds:
        words = data.draw(st.lists(st.sampled_from(["ab", "c", "今"]), min_size=1))
        value = " ".join(words)
        text += " " if text else ""
        if kind != "O":
            start, end = len(text), len(text) + len(value)
            slots.append({"type": kind, "value": value, "start": start, "end": end})
        text += value
    spans = word_spans(text)
    tags = tags_of_slots(spans, slots, INDEX)
    found = slots_of_tags(text, spans, tags, [1.0] * len(spans), TYPES)
    assert [{k: s[k] for k in ("type", "value", "start", "end")} for s in found] == (
        slots
    )


def is_well_formed(tags):
    before = 0
    for tag in tags:
        if tag > 0 and tag % 2 == 0 and before not in (tag, tag - 1):
            return False
        before = tag
    return True


@pytest.mark.parametrize("num_types", [1, 2])
def test_decoding_finds_the_best_well_formed_sequence(num_types):
    random = np.random.default_rng(num_types)
    num_tags, length = 1 + 2 * num_types, 5
    scores = random.normal(size=(40, length, num_tags)).astype("float32")
    units = (random.random((40, length)) < 0.7).astype("int32")
    found = ops.convert_to_numpy(decode_bio(scores, units))
    assert found.dtype == np.int32
    for row in range(40):
        places = np.flatnonzero(units[row])
        best = max(
            filter(
                is_well_formed, itertools.product(range(num_tags), repeat=len(places))
            ),
            key=lambda tags: sum(scores[row, p, t] for p, t in zip(places, tags)),  # noqa: B023, B905
        )
        assert tuple(found[row, places]) == best
        assert not found[row, units[row] == 0].any()


def test_decoding_leaves_well_formed_maxima_alone():
    scores = np.full((1, 4, 5), -5.0, "float32")
    for place, tag in enumerate([3, 4, 0, 1]):
        scores[0, place, tag] = 0.0
    found = ops.convert_to_numpy(decode_bio(scores, np.ones((1, 4))))
    assert found.tolist() == [[3, 4, 0, 1]]
