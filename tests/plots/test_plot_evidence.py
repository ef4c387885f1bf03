"""The heat map of a page: what is drawn, not how it looks."""

import io

import numpy as np
import pytest

from keras_docs.plots.plot_evidence import AGAINST, FOR, plot_evidence

pytestmark = pytest.mark.no_tensors

PAGE = {
    "words": ["Total", "12.50", "EUR"],
    "boxes": [[10, 10, 60, 30], [300, 10, 380, 30], [390, 10, 450, 30]],
}
ANSWER = {
    "question": "What is the total?",
    "answer": "12.50",
    "log_probability": np.log(0.5),
    "words": np.array([1.0, -0.25, np.nan]),
    "cells": np.array([[0.0, 4.0]]),
}


def drawn(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png")
    assert file.getvalue().startswith(b"\x89PNG")
    return figure.axes[0]


def rgb(color):
    return [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def test_colours_tell_for_and_against():
    axes = drawn(plot_evidence(PAGE, ANSWER))
    colors = axes.collections[0].get_facecolors()
    np.testing.assert_allclose(colors[0, :3], rgb(FOR))
    np.testing.assert_allclose(colors[1, :3], rgb(AGAINST))
    # Four times the evidence, twice the opacity; none for what was not read.
    assert colors[0, 3] == pytest.approx(2 * colors[1, 3]) and colors[2, 3] == 0
    (cells,) = [image for image in axes.images if image.get_gid() == "cells"]
    assert cells.get_array().shape == (1, 2, 4)
    assert cells.get_array()[0, 0, 3] == 0 and cells.get_array()[0, 1, 3] > 0
    texts = [text.get_text() for text in axes.texts]
    assert texts[:3] == PAGE["words"] and texts[3] == "12.50"
    assert texts[4] == "What is the total?  probability 0.50"


def test_a_label_and_an_image():
    label = {
        "word": 1,
        "label": "B-TOTAL",
        "log_probability": 0.0,
        "words": np.zeros(3),
        "cells": None,
    }
    axes = drawn(plot_evidence({**PAGE, "image": np.zeros((20, 10), "uint8")}, label))
    assert axes.get_aspect() == 2 and len(axes.images) == 1
    (frame,) = axes.patches
    assert frame.get_x() == 297
    assert [t.get_text() for t in axes.texts] == [
        "B-TOTAL",
        "the word '12.50'  probability 1.00",
    ]
    # Nothing has no colour, however small the scale.
    assert not axes.collections[0].get_facecolors()[:, 3].any()


def test_evidence_of_another_page():
    with pytest.raises(ValueError, match="must be of this page, which has 3 words"):
        plot_evidence(PAGE, {**ANSWER, "words": np.zeros(4)})
