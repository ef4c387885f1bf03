"""Labels that join a trained tree."""

import numpy as np
import pytest
from scipy import sparse
from xr_examples import learnable

import keras_docs

pytestmark = pytest.mark.no_tensors


def halves():
    """All data, and a model of the first nine of twelve labels."""
    x, y = learnable(rows=120)
    known = y.toarray()[:, :9].any(1)
    model = keras_docs.XRLinear(24, 9, branching=2, max_leaf_size=3, beam_size=20)
    model.fit(x[known], y[known][:, :9], verbose=0)
    return model, x, y


def test_what_was_learned_stays_as_it_was():
    model, x, y = halves()
    before, tree = model.to_layers(), model.tree
    old = dict(zip(["labels", "scores"], model.predict(x, 9), strict=True))
    model.add_labels(x, y)
    assert model.num_labels == model.get_config()["num_labels"] == 12
    for now, then in zip(model.tree.parents[:-1], tree.parents, strict=False):
        np.testing.assert_array_equal(now, then)
    np.testing.assert_array_equal(model.tree.parents[-1][:9], tree.parents[-1])
    for (weights, biases), (own, own_biases) in zip(
        model.to_layers(), before, strict=True
    ):
        columns = own.shape[1]
        assert (weights[:, :columns] != own).nnz == 0
        np.testing.assert_array_equal(biases[:columns], own_biases)
    labels, scores = model.predict(x, 12)
    for row in range(0, 120, 7):
        now = dict(zip(labels[row].tolist(), scores[row].tolist(), strict=True))
        for label, score in zip(old["labels"][row], old["scores"][row], strict=True):
            assert now[int(label)] == pytest.approx(float(score), abs=1e-6)


def test_new_labels_are_found():
    model, x, y = halves()
    model.add_labels(x, y)
    truth = y.toarray() > 0
    labels, _ = model.predict(x, 1)
    is_new = truth[:, 9:].any(1) & ~truth[:, :9].any(1)
    assert is_new.sum() > 10
    assert truth[np.arange(120), labels[:, 0]][is_new].mean() > 0.8


def test_a_flat_tree_takes_new_labels():
    x, y = learnable()
    tree = keras_docs.LabelTree([np.zeros(11, int)])
    model = keras_docs.XRLinear(24, 11).fit(x, y[:, :11], tree=tree, verbose=0)
    model.add_labels(x, y)
    assert model.tree == keras_docs.LabelTree([np.zeros(12, int)])


def test_counts_go_on():
    model, x, y = halves()
    before, rows = model.label_counts, model.num_rows
    model.add_labels(x, y)
    counts = (y.toarray() > 0).sum(0)
    np.testing.assert_array_equal(model.label_counts[:9], before + counts[:9])
    np.testing.assert_array_equal(model.label_counts[9:], counts[9:])
    assert model.num_rows == rows + 120


def test_a_quantized_model_stays_one():
    model, x, y = halves()
    model.quantize("int8")
    model.add_labels(x, y)
    assert model.get_config()["quantization"] == "int8"
    again = keras_docs.XRLinear.from_config(model.get_config())
    again.set_arrays(model.arrays)
    np.testing.assert_array_equal(again.predict(x, 5)[0], model.predict(x, 5)[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x, y: (x, y[:, :9]), "more than 9 columns"),
        (lambda x, y: (x[:5], y), "5 rows"),
        (lambda x, y: (x[:, :20], y), "`x` must have 24 columns"),
        (
            lambda x, y: (x, sparse.csr_array(y.toarray() * (np.arange(12) != 10))),
            "no row for the new label 10",
        ),
    ],
)
def test_bad_input_changes_nothing(change, message):
    model, x, y = halves()
    before = model.predict(x, 5)
    with pytest.raises(ValueError, match=message):
        model.add_labels(*change(x, y))
    assert model.num_labels == 9
    np.testing.assert_array_equal(model.predict(x, 5)[0], before[0])
