"""PECOS models made by hand: scores against plain NumPy, and broken folders."""

import json
import shutil

import numpy as np
import pytest
from pecos_folder import FEATURES, PARENTS, write_json, write_pecos
from scipy.sparse import csc_matrix, csr_matrix, load_npz, save_npz

from keras_docs.models.xr.connected_levels import connected_levels
from keras_docs.models.xr.convert_pecos import load_pecos_xlinear, save_pecos_xlinear
from keras_docs.models.xr.label_tree import LabelTree


def edit_json(path, **changes):
    write_json(path, json.loads(path.read_text()) | changes)


def path_scores(folder, x, parents, bias, transform, combine):
    """Every label's score, by its path; beams as wide as the levels miss nothing."""
    scores = np.full((len(x), 1), 0.0 if combine == "add" else 1.0)
    for t, level in enumerate(parents):
        weights = load_npz(folder / f"ranker/{t}.model/W.npz").toarray()
        margins = x @ weights[:FEATURES]
        if bias > 0:
            margins = margins + bias * weights[FEATURES]
        above = scores[:, np.asarray(level)]
        values = transform(margins)
        scores = {"add": above + values, "multiply": above * values, "last": values}[
            combine
        ]
    return scores


@pytest.fixture
def x():
    rng = np.random.default_rng(1)
    return (
        rng.normal(size=(20, FEATURES)) * (rng.random((20, FEATURES)) < 0.7)
    ).astype("float32")


@pytest.fixture
def folder(tmp_path):
    return write_pecos(tmp_path / "pecos")


def hinge(p):
    return lambda z: np.exp(-(np.maximum(1 - z, 0) ** p))


@pytest.mark.parametrize("bias", [1.0, 2.5, -1.0])
@pytest.mark.parametrize(
    "name, transform, combine",
    [
        ("l3-hinge", hinge(3), "multiply"),
        ("l1-hinge", hinge(1), "multiply"),
        ("log-l2-hinge", lambda z: -(np.maximum(1 - z, 0) ** 2), "add"),
        ("sigmoid", lambda z: 1 / (1 + np.exp(-z)), "multiply"),
        ("log-sigmoid", lambda z: -np.log1p(np.exp(-z)), "add"),
        ("noop", lambda z: z, "last"),
    ],
)
def test_scores_are_those_of_the_paths(tmp_path, x, bias, name, transform, combine):
    folder = write_pecos(tmp_path / "pecos", bias=bias, post_processor=name)
    model = load_pecos_xlinear(folder)
    expected = path_scores(folder, x, PARENTS, bias, transform, combine)
    labels, scores = model.predict(csr_matrix(x), k=8, engine="numba")
    check_ranking(labels, scores, expected)


def check_ranking(labels, scores, expected):
    """All labels in the order of their scores, whatever the order of equal scores."""
    np.testing.assert_array_equal(np.sort(labels), np.sort(np.argsort(expected)))
    found = np.take_along_axis(expected, labels, axis=1)
    np.testing.assert_allclose(scores, found, atol=1e-5)
    np.testing.assert_allclose(scores, -np.sort(-expected), atol=1e-5)


def test_tree_and_settings(folder):
    model = load_pecos_xlinear(folder)
    assert model.tree == LabelTree(PARENTS)
    assert (model.num_features, model.num_labels) == (FEATURES, 8)
    assert model.setting("beam_size") == [8, 8, 8]
    assert model.setting("post_processor") == "l3_hinge"


def test_other_folders_of_pecos(folder, tmp_path, x):
    expected = load_pecos_xlinear(folder).predict(x, k=3)
    text2text = tmp_path / "text2text"
    shutil.copytree(folder, text2text / "xlinear_ensemble" / "0")
    for other in (folder / "ranker", text2text):
        np.testing.assert_array_equal(
            load_pecos_xlinear(other).predict(x, k=3)[1], expected[1]
        )
    shutil.copytree(folder, text2text / "xlinear_ensemble" / "1")
    with pytest.raises(ValueError, match="text2text model of 2 rankers.*one by one"):
        load_pecos_xlinear(text2text)


def test_first_clusters_may_be_missing(folder, x):
    expected = load_pecos_xlinear(folder).predict(x, k=8)
    (folder / "ranker/0.model/C.npz").unlink()
    found = load_pecos_xlinear(folder).predict(x, k=8)
    np.testing.assert_array_equal(found, expected)


def test_unsorted_and_row_matrices_are_read(folder, x):
    expected = load_pecos_xlinear(folder).predict(x, k=8)
    for level in (1, 2):
        path = folder / f"ranker/{level}.model/W.npz"
        matrix = load_npz(path)
        save_npz(path, csr_matrix(matrix) if level == 1 else reversed_columns(matrix))
    found = load_pecos_xlinear(folder).predict(x, k=8)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def reversed_columns(matrix):
    """The same matrix, the entries of each column in the opposite order."""
    slices = [
        np.arange(a, b)[::-1]
        for a, b in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True)
    ]
    order = np.concatenate(slices)
    parts = matrix.data[order], matrix.indices[order], matrix.indptr
    return csc_matrix(parts, shape=matrix.shape)


