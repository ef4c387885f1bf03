"""Settings per level for trees of any depth."""

import pytest

from keras_docs.models.xr.level_settings import check_levels, negatives_of, per_level

pytestmark = pytest.mark.no_tensors


@pytest.mark.parametrize(
    ("value", "depth", "expected"),
    [
        (0.1, 3, [0.1, 0.1, 0.1]),
        ("tfn", 1, ["tfn"]),
        ([1, 2], 2, [1, 2]),
        ([1, 2], 4, [1, 1, 1, 2]),
        ([1, 2, 3], 2, [2, 3]),
        ((5,), 3, [5, 5, 5]),
        ([None, 3], 1, [3]),
    ],
)
def test_a_list_counts_from_the_labels_upwards(value, depth, expected):
    assert per_level(value, depth) == expected


def test_values_are_checked_one_by_one():
    assert check_levels("a", (1, 2), lambda v: v > 0, "positive") == [1, 2]
    for bad in ([], [1, 0], 0):
        with pytest.raises(ValueError, match="`a` must be positive, or a list"):
            check_levels("a", bad, lambda v: v > 0, "positive")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("tfn", {"tfn"}), ("man", {"tfn", "man"}), ("tfn+usn+man", {"tfn", "man", "usn"})],
)
def test_rows_of_siblings_are_always_negatives(text, expected):
    assert negatives_of(text) == expected
