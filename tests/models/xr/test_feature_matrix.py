"""Matrices of any kind become CSR that compiled code can trust."""

import numpy as np
import pytest
import scipy.sparse

from keras_docs.kernels.is_canonical_csr import is_canonical_csr
from keras_docs.models.xr.feature_matrix import read_matrix
from keras_docs.models.xr.feature_rows import feature_rows

pytestmark = pytest.mark.no_tensors

DENSE = np.array([[0, 1.5, 0, -2], [0, 0, 0, 0], [3, 0, 0.25, 1]], "float32")
FORMATS = ("csr", "csc", "coo", "lil", "dok", "bsr", "dia")


def read_only(matrix):
    for array in (matrix.indptr, matrix.indices, matrix.data):
        array.flags.writeable = False
    return matrix


def with_arrays(**changes):
    """A CSR matrix whose arrays were replaced behind SciPy's back."""
    matrix = scipy.sparse.csr_array(DENSE)
    for name, array in changes.items():
        setattr(matrix, name, array)
    return matrix


def strided():
    matrix = scipy.sparse.csr_array(DENSE)
    return with_arrays(
        data=np.repeat(matrix.data, 2)[::2], indices=np.repeat(matrix.indices, 3)[::3]
    )


GOOD = {
    "array": DENSE,
    "float64": DENSE.astype("float64"),
    "Fortran": np.asfortranarray(DENSE),
    "list": DENSE.tolist(),
    "int64 indices": with_arrays(
        indices=scipy.sparse.csr_array(DENSE).indices.astype("int64"),
        indptr=scipy.sparse.csr_array(DENSE).indptr.astype("int64"),
    ),
    "strided": strided(),
    "big-endian": with_arrays(data=scipy.sparse.csr_array(DENSE).data.astype(">f4")),
    "read-only": read_only(scipy.sparse.csr_matrix(DENSE)),
    "unsorted": with_arrays(
        indices=np.array([3, 1, 2, 3, 0], "int32"),
        data=np.array([-2, 1.5, 0.25, 1, 3], "float32"),
    ),
    **{form: scipy.sparse.csr_matrix(DENSE).asformat(form) for form in FORMATS},
}


@pytest.mark.parametrize("name", GOOD)
def test_every_kind_of_matrix_gives_the_same(name):
    found = read_matrix(GOOD[name], "x")
    assert isinstance(found, scipy.sparse.csr_array)
    np.testing.assert_array_equal(found.toarray(), DENSE)
    assert is_canonical_csr(found.indptr, found.indices, found.data, 4)
    rows = feature_rows("x", GOOD[name])
    dense = rows.toarray() if scipy.sparse.issparse(rows) else rows
    np.testing.assert_array_equal(dense, DENSE)


def test_a_good_matrix_is_shared_and_a_bad_one_left_as_it_was():
    good = scipy.sparse.csr_matrix(DENSE)
    assert np.shares_memory(read_matrix(good, "x").data, good.data)
    bad = GOOD["unsorted"]
    before = bad.indices.copy()
    read_matrix(bad, "x")
    np.testing.assert_array_equal(bad.indices, before)


def test_values_of_one_place_are_added():
    x = scipy.sparse.csr_array(
        (np.ones(3, "float32"), np.array([1, 1, 0]), np.array([0, 3])), shape=(1, 2)
    )
    np.testing.assert_array_equal(read_matrix(x, "x").toarray(), [[1, 2]])


def test_kernels_are_compiled_once_for_all_kinds_of_arrays():
    is_canonical_csr(*(np.zeros(1, t) for t in ("int32", "int32", "float32")), 1)
    for matrix in GOOD.values():
        found = read_matrix(matrix, "x")
        arrays = found.indptr, found.indices, found.data
        assert all(array.flags.carray for array in arrays)
    assert len(is_canonical_csr.signatures) == 1


BAD = {
    "beyond": (with_arrays(indices=np.array([1, 4, 0, 2, 3], "int32")), "damaged CSR"),
    "negative": (
        with_arrays(indices=np.array([-1, 3, 0, 2, 3], "int32")),
        "damaged CSR",
    ),
    "falling starts": (with_arrays(indptr=np.array([0, 4, 2, 5], "int32")), "damaged"),
    "starts at 1": (with_arrays(indptr=np.array([1, 2, 2, 5], "int32")), "damaged"),
    "beyond the end": (with_arrays(indptr=np.array([0, 2, 2, 9], "int32")), "damaged"),
    "too few starts": (with_arrays(indptr=np.array([0, 5], "int32")), "damaged"),
    "few values": (with_arrays(data=np.ones(2, "float32")), "damaged"),
    "NaN": (
        with_arrays(data=np.array([1, 2, np.nan, 4, 5], "float32")),
        "nan in row 2",
    ),
    "too large": (with_arrays(data=np.array([1, 2, 3, 4, 1e39])), "inf in row 2"),
    "complex": (DENSE.astype("complex64"), "matrix of numbers"),
    "text": (np.array([["a", "b"]]), "matrix of numbers"),
    "one dimension": (DENSE[0], "matrix of numbers"),
    "no columns": (np.ones((3, 0)), "3 rows and 0 columns"),
    "no rows": (scipy.sparse.csr_matrix((0, 4)), "0 rows and 4 columns"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_matrices_are_named(name):
    matrix, message = BAD[name]
    with pytest.raises(ValueError, match=f"`features` .*{message}"):
        read_matrix(matrix, "features")
    with pytest.raises(ValueError, match="`features` "):
        feature_rows("features", matrix)
