"""Texts found on pages, whatever their spaces and punctuation."""

import pytest

from keras_docs.documents.words_of_text import words_of_text

pytestmark = pytest.mark.no_tensors

WORDS = ["Total:", "12.50", "EUR.", "Paid", "(12.50)", "EU", "R", ""]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("12.50 eur", [1, 2, 4, 5, 6]),
        ("12.50", [1, 4]),
        ("TOTAL", [0]),
        ("total 12.50 EUR", [0, 1, 2]),
        ("Tot", []),
        ("12.5", []),
        ("", []),
        (" ", []),
    ],
)
def test_wherever_it_is_written(text, places):
    assert words_of_text(text, WORDS) == places


def test_no_words():
    assert words_of_text("a", []) == []
