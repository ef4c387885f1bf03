"""Nearest labels against all cosines computed by NumPy, and all that is stored."""

import keras
import numpy as np
import pytest
import xr_examples as examples
from scipy import sparse

import keras_docs

ROWS, FEATURES, LABELS = 900, 400, 300


def data(seed=0):
    """Documents that take a third of their words from each of their labels."""
    random = np.random.default_rng(seed)
    y = sparse.random_array((ROWS, LABELS), density=2 / LABELS, rng=random)
    y = y.tolil()
    y[np.arange(ROWS), np.arange(ROWS) % (LABELS - 1)] = 1
    y[:, LABELS - 1] = 0
    y = (y.tocsr() != 0).astype("float32")
    typical = sparse.random_array((LABELS, FEATURES), density=0.02, rng=random)
    noise = sparse.random_array((ROWS, FEATURES), density=0.01, rng=random)
    return (y @ typical + noise).tocsr().astype("float32"), y


def matcher(**settings):
    settings = {"dim": 128, **settings}
    return keras_docs.NearestLabelMatcher(FEATURES, LABELS, **settings)


@pytest.fixture(scope="module")
def fitted():
    return matcher().fit(*data(), verbose=0)


def unit(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def cosines(model, x, y):
    """Between documents and labels, after the stored projection."""
    starts, columns, values = (
        model.arrays[f"projection/{name}"] for name in ("starts", "columns", "values")
    )
    projection = sparse.csr_array((values, columns, starts), (FEATURES, 128)).toarray()
    shares = y.toarray() / np.sqrt(y.sum(1))[:, None]
    labels = unit(unit(shares.T @ x.toarray()) @ projection)
    return unit(x.toarray() @ projection) @ labels.T


def test_finds_the_nearest_by_cosine(fitted):
    x, y = data()
    truth = cosines(fitted, x, y)
    ids, scores = fitted.predict(x, 10)
    assert ids.dtype == np.int32 and scores.dtype == np.float32
    best = np.argsort(-truth, 1)[:, :10]
    recall = np.mean(
        [len(set(a) & set(b)) / 10 for a, b in zip(ids, best, strict=True)]
    )
    assert recall >= 0.95
    np.testing.assert_allclose(scores, np.take_along_axis(truth, ids, 1), atol=3e-3)
    assert (np.diff(scores, axis=1) <= 0).all()
    _, exact = fitted.predict(x, 10, exact=True)
    np.testing.assert_allclose(exact, -np.sort(-truth, 1)[:, :10], atol=3e-3)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("k", [3, LABELS])
def test_a_single_document(fitted, exact, k):
    x, _ = data()
    (one, score), (many, scores) = (
        fitted.predict(rows, k, exact=exact) for rows in (x[:1], x[:2])
    )
    assert (one == many[:1]).all() and (score == scores[:1]).all()
    nothing, _ = fitted.predict(x[:1] * 0, k, exact=exact)
    assert nothing.shape == (1, k) and (nothing == -1).all()


def test_the_projection_keeps_angles():
    x, y = data()
    model = matcher(dim=2000).fit(x, y, verbose=0)
    assert model.arrays["vectors"].shape == (LABELS, FEATURES)
    near = matcher(dim=300).fit(x, y, verbose=0)
    full, short = (m.predict(x, 1, exact=True)[0][:, 0] for m in (model, near))
    assert (full == short).mean() > 0.6


def test_the_same_every_time(fitted):
    x, y = data()
    again = matcher().fit(x, y, verbose=0)
    for one, other in zip(fitted.predict(x), again.predict(x), strict=True):
        assert (one == other).all()
    other_seed = matcher(seed=1).fit(x, y, verbose=0)
    assert (other_seed.arrays["vectors"] != fitted.arrays["vectors"]).any()


def test_labels_and_documents_of_nothing_are_not_found(fitted):
    x, _ = data()
    ids, _ = fitted.predict(x, LABELS)
    assert not (ids == LABELS - 1).any() and (ids[:, -1] == -1).all()
    ids, scores = fitted.predict(sparse.csr_array((2, FEATURES), dtype="float32"))
    assert (ids == -1).all() and (scores == 0).all()


def test_new_labels_join():
    x, y = data()
    model = matcher().fit(x, y, verbose=0)
    before = model.arrays["vectors"].copy()
    new = sparse.csr_array(np.eye(5, 2)[:, ::-1])
    wide = sparse.hstack([sparse.csr_array((5, LABELS)), new], format="csr")
    model.add_labels(x[:5], wide)
    assert model.num_labels == LABELS + 2 == model.get_config()["num_labels"]
    assert (model.arrays["vectors"][:LABELS] == before).all()
    ids, scores = model.predict(x[:2], 1, exact=True)
    assert ids[:, 0].tolist() == [LABELS + 1, LABELS]
    np.testing.assert_allclose(scores, 1, atol=2e-3)
    assert model.label_counts[LABELS:].tolist() == [1, 1]
    for wrong, message in ((y[:5], "more than 300"), (wide[:4], "5 rows")):
        with pytest.raises(ValueError, match=message):
            matcher().fit(x, y, verbose=0).add_labels(x[:5], wrong)


def test_round_trips(fitted, tmp_path):
    x, _ = data()
    expected = fitted.predict(x, 7)
    fitted.save_to_preset(str(tmp_path / "preset"))
    fitted.save(tmp_path / "model.keras")
    for loaded in (
        keras_docs.Backbone.from_preset(str(tmp_path / "preset")),
        keras.saving.load_model(tmp_path / "model.keras"),
    ):
        assert loaded.get_config() == fitted.get_config()
        for one, other in zip(loaded.predict(x, 7), expected, strict=True):
            assert (one == other).all()


def test_a_ranker_stands_on_it(tmp_path):
    texts, labels = examples.documents(60)
    ranker = keras_docs.XRRanker(keras_docs.NearestLabelMatcher(1, 1, dim=64))
    ranker.fit(texts, labels, validation_data=(texts, labels), verbose=0)
    assert ranker.evaluate(texts, labels)["P@1"] > 0.9
    ranking = ranker.rank(texts[:3], k=2)
    assert ranking.paths.shape == (3, 2, 0) and "path" not in ranking.to_frame()
    assert len(ranker.rank(texts, k=3, threshold=0.5)) == 60
    ranker.partial_fit(["a hive by the harbour"], [["floating bees"]])
    assert ranker.rank("hive harbour", k=1).labels[0, 0] == "floating bees"
    ranker.save_to_preset(str(tmp_path / "ranker"))
    loaded = keras_docs.XRRanker.from_preset(str(tmp_path / "ranker"))
    assert (loaded.rank(texts, k=3).scores == ranker.rank(texts, k=3).scores).all()


def test_its_candidates_are_ranked_by_a_tree(fitted):
    x, y = data()
    linear = keras_docs.XRLinear(FEATURES, LABELS, max_leaf_size=20)
    linear.fit(x, y, verbose=0)
    candidates, _ = fitted.predict(x, 50)
    ids, _ = linear.predict(x, 3, candidates=candidates)
    truth = y.toarray() > 0

    def precision(ids):
        return np.take_along_axis(truth, ids, 1)[:, 0].mean()

    assert precision(ids) >= precision(candidates)
    assert (ids[..., None] == candidates[:, None]).any(-1).all()


@pytest.mark.parametrize("name", ["dim", "connectivity", "expansion_search", "seed"])
@pytest.mark.parametrize("value", [-1, 2.5, True, "many"])
def test_wrong_settings_are_named(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be an integer"):
        matcher(**{name: value})


def test_wrong_data_are_named(fitted):
    x, y = data()
    for call, message in (
        (lambda: fitted.predict(x[:, :9]), "400 columns"),
        (lambda: fitted.predict(x * np.nan), "finite"),
        (lambda: fitted.predict(x, 301), "1 to 300"),
        (lambda: matcher().fit(x, y[:9]), "shape .900, 300."),
        (lambda: matcher().fit(x, y * 0), "nothing to learn"),
        (lambda: matcher().predict(x), "not been trained"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_damaged_arrays_are_refused(fitted):
    arrays = fitted.arrays
    wrong = {
        "vectors": [arrays["vectors"][:-1], arrays["vectors"].astype("float32")],
        "projection/columns": [arrays["projection/columns"] + 100],
        "projection/starts": [arrays["projection/starts"][::-1].copy()],
        "projection/values": [arrays["projection/values"] * np.float32("nan")],
        "label_counts": [arrays["label_counts"][1:]],
        "num_rows": [np.array(["9"])],
        "graph": [np.zeros(3)],
    }
    for name, values in wrong.items():
        for value in values:
            with pytest.raises(ValueError, match="Save the preset again"):
                matcher().set_arrays({**arrays, name: value})
    missing = {k: v for k, v in arrays.items() if k != "vectors"}
    with pytest.raises(ValueError, match="Save the preset again"):
        matcher().set_arrays(missing)
