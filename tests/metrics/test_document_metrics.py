"""Metrics of documents: hand-made cases, slower code, and kept answers of others."""

import itertools
import json
import random
from pathlib import Path

import pytest

from keras_docs.metrics.anls import anls
from keras_docs.metrics.denotation_accuracy import denotation_accuracy
from keras_docs.metrics.entity_f1 import entity_f1
from keras_docs.metrics.linking_f1 import linking_f1
from keras_docs.metrics.tabfact_accuracy import tabfact_accuracy
from keras_docs.metrics.vqa_accuracy import vqa_accuracy

pytestmark = pytest.mark.no_tensors

SEQEVAL = json.loads(Path(__file__).with_name("seqeval_answers.json").read_text())
TAGS = ["O", "B-a", "I-a", "B-b", "I-b"]


def tag_sequences():
    """As in `seqeval_answers.py`, which kept seqeval's answers to them."""
    choose = random.Random(0)
    return [choose.choices(TAGS, k=choose.randint(1, 9)) for _ in range(300)]


@pytest.mark.parametrize(
    ("gold", "predicted", "score"),
    [
        (["hello world"], "Hello  World ", 1),
        (["hello", "world"], "word", 0.8),
        (["hello"], "helo!", 0.6),
        (["ab"], "ac", 0),
        (["ab"], "", 0),
        ([""], "", 1),
        ("abcd", "abcx", 0.75),
    ],
)
def test_anls_of_one_question(gold, predicted, score):
    assert anls([gold], [predicted]) == pytest.approx(score)


def test_anls_is_that_of_the_package():
    package = pytest.importorskip("anls")
    choose = random.Random(0)
    for _ in range(300):
        texts = ["".join(choose.choices("ab cC", k=choose.randint(1, 9))).strip() or "a"
                 for _ in range(3)]  # fmt: skip
        wanted = package.anls_score(prediction=texts[0], gold_labels=texts[1:])
        assert anls([texts[1:]], texts[:1]) == pytest.approx(wanted), texts


def test_anls_is_a_mean_and_has_a_threshold():
    assert anls([["abcd"], ["b"]], ["abcd", "x"]) == 0.5
    assert anls([["abcd"]], ["abxy"], threshold=0.51) == 0.5
    with pytest.raises(ValueError, match="Question 1 has none"):
        anls([["a"], []], ["a", "b"])
    with pytest.raises(ValueError, match="Received: 1 and 2"):
        anls([["a"]], ["a", "b"])
    with pytest.raises(ValueError, match="`predicted` must be a list"):
        anls([["a"]], "a")


@pytest.mark.parametrize(
    ("gold", "predicted", "is_right"),
    [
        (["Bangkok, Thailand"], ["bangkok,  thailand."], True),
        (["Bangkok"], ["Bangkok (Thailand) [3]†"], True),
        (["Café"], ["cafe"], True),
        (['"Rocky"'], ["“Rocky”"], True),
        (["1–2"], ["1-2"], True),
        (["4"], ["4.0"], True),
        (["4"], ["4.0000001"], True),
        (["4"], ["4.1"], False),
        (["1,000"], ["1000"], False),
        (["2004"], ["2004-xx-xx"], True),
        (["1990-05-02"], ["1990-5-2"], True),
        (["1990-05-02"], ["xx-05-02"], False),
        (["1990-13-02"], ["1990-13-2"], False),
        (["a", "b"], ["b", "a"], True),
        (["a", "b"], ["a"], False),
        (["a", "a"], ["a"], True),
        (["a"], ["a", "A"], True),
        (["a"], ["a", "b"], False),
        (["7", "7.0"], ["7"], True),
        (["[1] first"], ["first"], False),
        (["nan"], ["NaN"], True),
        ([], [], True),
        (["a|b"], "a|b", False),
        (["a", "b"], "a|b", True),
    ],
)
def test_denotations(gold, predicted, is_right):
    assert denotation_accuracy([gold], [predicted]) == float(is_right)


def test_denotations_with_meanings():
    gold, meanings = [["May 2, 1990"], ["twelve"]], [["1990-05-02"], ["12"]]
    assert denotation_accuracy(gold, ["1990-05-02", "12"]) == 0
    assert denotation_accuracy(gold, ["1990-05-02", "12"], meanings) == 1
    assert denotation_accuracy(gold, ["may 2, 1990", "Twelve"], meanings) == 1
    with pytest.raises(ValueError, match="`canonical` must have a string for each"):
        denotation_accuracy(gold, ["a", "b"], [["a", "b"], ["c"]])
    with pytest.raises(ValueError, match="`gold` at 0 must be a list of strings"):
        denotation_accuracy(["a"], ["a"])


