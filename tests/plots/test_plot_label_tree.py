"""The picture of a label tree: what is drawn where."""

import io

import numpy as np
import pytest

from keras_docs.models.xr.label_tree import LabelTree
from keras_docs.plots.plot_label_tree import plot_label_tree

pytestmark = pytest.mark.no_tensors


@pytest.fixture
def tree():
    """Root -> 2 -> 3 leaves of 2, 5 and 2 labels; label 4 is pruned."""
    return LabelTree([[0, 0], [0, 1, 1], [2, 0, 1, 0, -1, 2, 1, 1, 1, 1]])


def bars(axes):
    """(left, right) of the bars, row by row from the root."""
    rows = []
    for collection in axes.collections:
        boxes = [path.get_extents() for path in collection.get_paths()]
        rows.append([(box.x0, box.x1) for box in boxes])
    return rows


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_bars_are_as_wide_as_their_labels_and_below_their_parents(tree):
    axes = tree.plot().axes[0]
    rows = bars(axes)
    np.testing.assert_allclose(rows[0], [(0, 1)])
    np.testing.assert_allclose(rows[1], [(0, 2 / 9), (2 / 9, 1)])
    np.testing.assert_allclose(rows[2], [(0, 2 / 9), (2 / 9, 7 / 9), (7 / 9, 1)])
    assert {"9", "2", "7", "5"} <= set(texts(axes))
    ticks = [label.get_text() for label in axes.get_yticklabels()]
    assert ticks == ["root", "level 0\n2 nodes", "level 1\n3 leaves"]
    assert any("pruned and not drawn: 1" in text for text in texts(axes))


@pytest.mark.parametrize("seed", range(5))
def test_bars_of_any_tree_nest(seed):
    rng = np.random.default_rng(seed)
    inner = np.r_[np.arange(4), rng.integers(0, 4, 9)]
    labels = np.r_[np.arange(13), rng.integers(-1, 13, 60)]
    tree = LabelTree([np.zeros(4, int), rng.permutation(inner), labels])
    axes = plot_label_tree(tree).axes[0]
    _, upper, lower = bars(axes)
    widths = [len(tree.labels_under(1, node)) for node in range(13)]
    found = sorted(right - left for left, right in lower)
    np.testing.assert_allclose(found, np.sort(widths) / sum(widths), atol=1e-9)
    for left, right in lower:
        assert any(a <= left + 1e-9 and right <= b + 1e-9 for a, b in upper)
    np.testing.assert_allclose(sorted(lower)[-1][1], 1)


def test_leaves_are_opened_with_names(tree):
    names = [f"name {i}" for i in range(9)] + ["a name that is much too long to show"]
    axes = tree.plot(names).axes[0]
    assert {"name 1", "name 0", "name 8"} <= set(texts(axes))
    assert "name 4" not in texts(axes)  # pruned
    assert any(text.endswith("…") for text in texts(axes))
    many = LabelTree([np.zeros(30, int)]).plot([str(i) for i in range(30)])
    assert "+ 23 more" in texts(many.axes[0])


def test_huge_levels_become_few_shapes():
    parents = [np.zeros(8, int), np.arange(4000) % 8, np.arange(9000) % 4000]
    figure = plot_label_tree(LabelTree(parents))
    assert [len(row) for row in bars(figure.axes[0])] == [1, 8, 8]
    file = io.BytesIO()
    figure.savefig(file, format="png")
    assert file.getvalue().startswith(b"\x89PNG")


def test_a_name_for_every_label(tree):
    with pytest.raises(ValueError, match="each of the 10 labels.*Received: 2"):
        plot_label_tree(tree, ["a", "b"])
