"""Rephrases: the Markov chain against closed forms, mining, labels and training."""

import numpy as np
import pytest

import keras_docs
from keras_docs.training.absorption_probabilities import absorption_probabilities
from keras_docs.training.dialogue_turn import DialogueTurn
from keras_docs.training.label_rephrases import label_rephrases
from keras_docs.training.mine_rephrases import mine_rephrases
from keras_docs.training.rephrase import Rephrase
from keras_docs.training.self_learning import fit_with_rephrases

pytestmark = pytest.mark.no_tensors


@pytest.mark.parametrize("p", [0.5, 0.6, 0.2])
def test_gamblers_ruin(p):
    """With i of n coins, the probability to win all is (1 - r^i) / (1 - r^n), with
    r = (1 - p) / p, or i / n in a fair game."""
    n = 6
    transient = p * np.eye(n - 1, k=1) + (1 - p) * np.eye(n - 1, k=-1)
    absorbing = np.zeros((n - 1, 2))
    absorbing[-1, 0], absorbing[0, 1] = p, 1 - p
    i, r = np.arange(1, n), (1 - p) / p
    expected = i / n if p == 0.5 else (1 - r**i) / (1 - r**n)
    found = absorption_probabilities(transient, absorbing)
    np.testing.assert_allclose(found, np.stack([expected, 1 - expected], 1), atol=1e-12)


def test_a_chain_that_never_ends_is_refused():
    with pytest.raises(ValueError, match="cannot be reached"):
        absorption_probabilities(np.eye(2)[::-1], np.zeros((2, 1)))
    with pytest.raises(ValueError, match="sum 1"):
        absorption_probabilities(np.array([[0.5]]), np.array([[0.4]]))


def test_rephrase_over_several_hops_with_loops():
    """Of 11 times, a leads to b 7 times, to success twice, to nothing twice. Of 9
    times, b leads to a 3 times, to c 5 times, to nothing once. c always succeeds. So
    B[a, c] = 7/11 B[b, c] and B[b, c] = 3/9 B[a, c] + 5/9."""
    dialogues = [
        *[["a", "b", "a", "b", ("c", True)]] * 2,
        ["a", "b", "c"],
        ["a", "b", ("c", True)],
        ["a", ("b", False)],
        [("a", True)],
        *[[("a", False)]] * 2,
        ["b", "a"],
        ["b", "c"],
    ]
    loop = 1 - 7 / 11 * 3 / 9
    found = {
        pair.defective: pair
        for pair in mine_rephrases(dialogues, min_support=1, min_confidence=0.01)
    }
    assert set(found) == {"a", "b"}
    assert found["a"].rephrase == found["b"].rephrase == "c"
    assert found["a"].confidence == pytest.approx(7 / 11 * 5 / 9 / loop)
    assert found["b"].confidence == pytest.approx(5 / 9 / loop)
    # Dialogues in which it was said without success.
    assert (found["a"].support, found["b"].support) == (7, 7)


def test_users_together_show_what_none_shows_alone():
    """Nobody says a and c in one dialogue."""
    dialogues = [["a", ("b", False)]] * 3 + [["b", "c"]] * 9
    (first, second) = mine_rephrases(dialogues, min_confidence=0.7)
    assert first == Rephrase("b", "c", support=12, confidence=0.75)
    assert second == Rephrase("a", "c", support=3, confidence=0.75)


def test_thresholds_times_and_predicate():
    turns = [DialogueTurn("x", None, 0.0), DialogueTurn("y", None, 30.0)]
    dialogues = [turns] * 3
    assert mine_rephrases(dialogues) == [Rephrase("x", "y", 3, 1.0)]
    assert mine_rephrases(dialogues, min_support=4) == []
    assert mine_rephrases(dialogues, max_gap=20) == []
    assert mine_rephrases(dialogues, is_rephrase=lambda old, new: False) == []
    assert mine_rephrases(dialogues + [["x", ("z", False)]] * 4) == []
    # A success ends the attempts: what follows is another matter.
    assert mine_rephrases([[("x", True), ("y", True)]] * 3) == []
    # What most probably succeeds itself needs no rephrase.
    assert mine_rephrases(dialogues + [["x"]] * 4, min_confidence=0.1) == []
    # The same text again is one utterance, in its commonest form.
    spoken = [["Play  it", "play it", "louder"]] * 2 + [["play it", "louder"]]
    assert mine_rephrases(spoken) == [Rephrase("play it", "louder", 3, 1.0)]


