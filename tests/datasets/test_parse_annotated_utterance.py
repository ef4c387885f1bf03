"""Brackets out, slots in; and the other way round it is the same text again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_docs.datasets.parse_annotated_utterance import parse_annotated_utterance

pytestmark = pytest.mark.no_tensors

WORDS = st.lists(
    st.text(
        st.characters(exclude_characters="[]", exclude_categories=["Z", "C"]),
        min_size=1,
    ),
    min_size=1,
    max_size=3,
).map(" ".join)
TYPES = st.sampled_from(["time", "date", "app_name"])
PIECES = st.lists(st.tuples(WORDS, st.none() | TYPES), min_size=1, max_size=6)


def slot(kind, value, start):
    return {"type": kind, "value": value, "start": start, "end": start + len(value)}


def test_a_slot_of_two_words():
    text, slots = parse_annotated_utterance("wake me [time : five am] [date : today]")
    assert text == "wake me five am today"
    assert slots == [slot("time", "five am", 8), slot("date", "today", 16)]


def test_no_slot_and_colons_in_text_and_value():
    assert parse_annotated_utterance("at 5:30") == ("at 5:30", [])
    text, slots = parse_annotated_utterance("at [time : 5 : 30] : now")
    assert (text, slots) == ("at 5 : 30 : now", [slot("time", "5 : 30", 3)])


def test_spaces_that_are_in_the_annotation_only():
    text, slots = parse_annotated_utterance(
        "播放 [artist_name : lady gaga] 的 [song_name : 歌 一] 。",
        "播放 lady gaga的歌一。",
    )
    assert text == "播放 lady gaga的歌一。"
    assert slots == [slot("artist_name", "lady gaga", 3), slot("song_name", "歌一", 13)]


@pytest.mark.parametrize(
    "annot_utt",
    [
        "wake [time : five",
        "wake time : five]",
        "wake [time five]",
        "wake [ : five]",
        "wake [time : ]",
        "wake [time : [date : five]]",
        "wake [time : five] ]",
        "[[time : five]]",
        "wake [two words : five]",
    ],
)
def test_malformed_brackets(annot_utt):
    with pytest.raises(ValueError, match=r"`annot_utt` must .*\[type : value\]"):
        parse_annotated_utterance(annot_utt)


@pytest.mark.parametrize("utt", ["wake me six", "wake me fiv", "wake me five now", ""])
def test_an_utterance_of_other_characters(utt):
    with pytest.raises(ValueError, match="`utt` must be `annot_utt`"):
        parse_annotated_utterance("wake me [time : five]", utt)


@given(PIECES, st.booleans())
def test_round_trip(pieces, spaced):
    space = " " if spaced else ""
    expected, start = [], 0
    for value, kind in pieces:
        if kind:
            expected.append(slot(kind, value, start))
        start += len(value) + len(space)
    written = [f"[{kind} : {value}]" if kind else value for value, kind in pieces]
    utt = space.join(value for value, _ in pieces)
    assert parse_annotated_utterance(space.join(written)) == (utt, expected)
    assert parse_annotated_utterance(" ".join(written), utt) == (utt, expected)