@pytest.mark.parametrize("bias", [1.0, 2.5, -1.0])
def test_round_trip(tmp_path, x, bias):
    folder = write_pecos(tmp_path / "pecos", bias=bias, topk=5)
    model = load_pecos_xlinear(folder)
    save_pecos_xlinear(model, tmp_path / "back")
    for t in range(3):
        for name in ("W", "C"):
            path = f"ranker/{t}.model/{name}.npz"
            mine, theirs = load_npz(tmp_path / "back" / path), load_npz(folder / path)
            np.testing.assert_allclose(mine.toarray(), theirs.toarray(), rtol=1e-6)
            assert mine.format == "csc" and mine.has_sorted_indices
            assert (mine.dtype, mine.indices.dtype) == (np.float32, np.int32)
        path = f"ranker/{t}.model/param.json"
        mine, theirs = (
            json.loads((base / path).read_text())
            for base in (tmp_path / "back", folder)
        )
        assert mine.pop("__meta__")["class_fullname"] == "pecos.xmc.base###MLModel"
        mine["pred_kwargs"].pop("__meta__")
        assert mine == theirs
    again = load_pecos_xlinear(tmp_path / "back")
    np.testing.assert_array_equal(again.predict(x, k=4), model.predict(x, k=4))


def test_export_never_overwrites(folder, tmp_path):
    model = load_pecos_xlinear(folder)
    with pytest.raises(ValueError, match="`folder` must be new or empty"):
        save_pecos_xlinear(model, folder)
    (tmp_path / "empty").mkdir()
    save_pecos_xlinear(model, tmp_path / "empty")
    assert (tmp_path / "empty/ranker/2.model/W.npz").is_file()
    assert {path.name for path in tmp_path.iterdir()} == {"pecos", "empty"}


def test_pruned_models_keep_label_ids(tmp_path, x):
    """PECOS' output constraint removes clusters too; their columns stay in W."""
    pruned = [[0, -1], [0, 0, -1, -1], [-1, -1, 0, -1, -1, 0, 1, -1]]
    folder = write_pecos(tmp_path / "pecos", pruned)
    model = load_pecos_xlinear(folder)
    assert model.tree == LabelTree([[0], [0, 0], [-1, -1, 0, -1, -1, 0, 1, -1]])
    expected = path_scores(folder, x, PARENTS, 1.0, hinge(3), "multiply")[:, [2, 5, 6]]
    labels, scores = model.predict(x, k=3)
    check_ranking(np.searchsorted([2, 5, 6], labels), scores, expected)
    assert set(labels.ravel()) == {2, 5, 6}


@pytest.mark.no_tensors
def test_unconnected_nodes_are_cut():
    # Cluster 1 of level 0 is pruned, so its child 2 is; cluster 1 below has no label.
    parents = [[0, -1, 0], [0, 2, 1, 2], [0, -1, 2, 3, 3]]
    levels, kept = connected_levels([np.array(level) for level in parents])
    assert LabelTree(levels) == LabelTree([[0, 0], [0, 1], [0, -1, -1, 1, 1]])
    assert [nodes.tolist() for nodes in kept] == [[0, 2], [0, 3], [0, 1, 2, 3, 4]]
    with pytest.raises(ValueError, match="No label is connected"):
        connected_levels([np.array([0]), np.array([-1, -1])])


def matrix_file(level, name, change):
    """Writes a changed matrix over one of a model."""

    def damage(folder):
        path = folder / f"ranker/{level}.model/{name}.npz"
        matrix = load_npz(path)
        save_npz(path, change(matrix))

    return damage


def npz_file(level, name, **changes):
    def damage(folder):
        path = folder / f"ranker/{level}.model/{name}.npz"
        with np.load(path) as arrays:
            arrays = dict(arrays) | changes
        np.savez(path, **arrays)

    return damage


def parameter_file(name, **changes):
    return lambda folder: edit_json(folder / "ranker" / name / "param.json", **changes)


def with_nan(matrix):
    matrix.data[0] = np.nan
    return matrix


