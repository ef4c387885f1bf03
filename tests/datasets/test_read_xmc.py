"""Features and labels come back as they were written; bad lines are named."""

import gzip

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import dump_svmlight_file

from keras_docs.datasets import read_xmc as module
from keras_docs.datasets.read_xmc import read_xmc

pytestmark = pytest.mark.no_tensors

GOOD = "3 4 5\n0,3 1:0.5 0:2\n 2:-1e-3\n4 \n"
FEATURES = [[2, 0.5, 0, 0], [0, 0, -1e-3, 0], [0, 0, 0, 0]]
LABELS = [[1, 0, 0, 1, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 1]]


def write(folder, content):
    path = folder / "train.txt"
    path.write_text(content, newline="\n")
    return path


@pytest.mark.parametrize("content", [GOOD, GOOD.removesuffix(" \n")])
def test_small_file(content, tmp_path):
    for found, expected in zip(
        read_xmc(write(tmp_path, content)), (FEATURES, LABELS), strict=True
    ):
        np.testing.assert_allclose(found.toarray(), expected, rtol=1e-6)
        assert found.format == "csr" and found.dtype == np.float32
        assert found.has_canonical_format and found.indices.dtype == np.int32


def test_what_scikit_learn_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 7)
    random = np.random.default_rng(0)
    x = sp.random_array((50, 20), density=0.2, rng=random, format="csr")
    y = (random.random((50, 6)) < 0.3).astype(int)
    path = tmp_path / "train.txt.gz"
    with gzip.open(path, "wb") as file:
        file.write(b"50 20 6\n")
        dump_svmlight_file(x, y, file, multilabel=True)
    features, labels = read_xmc(path)
    np.testing.assert_allclose(features.toarray(), x.toarray(), rtol=1e-6)
    np.testing.assert_array_equal(labels.toarray(), y)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "Line 1"),
        ("3 4\n", "Line 1.*`rows features labels`"),
        ("0 4 5\n", "Line 1"),
        ("a 4 5\n", "Line 1"),
        ("2 4 5\n0 1:1\n", "announces 2 rows, but holds 1"),
        ("1 4 5\n0 1:1\n0 1:1\n", "announces 1 rows, but holds 2"),
        ("2 4 5\n0 1:1\n0 4:1\n", "Line 3.*features below 4"),
        ("2 4 5\n0 1:1\n5 1:1\n", "Line 3.*labels below 5"),
        ("2 4 5\n0 1:1\n0 -1:1\n", "Line 3"),
        ("2 4 5\n0 1:1\n0 1.5:1\n", "Line 3"),
        ("2 4 5\n0 1:1\n0 1:nan\n", "Line 3.*finite"),
        ("2 4 5\n0 1:1\n0 1:1e99\n", "Line 3.*finite"),
        ("2 4 5\n0 1:1\nx 1:1\n", "Line 3"),
        ("2 4 5\n0 1:1\n0 1:\n", "Line 3"),
        ("3 4 5\n0 1:1\n0 1:2:3 1\n0 1:1\n", "Line 3"),
        ("2 4 5\n0 1:1\n0 1:2:3:1\n", "Line 3"),
    ],
)
def test_malformed_files(content, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        read_xmc(write(tmp_path, content))


def test_missing_file(tmp_path):
    with pytest.raises(ValueError, match="no file"):
        read_xmc(tmp_path / "train.txt")
