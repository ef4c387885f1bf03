"""Label trees against walks by hand, round trips and hostile files."""

import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_matrix, csr_matrix

from keras_docs.models.xr.label_tree import LabelTree

pytestmark = pytest.mark.no_tensors


@pytest.fixture
def tree():
    """Root -> 2 -> 3 -> 7 labels, of which label 4 is pruned."""
    return LabelTree([[0, 0], [0, 1, 1], [2, 0, 1, 0, -1, 2, 1]])


@st.composite
def trees(draw):
    sizes = sorted(draw(st.lists(st.integers(1, 12), min_size=1, max_size=4)))
    seed = draw(st.integers(0, 2**31))
    rng = np.random.default_rng(seed)
    parents, above = [], 1
    for size in sizes:
        rest = rng.integers(0, above, size - above)
        parents.append(rng.permutation(np.r_[np.arange(above), rest]))
        above = size
    # Extra labels, some of them pruned.
    extra = rng.integers(-1, (1, *sizes)[len(sizes) - 1], rng.integers(0, 5))
    parents[-1] = rng.permutation(np.r_[parents[-1], extra])
    return LabelTree(parents)


def test_sizes_and_arrays(tree):
    assert (tree.depth, tree.num_labels, tree.level_sizes) == (3, 7, (2, 3, 7))
    assert [p.dtype for p in tree.parents] == [np.int32] * 3
    with pytest.raises(ValueError, match="read-only"):
        tree.parents[0][0] = 1


def test_the_callers_arrays_stay_theirs():
    mine = np.zeros(3, "int32")
    tree = LabelTree([mine])
    mine[0] = 9
    assert tree.parents[0].tolist() == [0, 0, 0]


def test_walks_by_hand(tree):
    assert tree.children(-1, 0).tolist() == [0, 1]
    assert tree.children(0, 1).tolist() == [1, 2]
    assert tree.children(1, 2).tolist() == [0, 5]
    assert tree.labels_under(-1, 0).tolist() == [0, 1, 2, 3, 5, 6]
    assert tree.labels_under(0, 1).tolist() == [0, 2, 5, 6]
    assert tree.labels_under(2, 3).tolist() == [3]
    assert tree.path(5) == (1, 2, 5)
    assert tree.siblings(5).tolist() == [0]
    assert LabelTree([[0, 0, 0]]).siblings(1).tolist() == [0, 2]


@settings(max_examples=60, deadline=None)
@given(trees())
def test_walks_agree_with_each_other(tree):
    kept = [label for label in range(tree.num_labels) if tree.parents[-1][label] >= 0]
    assert tree.labels_under(-1, 0).tolist() == kept
    for label in kept:
        path = tree.path(label)
        for level, node in enumerate(path):
            above = path[level - 1] if level else 0
            assert node in tree.children(level - 1, above)
            assert label in tree.labels_under(level, node)
        same_leaf = [x for x in kept if tree.path(x)[:-1] == path[:-1] and x != label]
        assert tree.siblings(label).tolist() == same_leaf


@settings(max_examples=60, deadline=None)
@given(trees())
def test_chain_round_trip(tree):
    chain = tree.to_chain()
    assert chain[0].shape == (tree.level_sizes[0], 1)
    for t, matrix in enumerate(chain[1:], 1):
        dense = matrix.toarray()
        for child, parent in enumerate(tree.parents[t]):
            expected = np.zeros(matrix.shape[1])
            expected[parent if parent >= 0 else []] = 1
            np.testing.assert_array_equal(dense[child], expected)
    assert LabelTree.from_chain(chain) == tree
    assert LabelTree.from_chain([csr_matrix(m) for m in chain]) == tree


@settings(max_examples=60, deadline=None)
@given(trees(), st.data())
def test_subtree_has_the_labels_below(tree, data):
    level = data.draw(st.integers(-1, tree.depth - 2))
    node = data.draw(st.integers(0, (1, *tree.level_sizes)[level + 1] - 1))
    below = tree.subtree(level, node)
    labels = tree.labels_under(level, node)
    assert below.labels_under(-1, 0).tolist() == labels.tolist()
    assert below.num_labels == tree.num_labels
    for label in labels:
        assert below.siblings(label).tolist() == tree.siblings(label).tolist()
        assert len(below.path(label)) == tree.depth - level - 1


def test_whole_subtree_is_the_tree(tree):
    assert tree.subtree(-1, 0) == tree


def test_file_round_trip(tree, tmp_path):
    tree.save(tmp_path / "tree.npz")
    assert LabelTree.load(tmp_path / "tree.npz") == tree
    assert [p.name for p in tmp_path.iterdir()] == ["tree.npz"]


def test_equality(tree):
    assert tree == LabelTree(list(tree.parents))
    assert tree != LabelTree([[0, 0], [0, 1, 1], [2, 0, 1, 0, 0, 2, 1]])
    assert tree != LabelTree([[0]]) and tree != "tree"
    with pytest.raises(TypeError, match="unhashable"):
        hash(tree)


def test_repr_tells_shape_and_leaves(tree):
    expected = "LabelTree(2-3-7: 6 labels, 2 in each of 3 leaves, 1 pruned)"
    assert repr(tree) == expected
    assert repr(LabelTree([[0, 0]])) == "LabelTree(2: 2 labels, 2 in 1 leaf)"


