"""Words of texts in scripts with and without spaces."""

import unicodedata

import pytest

from keras_docs.models.multilingual_nlu.words import (
    find_words,
    is_unspaced,
    normalized,
    original_ends,
    word_spans,
)

pytestmark = pytest.mark.no_tensors

TEXTS = [
    "wake me  up\tat five",
    "今週は午前五時 gmailを見て",
    "ปลุกฉัน ตอน ตีห้า",
    "이번 주\u3000오전",
    "",
    "   ",
    "\x1c\x85a\u2028b",
]


@pytest.mark.parametrize("text", TEXTS)
def test_spans_are_the_words_and_leave_out_white_space_alone(text):
    spans = word_spans(text)
    assert [text[start:end] for start, end in spans] == find_words(text)
    covered = "".join(text[start:end] for start, end in spans)
    assert covered == "".join(text.split())


def test_texts_with_spaces_are_cut_as_python_cuts_them():
    text = "wake\u00a0me up,  please\n now"
    assert find_words(text) == text.split()


def test_ideographs_and_kana_are_words_of_their_own():
    assert find_words("今週gmailをab見") == ["今", "週", "gmail", "を", "ab", "見"]
    assert find_words("メール") == ["メ", "ー", "ル"]


@pytest.mark.parametrize(
    "word, ends",
    [
        ("ตีห้า", [1, 2, 3, 4, 5]),
        # Sara am is read as two characters.
        ("ทำ", [1, 1, 2]),
        ("ສະບາຍດີ", [1, 2, 3, 4, 5, 6, 7]),
        # A space of no width is not read.
        ("ក\u200bខ", [1, 3]),
    ],
)
def test_characters_that_are_read_have_a_place_in_unspaced_words(word, ends):
    assert is_unspaced(word)
    assert original_ends(word, lowercase=True) == ends
    assert len(normalized(word, lowercase=True)) == len(ends)


def test_normalization_is_unicodes_and_lowercases():
    assert normalized("ＧＭＡＩＬ", lowercase=True) == "gmail"
    assert normalized("Straße", lowercase=False) == "Straße"
    composed = unicodedata.normalize("NFC", "e\u0301")
    assert normalized("e\u0301", lowercase=True) == composed


def test_control_characters_go_and_joiners_stay():
    assert normalized("a\x00b\u200b", lowercase=True) == "ab"
    assert (
        normalized("\u0645\u06cc\u200c\u062e\u0648", lowercase=True).count("\u200c")
        == 1
    )
