"""Against all sequences, and by hand."""

import itertools

import numpy as np
import pytest

from keras_docs.models.docformer_v2.decode_boxes import decode_boxes
from keras_docs.models.docformer_v2.decode_labels import decode_labels

pytestmark = pytest.mark.no_tensors

BIO = ["O", "B-KEY", "I-KEY", "B-VALUE", "I-VALUE"]
A, B = [0, 0, 50, 10], [60, 0, 90, 10]


def probabilities(words, labels=BIO, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(len(labels), 0.7), words)


def makes_whole_entities(sequence):
    return all(
        not label.startswith("I-") or before in (label, f"B-{label[2:]}")
        for before, label in itertools.pairwise(["O", *sequence])
    )


@pytest.mark.parametrize("seed", range(8))
def test_the_best_of_all_sequences(seed):
    given = probabilities(5, seed=seed)
    best = max(
        filter(makes_whole_entities, itertools.product(BIO, repeat=5)),
        key=lambda s: sum(
            np.log(given[i, BIO.index(label)]) for i, label in enumerate(s)
        ),
    )
    found, sure = decode_labels(given, BIO)
    assert found == list(best)
    np.testing.assert_allclose(sure, given[range(5), [BIO.index(x) for x in best]])


@pytest.mark.parametrize(
    "labels", [["O", "KEY", "VALUE"], ["KEY", "B-C", "D"], ["O", "I-A", "I-C"]]
)
def test_labels_that_may_follow_each_other_are_the_best_of_each_word(labels):
    given = probabilities(20, labels)
    found, sure = decode_labels(given, labels)
    assert found == [labels[i] for i in given.argmax(1)]
    np.testing.assert_array_equal(sure, given.max(1))


def test_words_without_tokens_are_outside():
    given = np.tile([0.01, 0.01, 0.96, 0.01, 0.01], (3, 1))
    given[0] = [0.1, 0.6, 0.1, 0.1, 0.1]
    given[1] = np.nan
    found, sure = decode_labels(given, BIO)
    # What goes on after such a word would have to begin.
    assert found[:2] == ["B-KEY", None] and not found[2].startswith("I-")
    assert sure[1] == 0
    assert decode_boxes(given, BIO, [A, A, A])[0] == ["B-KEY", "I-KEY", "I-KEY"]
    found, sure = decode_boxes(given, BIO, [A, B, A])
    assert found == ["B-KEY", None, "B-KEY"] and sure[1] == 0


def test_each_box_has_the_kind_of_the_greatest_mean():
    given = probabilities(4)
    found, sure = decode_boxes(given, BIO, [A, A, A, B])
    # Of O, KEY and VALUE.
    kinds = np.stack([given[:, 0], given[:, 1:3].sum(1), given[:, 3:].sum(1)], 1)
    mean = kinds[:3].prod(0) ** (1 / 3)
    best = mean.argmax()
    first, others = [("O", "O"), ("B-KEY", "I-KEY"), ("B-VALUE", "I-VALUE")][best]
    assert found[:3] == [first, others, others]
    np.testing.assert_allclose(sure[:3], mean[best] / mean.sum())
    np.testing.assert_allclose(sure[3], kinds[3].max())


def test_boxes_with_labels_without_prefix_and_quadrilaterals():
    corners = [[0, 0], [9, 0], [9, 9], [0, 9]]
    given = np.array([[0.6, 0.4], [0.1, 0.9]])
    assert decode_boxes(given, ["O", "KEY"], [corners, corners])[0] == ["KEY", "KEY"]
    assert decode_boxes(given, ["O", "KEY"], [corners, A])[0] == ["O", "KEY"]


@pytest.mark.parametrize("words", [0, 1])
def test_no_words_and_one(words):
    given = probabilities(words)
    for found, sure in (
        decode_labels(given, BIO),
        decode_boxes(given, BIO, [A] * words),
    ):
        assert len(found) == len(sure) == words
