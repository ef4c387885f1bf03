"""The task that users see, from texts or matrices to rankings."""

import functools

import numpy as np
import pytest
from scipy import sparse
from xr_examples import TOPICS, assert_same_ranking, documents, learnable

import keras_docs

pytestmark = pytest.mark.no_tensors

SMALL = {"branching": 2, "max_leaf_size": 3}


def fitted(x=None, y=None, **arguments):
    if x is None:
        x, y = documents(90)
    fit = {k: arguments.pop(k) for k in ("label_names",) if k in arguments}
    ranker = keras_docs.XRRanker(xr_linear=SMALL, **arguments)
    return ranker.fit(x, y, verbose=0, **fit)


@functools.cache
def calibrated():
    return fitted().calibrate(*documents(120, seed=1))


def share_right(ranker, x, y, **arguments):
    """P@1 by a loop."""
    best = ranker.rank(x, 1, **arguments).labels[:, 0]
    return np.mean([label in own for label, own in zip(best, y, strict=True)])


# === What goes in ===


def test_texts():
    ranker = fitted()
    assert share_right(ranker, *documents(60, seed=2)) > 0.9
    ranking = ranker.rank("honey from the hive", k=2)
    assert len(ranking) == 1 and ranking.labels[0, 0] == "bees"
    assert ranking.labels.shape == ranking.scores.shape == (1, 2)


def test_matrices():
    x, y = learnable()
    names = [f"label {i}" for i in range(12)]
    ranker = fitted(x, y, label_names=names)
    labels = ranker.rank(x, 1).labels[:, 0]
    truth = y.toarray() > 0
    assert np.mean([truth[i, names.index(v)] for i, v in enumerate(labels)]) > 0.9
    with pytest.raises(ValueError, match="a matrix with 24 columns.*Received texts"):
        ranker.rank(["honey"], 1)


def test_texts_beside_features():
    texts, labels = documents(90)
    # The texts tell nothing; the features do.
    features = np.array([[float(t in own) for t in TOPICS] for own in labels], "f4")
    x = {
        "text": ["one text", "another text"] * 45,
        "features": sparse.csr_array(features),
    }
    ranker = fitted(x, labels)
    assert share_right(ranker, x, labels) > 0.9
    assert ranker.backbone.num_features == ranker.preprocessor.num_features == 8


def test_an_ensemble_of_trees():
    ranker = fitted(ensemble=3)
    assert isinstance(ranker.backbone, keras_docs.XREnsemble)
    seeds = [member.get_config()["seed"] for member in ranker.backbone.members]
    assert seeds == [0, 1, 2]
    assert share_right(ranker, *documents(60, seed=2)) > 0.9


def test_trees_of_an_ensemble_have_larger_leaves():
    ranker = keras_docs.XRRanker(ensemble=2).fit(*documents(60), verbose=0)
    for member in ranker.backbone.members:
        assert member.get_config()["max_leaf_size"] == 200
    chosen = keras_docs.XRRanker(ensemble=2, xr_linear={"max_leaf_size": 3})
    members = chosen.fit(*documents(60), verbose=0).backbone.members
    assert [member.get_config()["max_leaf_size"] for member in members] == [3, 3]


@pytest.mark.parametrize(
    "settings, ensemble, expected",
    [({}, 1, 0.1), ({}, 2, 0.03), ({"threshold": 0.2}, 2, 0.2)],
)
def test_trees_of_an_ensemble_keep_smaller_weights(settings, ensemble, expected):
    ranker = keras_docs.XRRanker(ensemble=ensemble, xr_linear=settings)
    backbone = ranker.fit(*documents(60), verbose=0).backbone
    for member in getattr(backbone, "members", [backbone]):
        assert member.get_config()["threshold"] == expected
        weights = [np.abs(layer.data) for layer, _ in member.to_layers()]
        assert min(map(np.min, weights)) >= np.float32(expected)


def test_fitting_again_replaces_everything():
    ranker = fitted()
    x, y = documents(60, seed=3)
    keep = [i for i, own in enumerate(y) if "tea" not in own]
    ranker.fit([x[i] for i in keep], [y[i] for i in keep], verbose=0)
    assert ranker.preprocessor.labels == sorted(set(TOPICS) - {"tea"})
    assert ranker.num_labels == ranker.backbone.num_labels == 5


# === What comes out ===


