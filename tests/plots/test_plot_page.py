"""The figure of a page: what is drawn, not how it looks."""

import io

import numpy as np
import pytest

from keras_docs.plots.plot_page import plot_page

pytestmark = pytest.mark.no_tensors

PAGE = {
    "words": ["Total", "due:", "12.50", "EUR"],
    "boxes": [[10, 10, 60, 30], [70, 10, 99, 30], [300, 10, 380, 30],
              [390, 10, 450, 30]],
    "word_labels": ["B-KEY", "I-KEY", "B-VALUE", "O"],
    "entities": [
        {"label": "key", "words": [0, 1]},
        {"label": "value", "words": [2]},
        {"label": "value", "words": []},
    ],
    "links": [(0, 1), (0, 2)],
}  # fmt: skip


def drawn(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png")
    assert file.getvalue().startswith(b"\x89PNG")
    (axes,) = figure.axes
    return axes


def highlighted(axes):
    return [p.get_x() + 3 for p in axes.patches if p.get_gid() == "answer"]


def test_boxes_labels_words_and_links():
    axes = drawn(plot_page(PAGE))
    counts = {c.get_label(): len(c.get_paths()) for c in axes.collections}
    named = {k: n for k, n in counts.items() if not k.startswith("_")}
    assert named == {"KEY": 2, "VALUE": 1} and sum(counts.values()) == 4
    texts = [text.get_text() for text in axes.texts]
    assert texts == [*PAGE["words"], ""]
    arrow = axes.texts[-1]
    assert arrow.xy == (300, 20) and arrow.xyann == (99, 20)
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == ["KEY", "VALUE"]


@pytest.mark.parametrize(
    ("answer", "left"),
    [("12.50 eur", [300, 390]), ([1], [70]), ("total DUE", [10, 70]), ("May", [])],
)
def test_answers_are_highlighted(answer, left):
    assert highlighted(drawn(plot_page(PAGE, answer=answer))) == left


def test_an_image_below_boxes_in_pixels():
    page = {
        "words": ["a"],
        "boxes": [[10, 20, 60, 40]],
        "image": np.full((200, 100), 255, "uint8"),
    }
    axes = drawn(plot_page(page, box_format="pixel"))
    assert len(axes.images) == 1 and not axes.texts
    corners = axes.collections[0].get_paths()[0].vertices
    assert corners[0].tolist() == [100, 100] and corners[2].tolist() == [600, 200]
    assert axes.get_aspect() == 2


def test_what_does_not_fit():
    for arguments, message in (
        ({"labels": ["O"]}, "`labels` must have one for each of the 4 words"),
        ({"links": [(0, 3)]}, "`links` must be pairs of indices of the page's 3"),
        ({"answer": [4]}, "`answer` must be indices of words from 0 to 3"),
    ):
        with pytest.raises(ValueError, match=message):
            plot_page(PAGE, **arguments)