@pytest.mark.parametrize(
    "parents, message",
    [
        ([], "`parents` is empty"),
        ("00", "list of integer arrays"),
        (None, "list of integer arrays"),
        ([[]], r"parents\[0\].*at least one integer"),
        ([[0.0]], r"parents\[0\].*dtype float64"),
        ([[[0]]], r"parents\[0\].*shape \(1, 1\)"),
        ([[0, 1]], r"parents\[0\]` names the parent 1, but the root is 0"),
        ([[0, 0], [0, 2]], r"parents\[1\].*level 0 has 2 nodes"),
        ([[0, -1], [0, 0]], r"parents\[0\]` is -1 at position 1"),
        ([[0, 0], [0, 0]], "Node 1 of level 0 has no child"),
        ([[-1, -1]], "root has no child"),
        ([[0], [-2, 0]], r"parents\[1\].*from -2 to 0"),
        ([[2**40]], r"parents\[0\].*2147483647"),
    ],
)
def test_arrays_that_are_no_tree(parents, message):
    with pytest.raises(ValueError, match=message):
        LabelTree(parents)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda t: t.children(2, 0), "`level` must be an integer from -1 .* to 1"),
        (lambda t: t.children(0, 2), "`node` must be an integer from 0 to 1 in level"),
        (lambda t: t.children(0, 0.5), "`node`.*Received: 0.5"),
        (lambda t: t.labels_under(3, 0), "`level`"),
        (lambda t: t.labels_under(2, 7), "`node`"),
        (lambda t: t.path(-1), "`label` must be an integer from 0 to 6"),
        (lambda t: t.path(4), "`label` 4 was pruned"),
        (lambda t: t.siblings(4), "`label` 4 was pruned"),
        (lambda t: t.subtree(2, 0), "`level`"),
    ],
)
def test_walks_to_nowhere(tree, call, message):
    with pytest.raises(ValueError, match=message):
        call(tree)


@pytest.mark.parametrize(
    "chain, message",
    [
        ([], "`chain` must be a list"),
        ([np.ones((2, 1))], r"chain\[0\]` must be a SciPy sparse matrix"),
        ([csc_matrix(np.eye(2))], r"chain\[0\].*root alone: 1.*\(2, 2\)"),
        (
            [csc_matrix(np.ones((2, 1))), csc_matrix(np.ones((3, 2)))],
            r"chain\[1\]` gives row 0 2 parents",
        ),
    ],
)
def test_chains_that_are_no_tree(chain, message):
    with pytest.raises(ValueError, match=message):
        LabelTree.from_chain(chain)


def damaged_files(folder):
    """Pairs of a hostile file and what the message must say."""

    def file(name, **arrays):
        np.savez(folder / name, **arrays)
        return folder / name

    yield folder / "absent.npz", "is missing"
    (folder / "text.npz").write_text("no zip")
    yield folder / "text.npz", "not a .npz file"
    objects = file("objects.npz", parents_0=np.array([{}], dtype=object))
    yield objects, "Python objects"
    yield file("name.npz", parents_1=np.zeros(1, "int32")), "no label tree"
    yield file("dtype.npz", parents_0=np.zeros(1, "int64")), "int64"
    yield file("shape.npz", parents_0=np.zeros((1, 1), "int32")), r"shape \(1, 1\)"
    yield file("range.npz", parents_0=np.ones(3, "int32")), "names the parent 1"
    whole = file("whole.npz", parents_0=np.zeros(50, "int32"))
    (folder / "cut.npz").write_bytes(whole.read_bytes()[:150])
    yield folder / "cut.npz", "not a .npz file"
    flipped = bytearray(whole.read_bytes())
    flipped[200] ^= 1
    (folder / "flipped.npz").write_bytes(flipped)
    yield folder / "flipped.npz", "damaged"
    with zipfile.ZipFile(folder / "lie.npz", "w") as archive:
        header = "{'descr': '<i4', 'fortran_order': False, 'shape': (10**15,), }"
        header = header.replace("10**15", str(10**15)).ljust(117) + "\n"
        magic = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little")
        archive.writestr("parents_0.npy", magic + header.encode())
    yield folder / "lie.npz", "takes 4000000000000"
    with zipfile.ZipFile(folder / "pickle.npz", "w") as archive:
        archive.writestr("parents_0.npy", pickle.dumps([0]))
    yield folder / "pickle.npz", "damaged"


def test_hostile_files_are_refused(tmp_path):
    for path, message in damaged_files(tmp_path):
        with pytest.raises(ValueError, match=message) as caught:
            LabelTree.load(path)
        assert path.name in str(caught.value)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_any_damaged_byte_is_a_clear_error_or_harmless(tree, tmp_path, save):
    rng = np.random.default_rng(0)
    path = tmp_path / "tree.npz"
    save(path, **{f"parents_{t}": level for t, level in enumerate(tree.parents)})
    whole = path.read_bytes()
    for _ in range(120):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            LabelTree.load(path)
        except ValueError as error:
            assert "tree.npz" in str(error)