def test_paths_lead_through_the_tree():
    ranker = fitted()
    ranking, tree = ranker.rank(documents(5)[0], 3), ranker.backbone.tree
    for row in range(5):
        for place in range(3):
            label = ranker.preprocessor.labels.index(ranking.labels[row, place])
            assert tuple(ranking.paths[row, place]) == tree.path(label)
    frame = ranking.to_frame()
    assert frame["place"].tolist() == [1, 2, 3] * 5
    assert frame["label"].tolist() == ranking.labels.ravel().tolist()


def test_probabilities_say_how_often_labels_are_right():
    x, y = documents(400, seed=4)
    ranking = calibrated().rank(x, 6)
    truth = np.array(
        [[v in own for v in row] for row, own in zip(ranking.labels, y, strict=True)]
    )
    assert ranking.probabilities.dtype == np.float32
    for low, high in [(0, 0.1), (0.1, 0.9), (0.9, 1.01)]:
        chosen = (ranking.probabilities >= low) & (ranking.probabilities < high)
        expected = ranking.probabilities[chosen].mean()
        assert truth[chosen].mean() == pytest.approx(expected, abs=0.12)


def test_threshold_leaves_out_what_is_unlikely():
    x = documents(30, seed=5)[0]
    everything = calibrated().rank(x, 6)
    likely = calibrated().rank(x, 6, threshold=0.5)
    kept = everything.probabilities >= 0.5
    assert 0 < kept.sum() < kept.size
    np.testing.assert_array_equal(likely.labels != None, kept)  # noqa: E711
    np.testing.assert_array_equal(likely.paths[~kept], -1)
    np.testing.assert_array_equal(likely.scores[kept], everything.scores[kept])


def test_threshold_needs_calibration():
    with pytest.raises(ValueError, match="`threshold` needs.*calibrate"):
        fitted().rank("honey", 2, threshold=0.5)
    for bad in (-0.1, 1.5):
        with pytest.raises(ValueError, match="from 0 to 1"):
            calibrated().rank("honey", 2, threshold=bad)


def test_validation_data_calibrates():
    ranker = keras_docs.XRRanker(xr_linear=SMALL)
    ranker.fit(*documents(90), validation_data=documents(120, seed=1), verbose=0)
    found = ranker.rank("honey", 2).probabilities
    np.testing.assert_allclose(found, calibrated().rank("honey", 2).probabilities)


def test_evaluation_equals_a_loop():
    x, y = documents(40, seed=6)
    y[3] = [*y[3], "a label never seen"]
    metrics = fitted().evaluate(x, y, ks=(1, 3))
    labels = fitted().rank(x, 3).labels
    for k in (1, 3):
        hits = [
            len(set(row[:k]) & set(own)) for row, own in zip(labels, y, strict=True)
        ]
        recalls = [hit / len(own) for hit, own in zip(hits, y, strict=True)]
        gains, ideal = [], []
        for row, own in zip(labels, y, strict=True):
            own_gains = [(v in own) / np.log2(i + 2) for i, v in enumerate(row[:k])]
            gains.append(sum(own_gains))
            ideal.append(sum(1 / np.log2(i + 2) for i in range(min(k, len(own)))))
        assert metrics[f"P@{k}"] == pytest.approx(np.mean(hits) / k, abs=1e-6)
        assert metrics[f"R@{k}"] == pytest.approx(np.mean(recalls), abs=1e-6)
        expected = np.mean(np.array(gains) / ideal)
        assert metrics[f"nDCG@{k}"] == pytest.approx(expected, abs=1e-6)
        assert 0 < metrics[f"PSP@{k}"] <= 1


# === More labels ===


def test_new_labels_join():
    x, y = documents(120)
    known = [i for i, own in enumerate(y) if "tea" not in own]
    ranker = fitted([x[i] for i in known], [y[i] for i in known])
    before, weights = ranker.rank(x, 5), ranker.backbone.to_layers()
    ranker.partial_fit(x, y)
    assert ranker.preprocessor.labels == [*sorted(set(TOPICS) - {"tea"}), "tea"]
    for (now, _), (then, _) in zip(ranker.backbone.to_layers(), weights, strict=True):
        assert (now[:, : then.shape[1]] != then).nnz == 0
    after = ranker.rank(x, 6)
    for row in range(0, 120, 9):
        now = dict(zip(after.labels[row], after.scores[row], strict=True))
        for label, score in zip(before.labels[row], before.scores[row], strict=True):
            assert now[label] == pytest.approx(score, abs=1e-6)


