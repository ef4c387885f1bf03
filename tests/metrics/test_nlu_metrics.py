"""Intents and slots against seqeval, scikit-learn, SciPy and plain formulas."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.metrics.compare_nlu import compare_nlu
from keras_docs.metrics.exact_match import exact_match
from keras_docs.metrics.intent_accuracy import intent_accuracy
from keras_docs.metrics.nlu_report import nlu_report
from keras_docs.metrics.slot_micro_f1 import slot_micro_f1

pytestmark = pytest.mark.no_tensors

ANSWERS = Path(__file__).with_name("seqeval_answers.json")
LOCALES, INTENTS, TYPES = ("de-DE", "en-US", "sw-KE"), ("set", "play"), ("a", "b")


def slots_of(labels):
    """Slots of words of one letter, and a space between them."""
    slots = []
    for i, label in enumerate(labels):
        if label == "Other":
            continue
        if i and labels[i - 1] == label:
            slots[-1]["end"] = 2 * i + 1
        else:
            slots.append({"type": label, "start": 2 * i, "end": 2 * i + 1})
    return slots


def bio(labels):
    """The conventions' BIO: another label begins, the same goes on."""
    before = ["Other", *labels[:-1]]
    return [
        "O" if label == "Other" else ("I-" if label == old else "B-") + label
        for label, old in zip(labels, before, strict=True)
    ]


def case(seed, rows=8, mistakes=0.2):
    """Utterances, predictions, and the labels of both."""
    choose = random.Random(seed)
    gold, predicted, right, found = [], [], [], []
    for _ in range(rows):
        labels = choose.choices(["Other", *TYPES], k=choose.randint(1, 8))
        guess = [
            choose.choice(["Other", *TYPES]) if choose.random() < mistakes else label
            for label in labels
        ]
        intent = choose.choice(INTENTS)
        text = " ".join("w" * len(labels))
        gold.append(
            LabelledUtterance(text, intent, slots_of(labels), choose.choice(LOCALES))
        )
        if choose.random() < mistakes:
            intent = choose.choice(INTENTS)
        predicted.append({"intent": intent, "slots": slots_of(guess), "ranking": []})
        right.append(labels)
        found.append(guess)
    return gold, predicted, right, found


def seeded_case(seed):
    """The cases that `seqeval_answers.json` has answers to."""
    return case(seed, mistakes=seed / 250)


def test_slot_f1_is_that_of_seqeval():
    answers = json.loads(ANSWERS.read_text())["f1"]
    assert len(answers) == 250 and len(set(answers)) > 100
    for seed, expected in enumerate(answers):
        gold, predicted, _, _ = seeded_case(seed)
        assert slot_micro_f1(gold, predicted) == pytest.approx(expected, abs=1e-12)


def test_intent_accuracy_and_exact_match():
    for seed in range(50):
        gold, predicted, right, found = case(seed)
        intents = [row.intent for row in gold], [row["intent"] for row in predicted]
        assert intent_accuracy(gold, predicted) == accuracy_score(*intents)
        pairs = zip(*intents, right, found, strict=True)
        expected = np.mean([i == j and a == b for i, j, a, b in pairs])
        assert exact_match(gold, predicted) == expected


def test_no_slots_at_all():
    gold = [LabelledUtterance("play", "play", [], "en-US")]
    assert slot_micro_f1(gold, gold) == 0
    assert exact_match(gold, gold) == 1
    assert nlu_report(gold, gold).loc["en-US"].tolist() == [1, 1, 0, 0, 0, 1, 0]


def test_predictions_may_be_utterances():
    gold, predicted, _, _ = case(1)
    rows = [LabelledUtterance("", row["intent"], row["slots"]) for row in predicted]
    for metric in (intent_accuracy, slot_micro_f1, exact_match):
        assert metric(gold, rows) == metric(gold, predicted)


def test_official_gold_slots_do_not_end_after_ascii():
    slot = {"type": "app_name", "value": "grubhub", "start": 1, "end": 8}
    gold = [LabelledUtterance("用grubhub订餐", "order", [slot], "zh-CN")]
    same = [{"intent": "order", "slots": [slot]}]
    longer = [{"intent": "order", "slots": [slot | {"end": 10}]}]
    for metric in (slot_micro_f1, exact_match):
        assert metric(gold, same) == metric(gold, longer, official=False) == 0
        assert metric(gold, same, official=False) == metric(gold, longer) == 1
    assert nlu_report(gold, longer).loc["zh-CN", "exact_match"] == 1
    assert nlu_report(gold, longer, official=False).loc["zh-CN", "slot_f1"] == 0


