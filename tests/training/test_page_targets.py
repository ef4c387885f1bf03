"""Pretraining targets: counts and invariants, and slower code."""

import numpy as np
import pytest

from keras_docs.training.box_dropout import box_dropout
from keras_docs.training.line_numbers import line_numbers
from keras_docs.training.span_corruption import span_corruption
from keras_docs.training.token_to_grid import token_to_grid
from keras_docs.training.token_to_line import token_to_line

pytestmark = pytest.mark.no_tensors

SENTINELS = list(range(999, 899, -1))


def text(length, seed=0):
    random = np.random.default_rng(seed)
    corners = np.sort(random.integers(0, 1001, (length, 2, 2)), axis=1)
    return random.integers(2, 800, length), corners.reshape(length, 4)


@pytest.mark.parametrize("length", [2, 3, 7, 50, 512, 3000])
@pytest.mark.parametrize("rate", [0.15, 0.5, 0.9])
def test_spans_put_back_give_the_text(length, rate):
    ids, boxes = text(length, length)
    random = np.random.default_rng(1)
    found = span_corruption(ids, boxes, SENTINELS, 1, rate, random=random)
    assert found.target_ids[-1] == 1
    spans, current = {}, None
    for id_ in found.target_ids[:-1]:
        if id_ in SENTINELS:
            current = spans.setdefault(int(id_), [])
        else:
            current.append(int(id_))
    assert list(spans) == SENTINELS[: len(spans)]
    assert all(spans.values())
    rebuilt, at = [], 0
    for id_, box, source in zip(
        found.token_ids, found.boxes, found.sources, strict=True
    ):
        assert source == at
        span = spans.get(int(id_), [int(id_)])
        inside = boxes[at : at + len(span)]
        union = [*inside[:, :2].min(0), *inside[:, 2:].max(0)]
        assert box.tolist() == union
        rebuilt += span
        at += len(span)
    assert rebuilt == ids.tolist()
    is_sentinel = np.isin(found.token_ids, SENTINELS)
    assert not (is_sentinel[1:] & is_sentinel[:-1]).any() and not is_sentinel[0]
    masked = sum(map(len, spans.values()))
    assert masked == min(max(round(length * rate), 1), length - 1)
    if rate == 0.15 and length <= 512:
        assert len(spans) == max(round(masked / 3), 1)


def test_spans_differ_and_repeat_by_the_generator():
    ids, boxes = text(60)
    first, again, other = (
        span_corruption(ids, boxes, SENTINELS, 1, random=np.random.default_rng(seed))
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first.token_ids, again.token_ids)
    assert first.token_ids.tolist() != other.token_ids.tolist()


def test_every_token_is_masked_as_often():
    ids, boxes = text(20)
    random = np.random.default_rng(0)
    count = np.zeros(21)
    for _ in range(1000):
        found = span_corruption(ids, boxes, SENTINELS, 1, 0.3, random=random)
        gone = np.setdiff1d(np.arange(20), found.sources)
        starts = found.sources[np.isin(found.token_ids, SENTINELS)]
        count[np.union1d(gone, starts)] += 1
    # The first token always comes before a span.
    assert count[0] == 0 and count[1:20].min() > 0
    assert count.sum() == 1000 * 6


def test_short_texts_and_bad_arguments():
    for length in (0, 1):
        ids, boxes = text(length)
        found = span_corruption(ids, boxes, SENTINELS, 1)
        assert found.token_ids.tolist() == ids.tolist()
        assert found.target_ids.tolist() == [1]
    ids, boxes = text(4)
    for arguments, message in (
        ((boxes[:2], SENTINELS, 1), "`boxes` must have one for each of the 4"),
        ((boxes, [], 1), "`sentinel_ids` must have at least one"),
        ((boxes, SENTINELS, 1, 1.0), "`rate` must be between 0 and 1"),
        ((boxes, SENTINELS, 1, 0.1, 0.5), "`mean_length` must be 1 or more"),
    ):
        with pytest.raises(ValueError, match=message):
            span_corruption(ids, *arguments)