def test_a_label_is_found_by_its_name_alone():
    ranker = fitted()
    ranker.partial_fit(["queen nectar"], [["queen nectar"]])
    assert "queen nectar" in ranker.rank("nectar of the queen", 2).labels[0]


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (["honey"], [["bees"]], "no label that the ranker does not know"),
        (["honey", "wax"], [["new"]], "rows"),
        (["honey", "wax"], [["new"], []], "Row 1 of `y` has no label"),
        ([""], [["new"]], "empty|blank"),
    ],
)
def test_a_failed_addition_changes_nothing(x, y, message):
    ranker = fitted()
    before = ranker.rank("honey", 6)
    with pytest.raises(ValueError, match=message):
        ranker.partial_fit(x, y)
    assert ranker.preprocessor.labels == sorted(TOPICS)
    after = ranker.rank("honey", 6)
    np.testing.assert_array_equal(after.labels, before.labels)
    np.testing.assert_array_equal(after.scores, before.scores)


# === Presets ===


def test_preset_round_trip(tmp_path):
    ranker, x = calibrated(), documents(20, seed=7)[0]
    ranker.save_to_preset(tmp_path)
    for base in (keras_docs.XRRanker, keras_docs.Task):
        loaded = base.from_preset(tmp_path)
        assert_same_ranking(loaded.predict(x, 6), ranker.predict(x, 6), atol=0)
        ours, other = loaded.rank(x, 6), ranker.rank(x, 6)
        np.testing.assert_array_equal(ours.labels, other.labels)
        np.testing.assert_array_equal(ours.probabilities, other.probabilities)


def test_keras_file_round_trip(tmp_path):
    import keras

    ranker, x = fitted(), documents(20, seed=7)[0]
    features = ranker.preprocessor.encode_features(x)
    ranker.backbone.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    expected = ranker.backbone.predict(features, 6)
    assert_same_ranking(loaded.predict(features, 6), expected, atol=0)


# === Bad input ===


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (["honey", " "], [["bees"], ["tea"]], "empty|blank"),
        (["honey", None], [["bees"], ["tea"]], "None"),
        (["honey", "leaf"], [["bees"], []], "Row 1 of `y` has no label"),
        (["honey", "leaf"], [["bees"]], "`y` has 1 rows"),
        ("honey", [["bees"]], r"Pass \['honey'\]"),
        (np.array([[1.0, np.nan]]), [["bees"]], "`x` holds nan in row 0, column 1"),
        (np.zeros((2, 0)), [["bees"], ["tea"]], "0 columns"),
        ([], [], "empty|at least one"),
    ],
)
def test_bad_training_data(x, y, message):
    ranker = keras_docs.XRRanker(xr_linear=SMALL)
    with pytest.raises(ValueError, match=message):
        ranker.fit(x, y, verbose=0)
    assert ranker.backbone is None


def test_bad_questions():
    ranker = calibrated()
    with pytest.raises(ValueError, match="empty|blank"):
        ranker.rank(["honey", ""], 2)
    with pytest.raises(ValueError, match="`k` must be an integer from 1 to 6"):
        ranker.rank("honey", 7)
    x, y = documents(5)
    for call in (ranker.evaluate, ranker.calibrate):
        with pytest.raises(ValueError, match="`y` has 1 rows, but `x` has 5"):
            call(x, y[:1])
    with pytest.raises(ValueError, match="never seen in training.*'bees'"):
        ranker.preprocessor.encode_labels([["beees"]])


def test_an_untrained_ranker_says_so():
    for call in (
        lambda: keras_docs.XRRanker().rank("honey"),
        lambda: keras_docs.XRRanker().evaluate(*documents(3)),
        lambda: keras_docs.XRRanker().partial_fit(*documents(3)),
    ):
        with pytest.raises(ValueError, match="trained|learned nothing"):
            call()


def test_bad_settings_are_told_at_once():
    with pytest.raises(ValueError, match="`loss`"):
        keras_docs.XRRanker(xr_linear={"loss": "l2"})
    for bad in (0, 1.5, True):
        with pytest.raises(ValueError, match="`ensemble`"):
            keras_docs.XRRanker(ensemble=bad)