def test_report_by_locale():
    gold, predicted, right, _ = case(3, rows=90)
    report = nlu_report(gold, predicted)
    assert report.index.tolist() == [*LOCALES, "mean"]
    assert report["utterances"].dtype.kind == "i"
    metrics = {
        "intent_accuracy": intent_accuracy,
        "slot_f1": slot_micro_f1,
        "exact_match": exact_match,
    }
    for locale in LOCALES:
        mine = [i for i, row in enumerate(gold) if row.locale == locale]
        rows = [gold[i] for i in mine], [predicted[i] for i in mine]
        assert report.loc[locale, "utterances"] == len(mine)
        for name, metric in metrics.items():
            score = metric(*rows)
            n = sum(len(right[i]) for i in mine) if name == "slot_f1" else len(mine)
            assert report.loc[locale, name] == pytest.approx(score)
            assert report.loc[locale, f"{name}_se"] == pytest.approx(
                np.sqrt(score * (1 - score) / n)
            )
    assert report.loc["mean", "utterances"] == 90
    for name in metrics:
        by_locale = report.loc[list(LOCALES)]
        assert report.loc["mean", name] == pytest.approx(by_locale[name].mean())
        error = np.linalg.norm(by_locale[f"{name}_se"]) / 3
        assert report.loc["mean", f"{name}_se"] == pytest.approx(error)


class Model:
    def __init__(self, gold, predicted):
        self.answers = dict(zip([row.text for row in gold], predicted, strict=True))

    def parse(self, texts):
        return [self.answers[text] for text in texts]


def test_comparison_counts_what_changes():
    gold, new, right, _ = case(4, rows=300, mistakes=0.15)
    choose = random.Random(5)
    old = [
        choose.choice([row._asdict(), guess])
        for row, guess in zip(gold, new, strict=True)
    ]
    old[:40] = [{"intent": "", "slots": []}] * 40
    changes = compare_nlu(old, new, gold)
    one = [exact_match([row], [guess]) for row, guess in zip(gold, old, strict=True)]
    two = [exact_match([row], [guess]) for row, guess in zip(gold, new, strict=True)]
    assert changes.index.get_level_values("name").tolist() == [
        "all", *LOCALES, *sorted(INTENTS)
    ]  # fmt: skip
    for (by, name), row in changes.iterrows():
        mine = [
            i
            for i, utterance in enumerate(gold)
            if by == "all" or getattr(utterance, by) == name
        ]
        wins = sum(one[i] < two[i] for i in mine)
        flips = sum(one[i] > two[i] for i in mine)
        assert row.tolist()[:4] == [len(mine), wins, flips, wins - flips]
        assert row["p_value"] == pytest.approx(
            binomtest(wins, wins + flips, 0.5).pvalue, rel=1e-9
        )
    assert changes.loc[("all", "all"), "negative_flips"] > 0


def test_comparison_of_models_and_of_equal_ones():
    gold = [LabelledUtterance(text, "play", [], "en-US") for text in "abc"]
    new = Model(gold, [{"intent": "play", "slots": []}] * 3)
    old = Model(gold, [{"intent": "set", "slots": []}] * 3)
    assert compare_nlu(old, new, gold).iloc[0].tolist() == [3, 3, 0, 3, 0.25]
    assert compare_nlu(new, new, gold).iloc[0].tolist() == [3, 0, 0, 0, 1]


def test_a_sign_test_of_very_many_changes():
    gold = [LabelledUtterance("a", "play", [], "en-US")] * 6000
    right, wrong = {"intent": "play", "slots": []}, {"intent": "set", "slots": []}
    old = [right] * 2900 + [wrong] * 3100
    new = [wrong] * 2900 + [right] * 3100
    p_value = compare_nlu(old, new, gold).loc[("all", "all"), "p_value"]
    assert p_value == pytest.approx(binomtest(2900, 6000, 0.5).pvalue, rel=1e-9)


@pytest.mark.parametrize(
    ("gold", "predicted", "message"),
    [
        ([], [], "at least one. Received: 0 and 0"),
        ([LabelledUtterance("a", "b", [])], [], "Received: 1 and 0"),
        (["a"], [{"intent": "b", "slots": []}], "`gold` must be .*at 0: 'a'"),
        ([LabelledUtterance("a", "b", [])], ["b"], "`predicted` must be .*at 0: 'b'"),
        ([LabelledUtterance("a", "b", [])], [{"intent": "b"}], "`predicted` must be"),
        (
            [LabelledUtterance("a", "b", [])],
            [{"intent": "b", "slots": [{"type": "c"}]}],
            "A slot must be",
        ),
    ],
)
def test_malformed_lists(gold, predicted, message):
    for metric in (slot_micro_f1, exact_match, nlu_report):
        with pytest.raises(ValueError, match=message):
            metric(gold, predicted)
    if "slot" not in message:
        with pytest.raises(ValueError, match=message):
            intent_accuracy(gold, predicted)