def test_lines_by_their_middles():
    boxes = [[500, 12, 600, 22], [0, 10, 50, 20], [0, 30, 9, 40], [60, 8, 90, 24],
             [0, 100, 10, 120]]  # fmt: skip
    assert line_numbers(boxes).tolist() == [0, 0, 1, 0, 2]
    assert line_numbers([]).tolist() == []
    # A page that is a little oblique, lines 20 apart.
    random = np.random.default_rng(0)
    line, x = random.integers(0, 30, 300), random.integers(0, 900, 300)
    top = line * 30 + x // 200
    tilted = np.stack([x, top, x + 50, top + 18], axis=1)
    assert (
        line_numbers(tilted).tolist()
        == np.unique(line, return_inverse=True)[1].tolist()
    )


@pytest.mark.parametrize("per_line", [1, 2, 9])
def test_pairs_are_what_they_say_and_balanced(per_line):
    lines = np.repeat(np.arange(10), per_line)
    random = np.random.default_rng(per_line)
    order = random.permutation(len(lines))
    places = np.flatnonzero(order % 7)
    found = token_to_line(lines[order], places, 128, random)
    one, other = lines[order][found.pairs.T]
    assert (np.minimum(abs(one - other), 2) == found.labels).all()
    assert (found.pairs[:, 0] != found.pairs[:, 1]).all()
    assert np.isin(found.pairs, places).all() and found.weights.all()
    counts = np.bincount(found.labels, minlength=3)
    assert counts[counts > 0].max() - counts[counts > 0].min() <= 1
    assert (counts[0] > 0) == (per_line > 1)


def test_all_pairs_of_a_class_are_as_likely():
    lines = np.array([0, 0, 0, 1, 3])
    found = token_to_line(lines, np.arange(5), 60_000, np.random.default_rng(0))
    for kind, pairs in enumerate([3, 3, 4]):
        chosen = found.pairs[found.labels == kind]
        _, counts = np.unique(chosen, axis=0, return_counts=True)
        assert len(counts) == 2 * pairs
        assert counts.max() / counts.min() < 1.15


def test_pages_without_pairs():
    for places in ([], [3]):
        found = token_to_line(np.zeros(5, int), places, 4)
        assert found.pairs.shape == (4, 2) and not found.weights.any()
    with pytest.raises(ValueError, match="`count` must be 1 or more"):
        token_to_line([0, 0], [0, 1], 0)


def test_grid():
    random = np.random.default_rng(0)
    corners = random.integers(0, 1001, (500, 2))
    boxes = np.concatenate([corners, np.full((500, 2), 1000)], axis=1)
    wanted = [
        min(y // 250, 3) * 5 + min(x // 200, 4) for x, y in corners.tolist()
    ]  # fmt: skip
    assert token_to_grid(boxes, 4, 5).tolist() == wanted
    assert token_to_grid([[1000, 1000, 1000, 1000], [0] * 4]).tolist() == [15, 0]
    assert token_to_grid(np.zeros((2, 3, 4))).shape == (2, 3)
    with pytest.raises(ValueError, match="`rows` and `columns`"):
        token_to_grid(boxes, 0)


def test_boxes_are_hidden():
    boxes = np.ones((4, 5000, 4), "int32")
    may = np.zeros((4, 5000), bool)
    may[1:] = True
    hidden, is_gone = box_dropout(boxes, may, 0.15, np.random.default_rng(0))
    assert not is_gone[0].any() and 0.14 < is_gone[1:].mean() < 0.16
    assert ((hidden == 0).all(-1) == is_gone).all() and hidden.dtype == np.int32
    assert (hidden.max(-1) == ~is_gone).all() and boxes.all()
    with pytest.raises(ValueError, match="`rate` must be from 0 to 1"):
        box_dropout(boxes, may, 2)
