"""Tables as pages: every word where it is drawn."""

import numpy as np
import pytest

from keras_docs.documents.table_page import table_page

pytestmark = pytest.mark.no_tensors

TABLE = [["Year", "Title of the song"], ["1969", "A day in the life"], ["1970"]]


def overlaps(boxes):
    a, b = boxes[:, None], boxes[None]
    meet = (a[..., :2] < b[..., 2:]).all(-1) & (b[..., :2] < a[..., 2:]).all(-1)
    return (meet & ~np.eye(len(boxes), dtype=bool)).any()


def test_words_in_reading_order_of_cells():
    page = table_page(TABLE)
    flat = [(w, (i, j)) for i, row in enumerate(TABLE) for j, c in enumerate(row)
            for w in c.split()]  # fmt: skip
    assert list(zip(page["words"], page["cells"], strict=True)) == flat
    assert page["size"] == page["image"].size and page["size"][0] == 1000
    boxes = page["boxes"]
    assert boxes.dtype == np.int32 and not overlaps(boxes)
    rows = np.array([row for row, _ in page["cells"]])
    assert (np.diff(boxes[:, 1])[np.diff(rows) > 0] > 0).all()


def test_words_are_drawn_in_their_boxes():
    page = table_page(TABLE)
    ink = np.asarray(page["image"]) < 100
    width, height = page["size"]
    left = ink.copy()
    for x0, y0, x1, y1 in page["boxes"] / 1000:
        part = (
            slice(int(y0 * height), int(np.ceil(y1 * height)) + 1),
            slice(int(x0 * width) - 1, int(np.ceil(x1 * width)) + 1),
        )
        assert ink[part].any()
        left[part] = False
    assert not left.any()


@pytest.mark.parametrize("columns", [2, 6, 30])
def test_wide_tables_wrap_and_then_grow(columns):
    page = table_page([["word " * 40] * columns, ["longestword"] * columns], 600)
    assert len(page["words"]) == 41 * columns and not overlaps(page["boxes"])
    assert (page["size"][0] > 600) == (columns == 30)


def test_tables_without_cells():
    for table in ([], [[]]):
        with pytest.raises(ValueError, match="`table` must have cells"):
            table_page(table)
    assert table_page([[""]])["words"] == []
    with pytest.raises(ValueError, match="`width` must be 80 or more"):
        table_page(TABLE, width=50)
    with pytest.raises(ValueError, match="`font` must be the path.*none.ttf"):
        table_page(TABLE, font="none.ttf")


def test_letters_beyond_ascii_are_drawn():
    one, other = (np.asarray(table_page([[x]])["image"]) for x in ("é", "č"))
    # Letters that a font lacks are all the same box.
    assert one.shape != other.shape or (one != other).any()
