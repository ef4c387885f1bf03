"""Boxes in every format, and what is wrong with them."""

import numpy as np
import pytest

from keras_docs.documents.page_boxes import page_boxes

pytestmark = pytest.mark.no_tensors

WORDS = ["Total", "12.50"]


def test_formats():
    assert page_boxes([[1, 2, 3, 1000]]).tolist() == [[1, 2, 3, 1000]]
    pixels = page_boxes([[10, 20, 60, 40]], ["a"], "pixel", (100, 200))
    assert pixels.tolist() == [[100, 100, 600, 200]]
    assert page_boxes([[0, 0.5, 0.25, 1]], box_format="fraction").tolist() == [
        [0, 500, 250, 1000]
    ]
    assert page_boxes([]).shape == (0, 4)
    assert page_boxes([[1, 2, 3, 4]]).dtype == np.int32


def test_every_pixel_is_int_of_1000_x_by_width():
    # The rule of the LayoutLM family.
    for width in (463, 754, 777, 1000, 2480):
        x = np.arange(width)
        boxes = np.stack([x, x, x, x], axis=1)
        found = page_boxes(boxes, None, "pixel", (width, width))[:, 0]
        assert found.tolist() == [int(1000 * i / width + 1e-6) for i in range(width)]


def test_quadrilaterals_become_bounding_boxes():
    quad = [[30, 10], [60, 20], [55, 40], [25, 30]]
    flat = [value for point in quad for value in point]
    wanted = [25, 10, 60, 40]
    assert page_boxes([quad]).tolist() == [wanted]
    assert page_boxes([flat]).tolist() == [wanted]
    assert page_boxes([flat, [1, 2, 3, 4], quad]).tolist() == [
        wanted, [1, 2, 3, 4], wanted
    ]  # fmt: skip


def test_a_little_over_the_edge_is_cut():
    assert page_boxes([[-20, 0, 1040, 5]]).tolist() == [[0, 0, 1000, 5]]


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ([[1, 2, 3, 4]], "P has 2 words and 1 boxes.*counterpart is 1"),
        ([[1, 2, 3, 4], [5, 2, 3, 4]], r"P: word 1 \('12.50'\).*inverted"),
        ([[1, 2, 3, 4], [1, 9, 3, 4]], r"P: word 1 \('12.50'\).*inverted"),
        ([[1, 2, np.nan, 4], [1, 2, 3, 4]], r"word 0 \('Total'\).*not finite"),
        ([[1, 2, 3, 4], [1, 2, 1700, 4]], 'word 1.*off the page.*"pixel"'),
        ([[1, 2, 3, 4], [-90, 2, 3, 4]], "word 1.*off the page"),
        ([[1, 2, 3, 4], [1, 2, 3]], r"word 1 \('12.50'\) has no box"),
        ([[1, 2, 3, 4], None], r"word 1 \('12.50'\) has no box"),
        ([[0.1, 0.2, 0.3, 0.4]] * 2, 'boxes from 0 to 1.*"fraction"'),
        (None, "P has words without `boxes`.*read_pages"),
    ],
)
def test_bad_boxes_name_their_word(boxes, message):
    with pytest.raises(ValueError, match=message):
        page_boxes(boxes, WORDS, where="P")


def test_bad_sizes_and_formats():
    with pytest.raises(ValueError, match="needs its `size`.*None"):
        page_boxes([[1, 2, 3, 4]], ["a"], "pixel")
    with pytest.raises(ValueError, match="needs its `size`"):
        page_boxes([[1, 2, 3, 4]], ["a"], "pixel", (0, 10))
    with pytest.raises(ValueError, match="Give the `size` of the image"):
        page_boxes([[1, 2, 300, 4]], ["a"], "pixel", (100, 100))
    with pytest.raises(ValueError, match="`box_format` must be one of"):
        page_boxes([], box_format="xywh")
