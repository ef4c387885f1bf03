"""Training, ranking and bad input of XR-Linear."""

import functools
import json

import numpy as np
import pytest
from other_process import run_python
from scipy import sparse
from sklearn.svm import LinearSVC
from xr_examples import assert_same_ranking, learnable, queries, tree, weights

import keras_docs
from keras_docs.models.xr import train_levels

EXACT = {"tolerance": 1e-5, "max_passes": 5000, "threshold": 0.0}
SMALL = {"branching": 2, "max_leaf_size": 3}
TREE = keras_docs.LabelTree([[0, 0, 0], np.arange(12) // 4])


def fitted(x=None, y=None, *, settings=None, **fit):
    if x is None:
        x, y = learnable()
    model = keras_docs.XRLinear(x.shape[1], y.shape[1], **{**SMALL, **(settings or {})})
    return model.fit(x, y, verbose=0, **fit)


@functools.cache
def reference():
    return fitted()


def assert_same_model(one, other):
    first, second = one.arrays, other.arrays
    assert set(first) == set(second)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def classifiers(rows_of, x, y, costs=None):
    """The labels' level by scikit-learn; `rows_of` gives the rows to learn from."""
    columns, biases = [], []
    for label in range(y.shape[1]):
        rows = rows_of(label)
        weight = None if costs is None else costs[rows, label]
        model = LinearSVC(tol=1e-8, max_iter=1_000_000)
        model.fit(x.toarray()[rows], y.toarray()[rows, label], sample_weight=weight)
        columns.append(model.coef_[0])
        biases.append(model.intercept_[0])
    return np.array(columns).T, np.array(biases)


def assert_labels_level(model, expected, atol=5e-4):
    found, biases = model.to_layers()[-1]
    np.testing.assert_allclose(found.toarray(), expected[0], atol=atol)
    np.testing.assert_allclose(biases, expected[1], atol=atol)


def rows_of_siblings(y):
    truth = y.toarray() > 0

    def rows_of(label):
        own = TREE.children(0, TREE.parents[1][label])
        return np.flatnonzero(truth[:, own].any(1))

    return rows_of


pytestmark = pytest.mark.no_tensors


# === Training ===


def test_labels_are_found():
    x, y = learnable()
    labels, scores = reference().predict(x, 3)
    assert y.toarray()[np.arange(len(labels)), labels[:, 0]].mean() > 0.9
    assert (np.diff(scores) <= 0).all() and ((scores >= 0) & (scores <= 1)).all()


def test_a_flat_tree_is_one_classifier_for_each_label():
    x, y = learnable()
    flat = keras_docs.LabelTree([np.zeros(12, int)])
    model = fitted(x, y, tree=flat, settings=EXACT)
    assert_labels_level(model, classifiers(lambda label: np.arange(80), x, y))


def test_rows_of_siblings_are_the_negatives():
    x, y = learnable()
    model = fitted(x, y, tree=TREE, settings=EXACT)
    assert_labels_level(model, classifiers(rows_of_siblings(y), x, y))


def test_matched_rows_are_negatives_too():
    x, y = learnable()
    everything = fitted(
        x, y, tree=TREE, settings={**EXACT, "negatives": "tfn+man", "beam_size": 3}
    )
    assert_labels_level(everything, classifiers(lambda label: np.arange(80), x, y))
    # With a beam of one: the rows whose best cluster is the label's.
    model = fitted(
        x, y, tree=TREE, settings={**EXACT, "negatives": "man", "beam_size": 1}
    )
    top, biases = model.to_layers()[0]
    best = (x @ top + biases).argmax(1)
    siblings = rows_of_siblings(y)

    def rows_of(label):
        reached = np.flatnonzero(best == TREE.parents[1][label])
        return np.union1d(siblings(label), reached)

    assert_labels_level(model, classifiers(rows_of, x, y))


def test_given_rows_are_negatives_too():
    x, y = learnable()
    given = sparse.csr_array((np.random.default_rng(0).random((80, 3)) < 0.2) * 1.0)
    model = fitted(
        x,
        y,
        tree=TREE,
        settings={**EXACT, "negatives": "tfn+usn"},
        user_negatives={1: given},
    )
    siblings = rows_of_siblings(y)

    def rows_of(label):
        own = np.flatnonzero(given.toarray()[:, TREE.parents[1][label]])
        return np.union1d(siblings(label), own)

    assert_labels_level(model, classifiers(rows_of, x, y))


@pytest.mark.parametrize("mode", ["labels", "induce"])
def test_relevance_weighs_positives(mode):
    x, y = learnable()
    values = np.random.default_rng(0).uniform(0.5, 4, y.shape).astype("float32")
    relevance = sparse.csr_array(y.toarray() * values)
    settings = {**EXACT, "relevance_mode": mode, "relevance_norm": "none"}
    model = fitted(x, y, tree=TREE, settings=settings, relevance=relevance)
    costs = np.where(y.toarray() > 0, values, 1)
    assert_labels_level(model, classifiers(rows_of_siblings(y), x, y, costs), 2e-3)
    plain = fitted(x, y, tree=TREE, settings=EXACT)
    same = (model.to_layers()[0][0] != plain.to_layers()[0][0]).nnz == 0
    assert same == (mode == "labels")


def test_costs_of_the_settings():
    x, y = learnable()
    settings = {**EXACT, "cost_positive": 2.0, "cost_negative": 0.5}
    model = fitted(x, y, tree=TREE, settings=settings)
    costs = np.where(y.toarray() > 0, 2.0, 0.5)
    assert_labels_level(model, classifiers(rows_of_siblings(y), x, y, costs), 2e-3)


def test_settings_per_level_fit_trees_of_any_depth():
    for settings in ({}, {"max_leaf_size": 12}, {"max_leaf_size": 2}):
        model = fitted(settings={**settings, "threshold": [0.4, 0.05]})
        layers = model.to_layers()
        for weights_, _ in layers[:-1]:
            assert abs(weights_.data).min() >= np.float32(0.4)
        smallest = abs(layers[-1][0].data).min()
        assert np.float32(0.05) <= smallest < 0.4


def test_only_the_largest_weights_are_kept():
    model = fitted(settings={"max_weights_per_label": [None, 2], "threshold": 0.0})
    everything = fitted(settings={"threshold": 0.0})
    some, all_of_them = model.to_layers()[-1][0], everything.to_layers()[-1][0]
    for label in range(12):
        kept = some[:, [label]].toarray().ravel()
        own = all_of_them[:, [label]].toarray().ravel()
        largest = np.argsort(-abs(own), kind="stable")[:2]
        assert set(np.flatnonzero(kept)) == set(largest[own[largest] != 0])


# === The same model, however it is trained ===


@pytest.fixture
def many_blocks(monkeypatch):
    monkeypatch.setattr(train_levels, "BLOCK_WORK", 1.0)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_blocks_and_threads_change_nothing(n_jobs, many_blocks):
    assert_same_model(fitted(n_jobs=n_jobs), reference())


def test_the_seed_decides():
    assert_same_model(fitted(), reference())
    assert fitted(settings={"seed": 1}).tree != reference().tree


@pytest.mark.large
def test_processes_train_the_same_model(many_blocks):
    import joblib

    with joblib.parallel_config("loky"):
        assert_same_model(fitted(n_jobs=2), reference())


@pytest.mark.parametrize(
    "processes", [False, pytest.param(True, marks=pytest.mark.large)]
)
def test_a_dask_cluster_trains_the_same_model(processes, many_blocks):
    distributed = pytest.importorskip("distributed")
    import joblib

    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=processes, dashboard_address=None
    )
    with cluster, distributed.Client(cluster), joblib.parallel_config("dask"):
        assert_same_model(fitted(n_jobs=2), reference())


def test_an_interrupted_training_goes_on(many_blocks, monkeypatch, tmp_path):
    expected = reference()  # outside of the calls that are counted
    train, calls = train_levels.train_block, []

    def interrupted(*arguments):
        if len(calls) == 3:
            raise KeyboardInterrupt
        calls.append(arguments[0].level)
        return train(*arguments)

    monkeypatch.setattr(train_levels, "train_block", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fitted(checkpoint_dir=tmp_path)
    finished = len(list(tmp_path.glob("*.npz")))
    assert finished == 3

    def counted(*arguments):
        calls.append(arguments[0].level)
        return train(*arguments)

    calls.clear()
    monkeypatch.setattr(train_levels, "train_block", counted)
    assert_same_model(fitted(checkpoint_dir=tmp_path), expected)
    total = len(list(tmp_path.glob("*.npz")))
    assert len(calls) == total - finished > 0
    x, y = learnable(seed=5)
    with pytest.raises(ValueError, match="`checkpoint_dir`"):
        fitted(x, y, checkpoint_dir=tmp_path)


TRAIN_AND_DIE = """
import os, signal, sys
import numpy as np
from xr_examples import learnable
import keras_docs
from keras_docs.models.xr import block_store, train_levels

train_levels.BLOCK_WORK = 1.0
put, count = block_store.BlockStore.put, []

def put_and_die(*arguments):
    put(*arguments)
    count.append(1)
    if len(count) == 4:
        os.kill(os.getpid(), signal.SIGKILL)

block_store.BlockStore.put = put_and_die
if os.fork() == 0:
    x, y = learnable()
    model = keras_docs.XRLinear(24, 12, branching=2, max_leaf_size=3)
    model.fit(x, y, checkpoint_dir=sys.argv[1], verbose=0)
    os._exit(0)
print(os.WTERMSIG(os.wait()[1]))
"""


def test_a_killed_training_goes_on(many_blocks, tmp_path):
    assert run_python(TRAIN_AND_DIE, tmp_path, backend="numpy").strip() == "9"
    assert len(list(tmp_path.glob("*.npz"))) == 4
    assert_same_model(fitted(checkpoint_dir=tmp_path), reference())


def test_negatives_by_matching_depend_on_the_post_processor(tmp_path):
    settings = {"negatives": "man", "beam_size": 1}
    fitted(settings=settings, checkpoint_dir=tmp_path)
    with pytest.raises(ValueError, match="other settings"):
        fitted(settings={**settings, "post_processor": "noop"}, checkpoint_dir=tmp_path)


# === Weights ===


def test_given_weights_come_back():
    label_tree = tree([2, 5, 30], pruned=2)
    layers = weights(label_tree)
    model = keras_docs.XRLinear.from_layers(label_tree, layers, beam_size=3)
    again = keras_docs.XRLinear.from_layers(label_tree, model.to_layers(), beam_size=3)
    assert_same_model(again, model)
    assert (model.num_features, model.num_labels) == (30, 32)


def test_pruning_drops_small_weights_only():
    model = fitted(settings={"threshold": 0.0})
    before = model.to_layers()
    model.prune(0.2)
    for (some, biases), (everything, own) in zip(
        model.to_layers(), before, strict=True
    ):
        dense = everything.toarray()
        expected = np.where(abs(dense) > 0.2, dense, 0)
        np.testing.assert_array_equal(some.toarray(), expected)
        np.testing.assert_array_equal(biases, own)


def test_quantized_weights_are_near():
    model = fitted()
    before = model.to_layers()
    model.quantize("int8")
    for (some, _), (everything, _) in zip(model.to_layers(), before, strict=True):
        step = abs(everything).max(0).toarray() / 127
        apart = abs((some - everything).toarray())
        assert (apart <= step * 0.501 + 1e-7).all()


def test_preset_round_trip_maps_the_weights(tmp_path):
    model, (x, _) = reference(), learnable()
    model.save_to_preset(tmp_path)
    loaded = keras_docs.XRLinear.from_preset(tmp_path)
    assert_same_model(loaded, model)
    assert_same_ranking(loaded.predict(x, 5), model.predict(x, 5), atol=0)
    values = base = loaded.arrays["layers/entry_values"]
    while base is not None and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)
    content = (tmp_path / "model.safetensors").read_bytes()
    values[:] = 7
    assert (tmp_path / "model.safetensors").read_bytes() == content
    assert_same_model(keras_docs.XRLinear.from_preset(tmp_path), model)


def test_config_is_plain():
    settings = {"negatives": ["tfn", "tfn+man"], "threshold": (0.2, 0.1)}
    model = keras_docs.XRLinear(3, 4, **settings)
    config = json.loads(json.dumps(model.get_config()))
    assert keras_docs.XRLinear.from_config(config).get_config() == model.get_config()
    assert config["threshold"] == [0.2, 0.1]


# === Bad input ===


def bad_matrices():
    x = learnable()[0]
    nan = x.copy()
    nan.data[5] = np.nan
    outside = x.copy()
    outside.indices[0] = 24
    return {
        "columns": (x[:, :20], "`x` must have 24 columns.*20"),
        "NaN": (nan, "`x` holds nan in row 0"),
        "outside": (outside, "`x` is a damaged CSR"),
        "no rows": (x[:0], "`x` has 0 rows"),
        "no columns": (sparse.csr_array((80, 0)), "`x` has 80 rows and 0 columns"),
        "texts": (["a", "b"], "`x` must be a matrix of numbers"),
        "complex": (x.astype("complex64"), "`x` must be a matrix of numbers"),
    }


@pytest.mark.parametrize("kind", list(bad_matrices()))
def test_bad_features(kind):
    x, message = bad_matrices()[kind]
    with pytest.raises(ValueError, match=message):
        reference().predict(x, 3)
    with pytest.raises(ValueError, match=message):
        keras_docs.XRLinear(24, 12).fit(x, learnable()[1], verbose=0)


def test_unsorted_and_repeated_indices_are_the_same_matrix():
    x = learnable()[0]
    messy = sparse.csr_array((80, 24))
    order = np.concatenate([np.arange(b - 1, a - 1, -1) for a, b in _pairs(x.indptr)])
    indices, data = np.repeat(x.indices[order], 2), np.repeat(x.data[order] / 2, 2)
    messy = sparse.csr_array((data, indices, 2 * x.indptr), shape=x.shape)
    expected = reference().predict(x, 5)
    assert_same_ranking(reference().predict(messy, 5), expected, atol=0)
    assert_same_ranking(reference().predict(x.toarray(), 5), expected, atol=0)
    assert len(messy.data) == 2 * len(x.data)


def _pairs(starts):
    return zip(starts[:-1], starts[1:], strict=True)


def test_bad_labels():
    x, y = learnable()
    for bad, message in [
        (y[:70], r"`y` must be of shape \(80, 12\).*70"),
        (y[:, :11], r"`y` must be of shape \(80, 12\).*11"),
        (y * 0, "no label at all"),
        (y * np.nan, "`y` holds nan"),
    ]:
        with pytest.raises(ValueError, match=message):
            fresh = keras_docs.XRLinear(24, 12)
            fresh.fit(x, bad, verbose=0)
        assert not fresh.is_fitted


def test_bad_arguments_of_fit():
    x, y = learnable()
    other = keras_docs.LabelTree([np.zeros(11, int)])
    ones = sparse.csr_array(np.ones((80, 3)))
    for arguments, settings, message in [
        ({"tree": other}, {}, "`tree` must be a LabelTree of 12 labels"),
        ({"relevance": y[:, :3]}, {}, r"`relevance` must be of shape \(80, 12\)"),
        ({"relevance": -y}, {}, "without negative values"),
        ({"relevance": y * 0}, {}, "positive value wherever"),
        ({}, {"negatives": "tfn+usn"}, r"`user_negatives`.*\[1\]. Received: \[\]"),
        ({"user_negatives": {1: ones}}, {}, r"`user_negatives`.*Received: \[1\]"),
        (
            {"user_negatives": {1: ones[:70]}},
            {"negatives": "usn"},
            r"`user_negatives\[1\]` must be of shape \(80, 3\)",
        ),
        ({"label_features": ones[:12]}, {}, "`label_features`"),
        ({}, {"label_representation": "label_features"}, "`label_features`"),
    ]:
        if "label_representation" not in settings and "label_features" not in arguments:
            arguments = {"tree": TREE, **arguments}
        with pytest.raises(ValueError, match=message):
            fitted(x, y, settings=settings, **arguments)


@pytest.mark.parametrize("k", [0, 13, -1, 2.0, "3", None])
def test_bad_k(k):
    with pytest.raises(ValueError, match="`k` must be an integer from 1 to 12"):
        reference().predict(learnable()[0], k)


@pytest.mark.parametrize("beam_size", [0, -5, [], [3, 0], "wide", 2.5])
def test_bad_beam(beam_size):
    with pytest.raises(ValueError, match="`beam_size` must be a positive integer"):
        reference().predict(learnable()[0], 3, beam_size=beam_size)


def test_an_untrained_model_says_so():
    fresh = keras_docs.XRLinear(24, 12)
    for call in (
        fresh.to_layers,
        lambda: fresh.quantize("int8"),
        lambda: fresh.predict(queries(2, 24), 1),
    ):
        with pytest.raises(ValueError, match="has not been trained"):
            call()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_features", 0),
        ("num_labels", 1.5),
        ("branching", 3),
        ("max_leaf_size", 1),
        ("loss", "l2"),
        ("cost_positive", 0),
        ("cost_negative", [1.0, -1.0]),
        ("tolerance", float("nan")),
        ("max_passes", []),
        ("bias", -1),
        ("threshold", "small"),
        ("max_weights_per_label", 0),
        ("negatives", "tfn+all"),
        ("relevance_mode", "ranker"),
        ("relevance_norm", "l3"),
        ("post_processor", "softmax"),
        ("beam_size", True),
        ("seed", -1),
        ("label_representation", "bert"),
        ("quantization", "int4"),
    ],
)
def test_bad_settings(name, value):
    settings = {"num_features": 3, "num_labels": 4, name: value}
    with pytest.raises(ValueError, match=f"`{name}`"):
        keras_docs.XRLinear(**settings)