def test_entities_are_those_of_seqeval():
    for tags, entities in zip(tag_sequences(), SEQEVAL["entities"], strict=True):
        # Tags with just these entities, in strict form.
        plain = ["O"] * len(tags)
        for kind, start, end in entities:
            plain[start : end + 1] = [f"B-{kind}"] + [f"I-{kind}"] * (end - start)
        wanted = 1.0 if entities else 0.0
        assert entity_f1([plain], [tags], strict=False).f1 == wanted


def test_strict_entities_begin_with_b():
    for tags in tag_sequences():
        found = set()
        for start, end in itertools.combinations(range(len(tags) + 1), 2):
            kind = tags[start][2:]
            is_run = tags[start].startswith("B-") and all(
                tag == f"I-{kind}" for tag in tags[start + 1 : end]
            )
            if is_run and (end == len(tags) or tags[end] != f"I-{kind}"):
                found.add((start, end))
        plain = ["O"] * len(tags)
        for start, end in found:
            kind = tags[start][2:]
            plain[start:end] = [f"B-{kind}"] + [f"I-{kind}"] * (end - start - 1)
        score = entity_f1([plain], [tags])
        assert score.f1 == (1.0 if found else 0.0)


def test_entity_scores():
    gold = [["B-a", "I-a", "O", "B-b"], ["B-a"]]
    predicted = [["B-a", "O", "O", "B-b"], ["O"]]
    assert entity_f1(gold, predicted) == pytest.approx((1 / 2, 1 / 3, 0.4))
    assert entity_f1([["O"]], [["O"]]) == (0, 0, 0)
    with pytest.raises(ValueError, match="page 0: 1 and 2 tags"):
        entity_f1([["O"]], [["O", "O"]])
    with pytest.raises(ValueError, match="page 0, word 1: 'X-a'"):
        entity_f1([["O", "O"]], [["O", "X-a"]])


def test_links_are_directed():
    gold, predicted = [[(0, 1), [2, 3]], [(1, 0)]], [[(0, 1), (3, 2)], []]
    assert linking_f1(gold, predicted) == pytest.approx((1 / 2, 1 / 3, 0.4))
    assert linking_f1([[(0, 1)] * 2], [[(0, 1)]]).f1 == 1
    with pytest.raises(ValueError, match="page 1: 3"):
        linking_f1([[], []], [[], [3]])


@pytest.mark.parametrize(
    ("gold", "predicted", "score"),
    [
        (["2"] * 10, "Two", 1),
        (["two"] * 2 + ["3"] * 8, "2", 0.6),
        (["x"] * 1 + ["b"] * 9, "X", 0.3),
        (["x"] * 4 + ["b"] * 6, "x.", 1),
        (["the red-car, really"] * 10, "red car really", 1),
        (["the red-car"] * 10, "red car", 1),
        (["1,000"] * 10, "1000", 1),
        (["3.5"] * 10, "35", 0),
        (["don't"] * 10, "dont", 1),
        ("yes", "Yes!", 1),
        ("yes", "no", 0),
    ],
)
def test_vqa_accuracy(gold, predicted, score):
    assert vqa_accuracy([gold], [predicted]) == pytest.approx(score)


def test_vqa_accuracy_needs_answers():
    with pytest.raises(ValueError, match="Question 0 has none"):
        vqa_accuracy([[]], ["a"])


def test_tabfact_accuracy():
    gold, predicted = [1, 0, 1, 0], ["yes", "0", "refuted", "maybe"]
    assert tabfact_accuracy(gold, predicted) == {"accuracy": 0.5}
    simple = [True, True, True, False]
    assert tabfact_accuracy(gold, predicted, simple) == {
        "accuracy": 0.5, "simple": 2 / 3, "complex": 0
    }  # fmt: skip
    assert tabfact_accuracy(["Entailed"], [True]) == {"accuracy": 1}
    with pytest.raises(ValueError, match="`gold` must be of 1 or 0.*at 1: 'maybe'"):
        tabfact_accuracy([1, "maybe"], [1, 0])
