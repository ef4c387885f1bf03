"""Tokens and labels against the conventions, spelled out character by character."""

import random

import numpy as np
import pytest

from keras_docs.metrics.massive_labels import massive_labels
from keras_docs.metrics.massive_tokens import massive_tokens

pytestmark = pytest.mark.no_tensors

CHARACTER_LOCALES = ["ja-JP", "zh-CN", "zh-TW"]


def slot(kind, start, end):
    return {"type": kind, "start": start, "end": end}


def test_words_between_white_space():
    text = " wecke  mich\tum\u30005 "
    tokens = massive_tokens(text, "de-DE")
    assert [token for token, _, _ in tokens] == ["wecke", "mich", "um", "5"]
    assert all(text[start:end] == token for token, start, end in tokens)
    assert massive_tokens(text) == tokens


@pytest.mark.parametrize("locale", CHARACTER_LOCALES)
def test_characters_and_ascii_chunks(locale):
    text = "用 k. pop2播\u3000放ü，x"
    tokens = massive_tokens(text, locale)
    assert [token for token, _, _ in tokens] == [
        "用", "k.", "pop2", "播", "放", "ü", "，", "x"
    ]  # fmt: skip
    assert all(text[start:end] == token for token, start, end in tokens)


def test_other_locales_without_spaces_are_not_cut_into_characters():
    assert massive_tokens("ปลุกฉัน ตอน", "th-TH") == [("ปลุกฉัน", 0, 7), ("ตอน", 8, 11)]


@pytest.mark.parametrize("locale", ["", "de-DE", "zh-CN"])
def test_nothing_to_label(locale):
    assert massive_tokens(" \n", locale) == []
    assert massive_labels("", [], locale) == []
    assert massive_labels("a b", [], locale) == ["Other", "Other"]


@pytest.mark.parametrize("locale", CHARACTER_LOCALES)
def test_a_slot_that_ends_in_ascii_is_not_ended_by_the_official_preparation(locale):
    text = "用grubhub订餐明天"
    slots = [slot("app_name", 1, 8), slot("date", 10, 12)]
    assert massive_labels(text, slots, locale, official=False) == [
        "Other", "app_name", "Other", "Other", "date", "date"
    ]  # fmt: skip
    assert massive_labels(text, slots, locale) == [
        "Other", "app_name", "app_name", "app_name", "date", "date"
    ]  # fmt: skip
    # Its last word decides, not its last character.
    assert massive_labels("第5天5上", [slot("date", 0, 4)], locale)[-1] == "Other"
    assert massive_labels("第 5上", [slot("date", 0, 3)], locale)[-1] == "date"


def test_other_locales_have_no_quirk():
    slots = [slot("time", 0, 4)]
    assert massive_labels("five o", slots, "en-US") == ["time", "Other"]


@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
def test_labels_are_those_of_the_characters(locale):
    choose = random.Random(0)
    for _ in range(200):
        text = "".join(choose.choices("ab 今日は", k=12))
        cuts = sorted(choose.sample(range(13), 4))
        slots = [slot("x", *cuts[:2]), slot("y", *cuts[2:])]
        marks = np.full(12, "Other")
        for one in slots:
            marks[one["start"] : one["end"]] = one["type"]
        expected = []
        for _, start, end in massive_tokens(text, locale):
            inside = [mark for mark in marks[start:end] if mark != "Other"]
            expected.append(str(inside[0]) if inside else "Other")
        choose.shuffle(slots)
        assert massive_labels(text, slots, locale, official=False) == expected


def test_slots_that_overlap_or_run_past_the_text():
    slots = [slot("b", 2, 99), slot("a", 0, 3)]
    assert massive_labels("x y z", slots) == ["a", "a", "b"]
    assert massive_labels("x", [slot("a", 5, 9), slot("b", 0, 0)]) == ["Other"]


@pytest.mark.parametrize(
    "bad",
    [{"type": "time", "start": 0}, slot("time", "0", 4), slot("time", 0.0, 4), None],
)
def test_malformed_slots(bad):
    with pytest.raises(ValueError, match="A slot must be a dict"):
        massive_labels("five", [bad])