DAMAGES = {
    "no ranker": (
        lambda folder: shutil.rmtree(folder / "ranker"),
        "no folder `ranker`",
    ),
    "no file of levels": (
        lambda folder: (folder / "ranker/param.json").unlink(),
        "param.json is missing",
    ),
    "another class": (
        parameter_file(".", model="TransformerMatcher"),
        "HierarchicalMLModel.*'TransformerMatcher'",
    ),
    "memory-mapped": (
        parameter_file(".", is_mmap=True),
        "memory-mapped form.*W.npz",
    ),
    "memory-mapped level": (
        parameter_file("1.model", is_mmap=True),
        "1.model is in PECOS' memory-mapped",
    ),
    "depth": (parameter_file(".", depth=4), "depth 4, but there are 3"),
    "depth of no number": (parameter_file(".", depth="3"), "depth '3'"),
    "a level is missing": (
        lambda folder: (folder / "ranker/1.model").rename(folder / "1.model"),
        "there are 2 level folders",
    ),
    "levels skip a number": (
        lambda folder: (folder / "ranker/1.model").rename(folder / "ranker/9.model"),
        "1.model",
    ),
    "no weights": (
        lambda folder: (folder / "ranker/1.model/W.npz").unlink(),
        "W.npz is missing",
    ),
    "no clusters": (
        lambda folder: (folder / "ranker/1.model/C.npz").unlink(),
        "C.npz is missing",
    ),
    "level of another class": (
        parameter_file("1.model", model="XLinear"),
        "must describe a MLModel.*'XLinear'",
    ),
    "features": (
        parameter_file("1.model", nr_features=10),
        "nr_features 10, but W.npz .* gives 9",
    ),
    "nodes": (parameter_file("1.model", nr_labels=5), "nr_labels 5.* gives 4"),
    "bias of a word": (parameter_file("1.model", bias="1"), "number as bias.*'1'"),
    "no beam": (parameter_file("1.model", pred_kwargs={}), "only_topk.*None"),
    "post-processor": (
        parameter_file(
            "1.model", pred_kwargs={"only_topk": 8, "post_processor": "sigmoid"}
        ),
        r"one post_processor in common.*\['l3_hinge', 'sigmoid'\]",
    ),
    "unknown post-processor": (
        lambda folder: [
            edit_json(
                folder / f"ranker/{t}.model/param.json",
                pred_kwargs={"only_topk": 8, "post_processor": "softmax"},
            )
            for t in range(3)
        ],
        "post_processor.*softmax",
    ),
    "no JSON": (
        lambda folder: (folder / "ranker/1.model/param.json").write_text("{"),
        "not valid JSON",
    ),
    "other features": (
        lambda folder: [
            matrix_file(1, "W", lambda matrix: matrix[1:])(folder),
            parameter_file("1.model", nr_features=8)(folder),
        ],
        r"different numbers of features: \[9, 8, 9\]",
    ),
    "rows of clusters": (
        matrix_file(1, "C", lambda matrix: matrix[1:]),
        r"C.npz of shape \(3, 2\).* 4 columns of W.npz",
    ),
    "levels that do not chain": (
        matrix_file(2, "C", lambda matrix: matrix[:, 1:]),
        r"make no tree: `chain\[2\]`.*\(8, 3\)",
    ),
    "two parents": (
        matrix_file(2, "C", lambda matrix: csc_matrix(np.ones((8, 4)))),
        "make no tree.*row 0 4 parents",
    ),
    "all pruned": (
        matrix_file(2, "C", lambda matrix: 0 * matrix),
        "make no tree.*No label is connected",
    ),
    "lower part": (
        matrix_file(0, "C", lambda matrix: csc_matrix(np.eye(2))),
        "lower part of a split model: it starts from 2 clusters",
    ),
    "not finite": (matrix_file(1, "W", with_nan), "W.npz holds NaN"),
    "objects": (
        npz_file(1, "W", data=np.array([{}], dtype=object)),
        "W.npz holds Python objects in 'data'",
    ),
    "index out of range": (
        npz_file(0, "C", indices=np.array([0, 7], "int32")),
        "C.npz is damaged",
    ),
    "negative index": (
        npz_file(0, "C", indices=np.array([0, -1], "int32")),
        "C.npz is damaged",
    ),
    "pointers": (npz_file(0, "C", indptr=np.array([2, 0], "int32")), "is damaged"),
    "lengths": (npz_file(0, "C", data=np.ones(3, "float32")), "do not describe"),
    "huge shape": (npz_file(0, "C", shape=np.array([2, 2**40])), "do not describe"),
    "format": (npz_file(0, "C", format=np.array(b"dia")), "format 'dia'"),
    "format of a number": (npz_file(0, "C", format=np.array(3)), "no word"),
    "dtype": (npz_file(0, "C", data=np.array(["a", "b"])), "dtype <U1"),
    "another array": (npz_file(0, "C", more=np.zeros(2)), "no SciPy CSC"),
    "no zip": (
        lambda folder: (folder / "ranker/0.model/W.npz").write_bytes(b"PK\x03\x04"),
        "W.npz is not a .npz file",
    ),
}


@pytest.mark.no_tensors
@pytest.mark.parametrize("name", DAMAGES)
def test_broken_models_are_named(folder, name):
    damage, message = DAMAGES[name]
    damage(folder)
    with pytest.raises(ValueError, match=message):
        load_pecos_xlinear(folder)


@pytest.mark.no_tensors
def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(ValueError, match="absent is no XR-Linear model of PECOS"):
        load_pecos_xlinear(tmp_path / "absent")
