"""The same ranking with `keras.ops`, on every backend."""

import numpy as np
import pytest
from scipy import sparse
from xr_examples import assert_same_ranking, queries, tree, weights

import keras_docs
from keras_docs.models.xr.beam_search_layer import padded_queries

CASES = {
    "deep": ([2, 5, 24], 3, [2, 3, 9], "l3_hinge"),
    "one wide level": ([40], 0, [5], "noop"),
    "narrow beam": ([6, 12], 2, [1, 10], "sigmoid"),
}


@pytest.mark.parametrize("case", CASES)
def test_equals_the_compiled_engine(case):
    sizes, pruned, beams, processor = CASES[case]
    label_tree = tree(sizes, pruned=pruned)
    model = keras_docs.XRLinear.from_layers(
        label_tree, weights(label_tree), post_processor=processor
    )
    x, k = queries(12), beams[-1]
    found = model.predict(x, k, beam_size=beams, engine="keras")
    expected = model.predict(x, k, beam_size=beams, engine="numba")
    assert [array.dtype for array in found] == ["int32", "float32"]
    assert_same_ranking(found, expected)


def test_one_compiled_search_serves_other_queries():
    label_tree = tree([2, 5, 24], pruned=3)
    model = keras_docs.XRLinear.from_layers(label_tree, weights(label_tree))
    for rows, seed in [(12, 1), (3, 2), (1, 3)]:
        x = queries(rows, seed=seed)
        found = model.predict(x, 4, engine="keras")
        assert_same_ranking(found, model.predict(x, 4, engine="numba"))


def test_rows_are_padded_to_a_power_of_two():
    x = sparse.csr_array(np.array([[0, 2, 3, 4], [0, 0, 0, 0], [5, 0, 0, 0]], "f4"))
    padded = padded_queries(x)
    assert padded["feature_ids"].tolist() == [[1, 2, 3, 0], [0] * 4, [0] * 4]
    assert padded["feature_values"].tolist() == [[2, 3, 4, 0], [0] * 4, [5, 0, 0, 0]]


@pytest.mark.no_tensors
def test_unknown_engine_is_refused():
    label_tree = tree([4])
    model = keras_docs.XRLinear.from_layers(label_tree, weights(label_tree))
    with pytest.raises(ValueError, match='`engine` must be "auto".*cuda'):
        model.predict(queries(2), 3, engine="cuda")
