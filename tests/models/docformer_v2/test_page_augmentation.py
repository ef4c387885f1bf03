"""Pages that are moved, stretched and hidden: invariants, counts, hostile input."""

import numpy as np
import page_examples
import pytest

import keras_docs

TOKENIZER = page_examples.tokenizer()
UNKNOWN, END, PAD = 2, 1, 0
# A question, four words of a page, one of them without a place, the end, padding.
IDS = np.array([[9, 10, 20, 21, 22, 23, END, PAD]], "int32")
SEGMENTS = np.array([[1, 1, 2, 2, 2, 2, 2, 0]], "int32")
BOXES = np.zeros((1, 8, 4), "int32")
BOXES[0, 2:5] = [[100, 200, 300, 240], [320, 200, 400, 240], [100, 500, 160, 540]]
PAGE = {"encoder_token_ids": IDS, "segment_ids": SEGMENTS, "encoder_boxes": BOXES}

pytestmark = pytest.mark.no_tensors


def augmentation(**kwargs):
    off = {"shift": 0, "stretch": 0.0, "hidden": 0.0, "seed": 0}
    return keras_docs.PageAugmentation(TOKENIZER, **{**off, **kwargs})


def rows(count):
    return {name: np.repeat(part, count, axis=0) for name, part in PAGE.items()}


def test_nothing_changes_with_zeros_and_labels_never():
    y, weights = np.arange(8)[None], np.ones((1, 8))
    x, *labels = augmentation()(PAGE, y, weights)
    for name, part in PAGE.items():
        np.testing.assert_array_equal(x[name], part)
    assert labels[0] is y and labels[1] is weights
    x, same = augmentation(hidden=1.0, shift=50)(PAGE, y)
    assert same is y and x is not PAGE
    np.testing.assert_array_equal(PAGE["encoder_token_ids"], IDS)


def test_words_alone_are_hidden_at_the_rate():
    x = augmentation(hidden=1.0)(PAGE)[0]
    expected = [[9, 10, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, END, PAD]]
    assert x["encoder_token_ids"].tolist() == expected
    x = augmentation(hidden=0.4)(rows(5000))[0]
    share = (x["encoder_token_ids"][:, 2:6] == UNKNOWN).mean()
    # 20,000 draws: five standard deviations.
    assert abs(share - 0.4) < 5 * (0.4 * 0.6 / 20000) ** 0.5


def test_a_page_is_moved_as_a_whole():
    x = augmentation(shift=30)(rows(200))[0]
    by = x["encoder_boxes"][:, 2:5] - BOXES[:, 2:5]
    # All words of a page alike, both corners too; what has no place gets none.
    assert (by == by[:, :1, [0, 1, 0, 1]]).all()
    assert by.min() == -30 and by.max() == 30
    assert not x["encoder_boxes"][:, [0, 1, 5, 6, 7]].any()
    assert x["encoder_boxes"].dtype == x["encoder_token_ids"].dtype == "int32"


def test_a_page_is_stretched_along_each_side():
    x = augmentation(stretch=0.2)(rows(200))[0]
    times = x["encoder_boxes"][:, 2:5] / BOXES[:, 2:5]
    # Each is rounded to a whole number.
    spread = 0.5 / BOXES[:, 2:5]
    first = x["encoder_boxes"][:, 4:5] / BOXES[:, 4:5]
    assert (np.abs(times[..., 1] - first[..., 1]) <= 2 * spread[..., 1].max()).all()
    assert np.exp(-0.2) - 0.01 < times.min() < 0.85
    assert 1.18 < times.max() < np.exp(0.2) + 0.01
    assert abs(np.corrcoef(first[:, 0, 0], first[:, 0, 1])[0, 1]) < 0.3


def test_what_leaves_the_page_is_at_its_edge():
    x = augmentation(shift=1000, stretch=1.0)(rows(200))[0]["encoder_boxes"]
    assert x.min() == 0 and x.max() == 1000
    assert (x[..., 2:] >= x[..., :2]).all()


def test_text_alone():
    x = augmentation(hidden=1.0)({"encoder_token_ids": IDS})[0]
    assert x["encoder_token_ids"].tolist() == [[UNKNOWN] * 6 + [END, PAD]]
    assert set(x) == {"encoder_token_ids"}


def test_the_same_seed_gives_the_same_pages():
    def made(seed):
        made = augmentation(shift=9, stretch=0.1, hidden=0.5, seed=seed)
        return [made(PAGE)[0]["encoder_boxes"].tolist() for _ in range(3)]

    assert made(1) == made(1) != made(2)
    assert made(1)[0] != made(1)[1]


@pytest.mark.parametrize(
    "wrong", [{"shift": -1}, {"shift": 1001}, {"stretch": np.nan}, {"hidden": 40}]
)
def test_numbers_out_of_range(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"`{name}` must be from 0 to"):
        augmentation(**wrong)