def test_bad_dialogues_and_thresholds():
    for dialogue in ("a string", [3], [("a", "yes")], [("a", True, 0.0, 1)]):
        with pytest.raises(ValueError, match="Dialogue 1 must be a list"):
            mine_rephrases([["a"], dialogue])
    with pytest.raises(ValueError, match="dialogue 0 fall from 5 to 4"):
        mine_rephrases([[("a", None, 5), ("b", None, 4)]])
    for wrong in ({"min_support": 0}, {"min_confidence": 0}, {"max_gap": 0}):
        with pytest.raises(ValueError, match="`min_support` must be 1 or more"):
            mine_rephrases([], **wrong)


class Parser:
    """Knows three texts, and keeps what it is trained on."""

    known = {
        "alarm at five am": ("alarm_set", 0.9, [("time", "five am")]),
        "play it by abba": ("play_music", 0.8, [("artist", "abba"), ("song", "it")]),
        "louder": ("volume_up", 0.4, []),
    }

    def parse(self, texts):
        return [
            {
                "intent": intent,
                "confidence": confidence,
                "slots": [{"type": kind, "value": value} for kind, value in slots],
            }
            for intent, confidence, slots in map(self.known.__getitem__, texts)
        ]

    def fit(self, records, sample_weight, **kwargs):
        self.learned = records, sample_weight, kwargs
        return "history"


def test_slots_are_projected_to_where_their_values_stand():
    pairs = [
        Rephrase("wake me Five AM, five ams", "alarm at five am", 3, 0.9),
        Rephrase("sit it on ABBA", "play it by abba", 2, 0.6),
        Rephrase("start abba", "play it by abba", 2, 0.6),
        Rephrase("lauder", "louder", 5, 1.0),
    ]
    found = label_rephrases(Parser(), pairs, locale="en-US")
    assert [item.rephrase for item in found] == pairs[:2]
    assert found[0].record == (
        "wake me Five AM, five ams",
        "alarm_set",
        [{"type": "time", "value": "Five AM", "start": 8, "end": 15}],
        "en-US",
        "",
        "",
    )
    # As whole words: not the `it` of `sit`.
    spans = [(slot["type"], slot["start"]) for slot in found[1].record.slots]
    assert spans == [("song", 4), ("artist", 10)]
    loose = label_rephrases(
        Parser(), pairs, require_all_slots=False, min_label_confidence=0.3
    )
    assert [item.record.intent for item in loose][2:] == ["play_music", "volume_up"]
    assert [slot["type"] for slot in loose[2].dropped_slots] == ["song"]
    assert label_rephrases(Parser(), []) == []


def test_training_weighs_mined_records_by_confidence():
    model = Parser()
    labelled = [("stop", "stop", [])]
    dialogues = [["wake me five am", "alarm at five am"]] * 3
    dialogues += [[("wake me five am", False)]]
    assert fit_with_rephrases(model, dialogues, labelled, weight=2, epochs=3) == (
        "history"
    )
    records, weights, kwargs = model.learned
    assert [record[:2] for record in records] == [
        ("stop", "stop"),
        ("wake me five am", "alarm_set"),
    ]
    np.testing.assert_allclose(weights, [1, 2 * 0.75])
    assert kwargs == {"epochs": 3}
    with pytest.raises(ValueError, match="1 rephrases and none of them a record"):
        fit_with_rephrases(model, dialogues, labelled, min_label_confidence=0.95)


def test_public_names():
    assert keras_docs.mine_rephrases is mine_rephrases
    assert keras_docs.fit_with_rephrases is fit_with_rephrases
