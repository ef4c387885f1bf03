"""Code-switching: which words change, where the slots go, and the dictionaries."""

import lzma

import numpy as np
import pytest

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.datasets.read_bilingual_dictionary import read_bilingual_dictionary
from keras_docs.training.code_switching import code_switch

pytestmark = pytest.mark.no_tensors

DICTIONARIES = {
    "de": {"five": ["fünf"], "wake": ["wecke", "weck"], "at": ["um"]},
    "fr": {"wake": ["réveille"], "am": ["du matin"]},
    "xx": {},
}


def record(text="Wake me at five am, won't you", value="five am"):
    start = text.index(value)
    slot = {"type": "time", "value": value, "start": start, "end": start + len(value)}
    return LabelledUtterance(text, "alarm_set", [slot], "en-US", "7", "train")


def test_slots_follow_their_words():
    (found,) = code_switch([record()], DICTIONARIES, word_share=1.0)
    assert found.text in {
        f"{wake} me um fünf du matin, won't you"
        for wake in ("wecke", "weck", "réveille")
    }
    assert found.slots[0]["value"] == "fünf du matin"
    assert found[1:2] + found[3:] == ("alarm_set", "en-US", "7", "train")


def test_random_records_keep_their_other_text():
    """Words become their own number of letters: what should move is countable."""
    rng = np.random.default_rng(0)
    vocabulary = [f"{'ab' * i}c" for i in range(1, 6)]
    dictionaries = {"d": {word: [f"<{word}>"] for word in vocabulary[:3]}}
    for seed in range(50):
        words = rng.choice(vocabulary, 8)
        text = " ".join(words)
        starts = np.cumsum([0] + [len(word) + 1 for word in words])
        spans = [(0, 2), (3, 4), (5, 8)]
        slots = [
            {"type": str(i), "start": int(starts[i]), "end": int(starts[j]) - 1}
            for i, j in spans
        ]
        (found,) = code_switch([(text, "", slots)], dictionaries, seed=seed)
        assert found.text.replace("<", "").replace(">", "") == text
        for old, new in zip(slots, found.slots, strict=True):
            plain = new["value"].replace("<", "").replace(">", "")
            assert plain == text[old["start"] : old["end"]]
            assert new["value"] == found.text[new["start"] : new["end"]]
            assert new["value"].count("<") == new["value"].count(">")


def test_shares_languages_and_seeds():
    records = [record("wake " * 20 + "five", "five")] * 200
    for share in (0.0, 0.3, 1.0):
        switched = list(code_switch(records, DICTIONARIES, word_share=share))
        text = " ".join(found.text for found in switched)
        assert 1 - text.count("wake") / 4000 == pytest.approx(share, abs=0.03)
        # Each language as often, whatever number of translations it has.
        german = text.count("weck")
        assert german == pytest.approx(text.count("réveille"), rel=0.1)
    switched = list(code_switch(records, DICTIONARIES, record_share=0.25, seed=1))
    changed = sum(a != b for a, b in zip(records, switched, strict=True))
    assert changed / 200 == pytest.approx(0.25, abs=0.08)
    again = list(code_switch(records, DICTIONARIES, record_share=0.25, seed=1))
    other = list(code_switch(records, DICTIONARIES, record_share=0.25, seed=2))
    assert switched == again != other


def test_a_word_with_a_slots_end_inside_stays():
    slots = [{"type": "t", "start": 0, "end": 2}]
    (found,) = code_switch([("five at", "", slots)], DICTIONARIES, word_share=1.0)
    assert found.text == "five um"
    assert found.slots[0]["value"] == "fi"


def test_bad_arguments():
    with pytest.raises(ValueError, match="`word_share` is a probability"):
        code_switch([], DICTIONARIES, word_share=2)
    with pytest.raises(ValueError, match="`dictionaries` is empty"):
        code_switch([], {})
    past = [record(), ("five", "", [{"type": "t", "start": 2, "end": 9}])]
    with pytest.raises(ValueError, match="record 1 runs past"):
        list(code_switch(past, DICTIONARIES))


def test_dictionary_files(tmp_path):
    path = tmp_path / "pairs.tsv.xz"
    lines = "de\tHouse\tHaus\nde\thouse\tBau\nde\thouse\thouse\nfr\tthe\tla\n"
    path.write_bytes(lzma.compress(lines.encode()))
    assert read_bilingual_dictionary(path) == {
        "de": {"house": ["Haus", "Bau"]},
        "fr": {"the": ["la"]},
    }
    assert set(read_bilingual_dictionary(path, ["fr"])) == {"fr"}
    with pytest.raises(ValueError, match="no word pairs of ja"):
        read_bilingual_dictionary(path, ["fr", "ja"])
    for bad in ("de\thouse", "de\t\tHaus", "de\ta\tb\tc"):
        path = tmp_path / "bad.tsv"
        path.write_text(f"de\ta\tb\n{bad}\n")
        with pytest.raises(ValueError, match=f"Line 2 of {path}.*a translation"):
            read_bilingual_dictionary(path)
