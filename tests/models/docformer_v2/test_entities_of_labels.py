"""Entities of labelled words."""

import numpy as np
import pytest

from keras_docs.metrics.entity_f1 import entity_f1
from keras_docs.models.docformer_v2.entities_of_labels import entities_of_labels

pytestmark = pytest.mark.no_tensors


def entities(labels):
    count = len(labels)
    boxes = np.stack([np.arange(count) * 10, np.arange(count)] * 2, axis=1)
    boxes[:, 2:] += [8, 5]
    words = [f"w{i}" for i in range(count)]
    return entities_of_labels(words, boxes, labels, np.arange(count) / count)


def test_words_of_one_entity_are_joined():
    found = entities(["B-a", "I-a", "O", "B-a", "B-a", "I-b", None, "I-b", "c", "c"])
    spans = [(entity["label"], entity["words"]) for entity in found]
    assert spans == [
        ("a", [0, 1]),
        ("a", [3]),
        ("a", [4]),
        ("b", [5]),
        ("b", [7]),
        ("c", [8, 9]),
    ]
    assert found[0]["text"] == "w0 w1" and found[0]["box"] == [0, 0, 18, 6]
    assert found[0]["confidence"] == pytest.approx(0.05)
    assert found[-1]["box"] == [80, 8, 98, 14]


def test_labels_that_only_look_like_bio():
    found = entities(["B-", "I", "B", "X-a", "sub-total"])
    assert [e["label"] for e in found] == ["B-", "I", "B", "X-a", "sub-total"]


def test_quadrilaterals_become_boxes():
    quads = [[[0, 5], [9, 0], [10, 4], [1, 9]], [20, 1, 30, 1, 30, 7, 20, 7]]
    (entity,) = entities_of_labels(["a", "b"], quads, ["B-x", "I-x"], [1.0, 1.0])
    assert entity["box"] == [0, 0, 30, 9]


def test_as_many_entities_as_the_metric_counts():
    """Against `entity_f1`, which reads tags by code of its own."""
    random = np.random.default_rng(0)
    for _ in range(50):
        labels = random.choice(["O", "B-a", "I-a", "B-b", "I-b"], size=12).tolist()
        again = ["O"] * 12
        for entity in entities(labels):
            first, *others = entity["words"]
            again[first] = f"B-{entity['label']}"
            for i in others:
                again[i] = f"I-{entity['label']}"
        if any(label != "O" for label in labels):
            assert entity_f1([labels], [again], strict=False).f1 == 1
