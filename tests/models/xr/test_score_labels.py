"""Scores of given labels against SciPy products and an unbounded beam."""

import time

import numpy as np
import pytest
import xr_examples as examples

from keras_docs.models.xr.label_tree import LabelTree
from keras_docs.models.xr.xr_linear import XRLinear

pytestmark = pytest.mark.no_tensors

SHAPES = [((5,), 0), ((3, 9, 40), 3), ((2, 400), 0), ((4, 20, 90), 5)]


def model(sizes, pruned=0, **settings):
    tree = examples.tree(sizes, pruned=pruned)
    return XRLinear.from_layers(tree, examples.weights(tree), **settings)


def shuffled_labels(rows, num_labels, n, seed=0):
    random = np.random.default_rng(seed)
    ids = np.tile(np.arange(num_labels), (rows, 1))
    return random.permuted(ids, axis=1)[:, :n]


@pytest.mark.parametrize("sizes, pruned", SHAPES)
@pytest.mark.parametrize("name", ["noop", "sigmoid", "log_sigmoid", "l3_hinge"])
def test_as_beam_search_through_the_whole_tree(sizes, pruned, name):
    xr_linear = model(sizes, pruned, post_processor=name)
    x = examples.queries(9)
    labels, scores = xr_linear.predict(
        x, xr_linear.num_labels, beam_size=1000, engine="numba"
    )
    np.testing.assert_allclose(xr_linear.score_labels(x, labels), scores, rtol=1e-5)


def test_the_product_of_the_values_on_the_path():
    xr_linear = model((3, 9, 40))
    tree, layers, x = xr_linear.tree, xr_linear.to_layers(), examples.queries(6)
    margins = [np.asarray((x @ w).todense()) + bias for w, bias in layers]
    for row, label in ((1, 0), (2, 17), (5, 39)):
        path = [
            margins[level][row, node] for level, node in enumerate(tree.path(label))
        ]
        expected = np.prod([np.exp(-(max(0, 1 - z) ** 3)) for z in path])
        labels = np.full((6, 1), label)
        found = xr_linear.score_labels(x, labels)[row, 0]
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_nothing_for_no_label_and_for_pruned_ones():
    tree = LabelTree([[0, 0], [-1, 1, 0, 1, -1]])
    xr_linear = XRLinear.from_layers(tree, examples.weights(tree))
    x = examples.queries(3)
    labels = np.tile([0, 1, -1, 4], (3, 1))
    scores = xr_linear.score_labels(x, labels)
    assert (scores[:, [0, 2, 3]] == 0).all() and (scores[:, 1] > 0).all()
    logs = xr_linear.score_labels(x, labels, post_processor="noop")
    assert (logs[:, [0, 2, 3]] == -np.inf).all() and np.isfinite(logs[:, 1]).all()


def test_a_label_may_come_twice_and_rows_may_be_many(monkeypatch):
    monkeypatch.setattr("keras_docs.models.xr.score_labels.BLOCK_MARGINS", 500)
    xr_linear, x = model((3, 9, 40)), examples.queries(30)
    labels = shuffled_labels(30, 40, 7)
    scores = xr_linear.score_labels(x, np.hstack([labels, labels]))
    assert (scores[:, :7] == scores[:, 7:]).all()
    for row in (0, 13, 29):
        one = xr_linear.score_labels(x[[row]], labels[[row]])
        assert (one == scores[[row], :7]).all()


def test_candidates_are_ranked_by_their_scores():
    xr_linear, x = model((3, 9, 40)), examples.queries(8)
    everything = shuffled_labels(8, 40, 40)
    expected = xr_linear.predict(x, 5, beam_size=1000, engine="numba")
    labels, scores = xr_linear.predict(x, 5, candidates=everything)
    np.testing.assert_allclose(scores, expected[1], rtol=1e-5)
    assert labels.dtype == np.int32 and (labels == expected[0]).mean() > 0.9
    few = np.tile([7, -1, 3], (8, 1))
    labels, scores = xr_linear.predict(x, 3, candidates=few)
    assert (labels[:, 2] == -1).all() and (scores[:, 2] == 0).all()
    assert set(labels[:, :2].ravel()) == {3, 7}


def test_fast_enough_for_a_hundred_candidates():
    xr_linear = model((10, 100, 3000))
    x = examples.queries(1000)
    labels = shuffled_labels(1000, 3000, 100)
    xr_linear.score_labels(x[:2], labels[:2])
    start = time.process_time()
    xr_linear.score_labels(x, labels)
    assert time.process_time() - start < 1


def test_wrong_labels_are_named():
    xr_linear, x = model((3, 9, 40)), examples.queries(4)
    for labels, message in (
        (np.zeros((4, 2)), "integers"),
        (np.zeros(4, int), "rows, n"),
        (np.zeros((4, 0), int), "rows, n"),
        (np.zeros((3, 2), int), "4 rows of `x`. Received: 3"),
        (np.full((4, 1), 40), "0 to 39"),
        (np.full((4, 1), -2), "-1 for none"),
    ):
        with pytest.raises(ValueError, match=message):
            xr_linear.score_labels(x, labels)
    with pytest.raises(ValueError, match="the number of candidates. Received: 3"):
        xr_linear.predict(x, 3, candidates=np.zeros((4, 2), int))
    with pytest.raises(ValueError, match="not been trained"):
        XRLinear(30, 40).score_labels(x, np.zeros((4, 2), int))
