"""Documents and labels of every kind in, sparse arrays out, and bad ones by name."""

import json

import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer as Reference
from sklearn.preprocessing import MultiLabelBinarizer, normalize

from keras_docs.models.xr.xr_ranker_preprocessor import XRRankerPreprocessor

pytestmark = pytest.mark.no_tensors

TEXTS = ["open data portal", "open source code", "closed source", "tax law"]
LABELS = [["data"], ["software", "law"], ["software"], ["law", "tax"]]
IDS = [[0], [2, 1], [2], [1, 3]]
MATRIX = np.array([[0, 1, 0], [2, 0, 0.5], [0, 0, 0], [1, 0, 3]], "float32")
BOTH = {"text": TEXTS, "features": MATRIX}
DENSE_LABELS = MultiLabelBinarizer().fit_transform(LABELS)


def adapted(x=TEXTS, y=LABELS, **arguments):
    return XRRankerPreprocessor(**arguments).adapt(x, y)


def check_csr(found, expected):
    assert found.format == "csr" and found.dtype == np.float32
    assert found.has_canonical_format and found.indices.dtype == np.int32
    np.testing.assert_allclose(found.toarray(), expected, rtol=1e-6)


def tfidf(**arguments):
    return Reference(sublinear_tf=True, dtype=np.float32, **arguments)


def test_texts_and_labels():
    preprocessor = XRRankerPreprocessor()
    x, y = preprocessor.fit_transform(TEXTS, LABELS)
    check_csr(x, tfidf().fit_transform(TEXTS).toarray())
    check_csr(y, DENSE_LABELS)
    assert preprocessor.labels == ["data", "law", "software", "tax"]
    assert (preprocessor.num_features, preprocessor.num_labels) == (8, 4)
    again = preprocessor(TEXTS, LABELS)
    check_csr(again[0], x.toarray())
    check_csr(again[1], DENSE_LABELS)
    check_csr(preprocessor(TEXTS), x.toarray())
    weighted = preprocessor(TEXTS, LABELS, np.ones(4))
    assert len(weighted) == 3


@pytest.mark.parametrize(
    "y",
    [
        tuple(map(tuple, LABELS)),
        [["data", "data"], *LABELS[1:]],
        ["data", {"software", "law"}, np.array(["software"]), LABELS[3]],
        pd.Series(LABELS),
        pl.Series(LABELS),
        np.array([np.array(row) for row in LABELS], dtype=object),
        [list(np.array(row)) for row in LABELS],
    ],
    # A set prints in another order in each process of a parallel run.
    ids=["tuples", "twice", "mixed", "pandas", "polars", "arrays", "strings"],
)
def test_names_in_every_form(y):
    preprocessor = adapted(y=y)
    assert preprocessor.labels == ["data", "law", "software", "tax"]
    check_csr(preprocessor.encode_labels(y), DENSE_LABELS)


@pytest.mark.parametrize(
    "y",
    [
        IDS,
        [np.array(row) for row in IDS],
        DENSE_LABELS,
        DENSE_LABELS.astype(bool),
        0.5 * DENSE_LABELS,
        sp.csr_array(DENSE_LABELS),
        sp.csc_matrix(DENSE_LABELS),
        sp.coo_array(DENSE_LABELS),
    ],
    ids=lambda y: type(y).__name__,
)
def test_ids_and_matrices(y):
    unnamed = adapted(y=y)
    assert unnamed.labels == ["0", "1", "2", "3"]
    check_csr(unnamed.encode_labels(y), DENSE_LABELS)
    named = XRRankerPreprocessor().adapt(TEXTS, y, label_names=["d", "l", "s", "t"])
    check_csr(named.encode_labels(y), DENSE_LABELS)
    check_csr(named.encode_labels([["l", "d"]]), [[1, 1, 0, 0]])


def test_one_label_per_document():
    names = ["b", "a", "c", "a"]
    check_csr(adapted(y=names).encode_labels(names), np.eye(3)[[1, 0, 2, 0]])
    check_csr(adapted(y=[1, 0, 2, 0]).encode_labels([2, 2]), np.eye(3)[[2, 2]])


CELL = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-1, 3),
    st.floats(),
    st.text(max_size=4),
    st.binary(max_size=3),
    st.just(pd.NA),
    st.just(np.str_("a")),
    st.just(np.int8(1)),
    st.just({}),
)
JUNK = st.one_of(
    st.lists(CELL, max_size=4),
    st.lists(st.lists(CELL, max_size=3) | CELL, max_size=4),
    st.lists(st.lists(st.sampled_from(["a", "b", " "]), max_size=3), max_size=4),
    st.lists(st.lists(st.integers(-1, 4), max_size=3), max_size=4),
    st.recursive(CELL, lambda inner: st.lists(inner, max_size=3), max_leaves=6),
    st.lists(CELL, max_size=4).map(lambda cells: np.array(cells, dtype=object)),
    st.lists(st.lists(st.floats(width=32), min_size=2, max_size=2)).map(np.array),
    st.lists(st.lists(st.integers(-1, 2), min_size=2, max_size=2)).map(np.array),
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(JUNK, JUNK)
def test_any_junk_is_encoded_or_refused_by_name(x, y):
    for documents, labels in ((x, ["a", "b"]), (TEXTS[:2], y), (x, y)):
        preprocessor = XRRankerPreprocessor(vectorizers=[{"max_df": 1.0}])
        try:
            encoded = preprocessor.fit_transform(documents, labels)
        except ValueError as error:
            assert any(word in str(error) for word in ("`x`", "`y`", "term", "Label"))
            assert not preprocessor.is_adapted
            continue
        for matrix in encoded:
            assert np.isfinite(matrix.data).all() and matrix.has_canonical_format
        assert encoded[0].shape[0] == encoded[1].shape[0]


def test_label_names_fix_the_columns():
    names = ["tax", "unused", "software", "law", "data"]
    preprocessor = XRRankerPreprocessor().adapt(TEXTS, LABELS, names)
    assert preprocessor.labels == names
    check_csr(preprocessor.encode_labels([["unused"]]), [[0, 1, 0, 0, 0]])


@pytest.mark.parametrize(
    "x",
    [
        MATRIX,
        MATRIX.astype("float64"),
        sp.csr_array(MATRIX),
        sp.csc_matrix(MATRIX),
        sp.coo_array(MATRIX),
        pd.DataFrame(MATRIX),
    ],
    ids=lambda x: type(x).__name__,
)
def test_feature_matrices_are_taken_as_they_are(x):
    preprocessor = adapted(x)
    check_csr(preprocessor(x), MATRIX)
    assert preprocessor.num_features == 3


def test_texts_beside_features():
    preprocessor = adapted(BOTH)
    expected = np.hstack([tfidf().fit_transform(TEXTS).toarray(), MATRIX])
    check_csr(preprocessor(BOTH), expected)
    assert preprocessor.num_features == 8 + 3


def test_words_and_characters_together():
    characters = {"analyzer": "char_wb", "ngram_range": (2, 3)}
    preprocessor = adapted(vectorizers=[{}, characters])
    words = tfidf(max_df=0.98).fit_transform(TEXTS)
    grams = tfidf(max_df=0.98, **characters).fit_transform(TEXTS)
    check_csr(preprocessor(TEXTS), normalize(sp.hstack([words, grams])).toarray())
    check_csr(preprocessor(["???"]), np.zeros((1, preprocessor.num_features)))


def test_unsorted_and_repeated_indices_are_put_in_order_in_a_copy():
    data, indices = np.array([1.0, 2, 3, 4], "float32"), np.array([2, 0, 1, 1])
    x = sp.csr_array((data, indices, [0, 2, 4, 4, 4]), shape=(4, 3))
    check_csr(adapted(x)(x), [[2, 0, 1], [0, 7, 0], [0, 0, 0], [0, 0, 0]])
    assert x.indices.tolist() == [2, 0, 1, 1] and x.data.tolist() == [1, 2, 3, 4]


def test_outdated_flags_of_a_matrix_do_not_mislead():
    x = sp.csr_array(np.ones((4, 3), "float32"))
    assert x.has_canonical_format
    x.indices[:3] = [2, 1, 0]
    x.data[:3] = [3, 2, 1]
    check_csr(adapted(x)(x), [[1, 2, 3], [1, 1, 1], [1, 1, 1], [1, 1, 1]])


def test_truth_counts_labels_that_were_never_seen():
    preprocessor = adapted()
    found = preprocessor.encode_truth([["law", "new", "data"], [], ["other", "new"]])
    assert found.dtype == np.int32
    assert found.tolist() == [[0, 1, 4], [-1, -1, -1], [4, 5, -1]]
    assert preprocessor.encode_truth([[], []]).tolist() == [[-1], [-1]]
    assert preprocessor.encode_truth(DENSE_LABELS).tolist() == [
        [0, -1],
        [1, 2],
        [2, -1],
        [1, 3],
    ]


def test_decoded_labels():
    names = adapted().decode_labels([[3, 0], [1, -1]])
    assert names.tolist() == [["tax", "data"], ["law", None]]
    for ids in ([4], [-2], [0.5]):
        with pytest.raises(ValueError, match="`ids`"):
            adapted().decode_labels(ids)


def test_added_labels_come_last():
    preprocessor = adapted()
    preprocessor.add_labels(["art", "zoology"])
    assert preprocessor.labels == ["data", "law", "software", "tax", "art", "zoology"]
    check_csr(preprocessor.encode_labels([["art", "data"]]), [[1, 0, 0, 0, 1, 0]])
    with pytest.raises(ValueError, match="'law'"):
        preprocessor.add_labels(["law"])


@pytest.mark.parametrize("x", [TEXTS, MATRIX, BOTH], ids=["text", "matrix", "both"])
def test_round_trip_through_json_and_files(x, tmp_path):
    preprocessor = adapted(x, vectorizers=[{}, {"analyzer": "char", "max_features": 9}])
    config = json.loads(json.dumps(preprocessor.get_config()))
    preprocessor.save_assets(tmp_path)
    again = XRRankerPreprocessor.from_config(config)
    again.load_assets(tmp_path)
    assert again.get_config() == preprocessor.get_config()
    assert repr(again) == repr(preprocessor)
    assert again.labels == preprocessor.labels
    check_csr(again(x), preprocessor(x).toarray())


def test_keras_serialization_gives_one_that_was_not_adapted():
    config = keras.saving.serialize_keras_object(adapted(MATRIX))
    again = keras.saving.deserialize_keras_object(config)
    with pytest.raises(ValueError, match="adapt"):
        again(MATRIX)


@pytest.mark.parametrize("name", ["labels.txt", "vectorizer_0/idf.npy"])
def test_a_missing_file(name, tmp_path):
    preprocessor = adapted()
    preprocessor.save_assets(tmp_path)
    (tmp_path / name).unlink()
    again = XRRankerPreprocessor()
    with pytest.raises(ValueError, match=name.split("/")[-1]):
        again.load_assets(tmp_path)
    assert not again.is_adapted


def test_a_failed_adapt_changes_nothing():
    preprocessor = adapted()
    before = preprocessor(TEXTS).toarray()
    for x, y in ((["!", "?"], ["a", "b"]), (MATRIX, [["a"], [], ["b"], ["c"]])):
        with pytest.raises(ValueError):
            preprocessor.adapt(x, y)
        check_csr(preprocessor(TEXTS), before)
        assert preprocessor.labels == ["data", "law", "software", "tax"]


def with_value(value):
    matrix = MATRIX.astype("float64")
    matrix[2, 1] = value
    return matrix


def damaged(index):
    x = sp.csr_array(MATRIX)
    x.indices[0] = index
    return x


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ("open data", r"\['open data'\]"),
        (None, "NoneType"),
        (["open", "", "data", "law"], "Row 1 of `x` is an empty text"),
        (["open", "data", " \n", "law"], "Row 2 of `x`.*Leave"),
        (["open", None, "data", "law"], "Row 1 of `x`.*NoneType"),
        (TEXTS[:3], "`y` has 4 rows, but `x` has 3"),
        ({"text": TEXTS}, r"keys are \['text'\]"),
        ({"text": TEXTS, "features": MATRIX[:3]}, "has 3 rows.*has 4"),
        ({"text": ["a", "", "b", "c"], "features": MATRIX}, r'Row 1 of `x\["text"\]`'),
        (MATRIX[:, :0], "0 columns"),
        (MATRIX[:0], "0 rows"),
        (with_value(np.nan), "nan in row 2, column 1"),
        (sp.csr_array(with_value(np.inf)), "inf in row 2, column 1"),
        (with_value(1e39), "inf in row 2, column 1"),
        (1j * MATRIX, "complex"),
        (damaged(7), "damaged CSR"),
        (damaged(-1), "damaged CSR"),
        (pd.DataFrame({"text": TEXTS}), "one column"),
        (np.ones(3), "Row 0.*float"),
        (3, "int 3"),
    ],
)
def test_bad_documents(x, message):
    with pytest.raises(ValueError, match=message):
        adapted(x)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ("law", "str 'law'"),
        (None, "NoneType"),
        ([], "empty"),
        ([["a"], [], ["b"], ["c"]], "Row 1 of `y` has no label.*1 of 4"),
        (DENSE_LABELS * [[1], [1], [0], [1]], "Row 2 of `y` has no label"),
        ([["a"], ["b", 1], ["c"], ["d"]], "Row 1 of `y` holds int 1"),
        ([["a"], [None], ["c"], ["d"]], "Row 1 of `y` holds NoneType"),
        ([[True], [1], [2], [3]], "Row 0 of `y` holds bool"),
        ([[0.5], [1], [2], [3]], "Row 0 of `y` holds float"),
        ([["a"], None, ["c"], ["d"]], "Row 1 of `y` must be a list"),
        ([["a"], ["  "], ["c"], ["d"]], "empty name"),
        ([[0], [-1], [2], [3]], "Row 1 of `y` holds the label id -1"),
        ([[0], [10**15], [2], [3]], "10000000*1 labels in 4 entries.*strings"),
        ([[0], [10**30], [2], [3]], "Row 1 of `y` holds int 1000"),
        (sp.coo_array(([1] * 4, (range(4), [0] * 4)), (4, 10**9)), "label_names"),
        (-DENSE_LABELS, "negative"),
        (with_value(np.nan), "nan in row 2"),
        (LABELS[:3], "`y` has 3 rows, but `x` has 4"),
    ],
)
def test_bad_labels(y, message):
    with pytest.raises(ValueError, match=message):
        adapted(y=y)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([["law"], ["sofware"]], "Row 1 .*'sofware'.*never seen.*mean 'software'"),
        ([["art"]], "never seen.*partial_fit"),
        ([[0], [2, 4]], "Row 1 .*label id 4.*0 to 3"),
        (np.ones((2, 3)), "3 columns, but there are 4 labels"),
        ([["law"], []], "Row 1 of `y` has no label"),
    ],
)
def test_labels_that_do_not_fit(y, message):
    with pytest.raises(ValueError, match=message):
        adapted().encode_labels(y)


def test_documents_without_labels_where_allowed():
    found = adapted().encode_labels([[], ["law"]], allow_unlabelled=True)
    check_csr(found, [[0, 0, 0, 0], [0, 1, 0, 0]])


@pytest.mark.parametrize(
    ("trained", "x", "message"),
    [
        (TEXTS, MATRIX, "must be texts.*matrix with 3 columns"),
        (MATRIX, TEXTS, "must be a matrix with 3 columns.*Received texts"),
        (MATRIX, MATRIX[:, :2], "3 columns.*2 columns"),
        (BOTH, TEXTS, "Received texts"),
        (TEXTS, ["a", ""], "Row 1"),
    ],
)
def test_documents_unlike_those_of_training(trained, x, message):
    with pytest.raises(ValueError, match=message):
        adapted(trained).encode_features(x)


def test_a_call_with_another_number_of_labels():
    with pytest.raises(ValueError, match="`y` has 4 rows, but `x` has 2"):
        adapted()(TEXTS[:2], LABELS)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "a"], "Two labels are named 'a'"),
        (["a", 1], "names"),
        ([], "names"),
        ("abcd", "names"),
        (["data", "law", "software"], "'tax'.*never seen"),
    ],
)
def test_bad_label_names(names, message):
    with pytest.raises(ValueError, match=message):
        XRRankerPreprocessor().adapt(TEXTS, LABELS, names)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vectorizers": {}}, "`vectorizers`"),
        ({"vectorizers": []}, "`vectorizers`"),
        ({"vectorizers": ["word"]}, "`vectorizers`"),
        ({"vectorizers": [{"analyzer": "x"}]}, "`analyzer`"),
        ({"num_columns": -1}, "`num_columns`"),
        ({"reads_text": 1}, "`reads_text`"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        XRRankerPreprocessor(**arguments)


def test_unknown_arguments():
    with pytest.raises(TypeError, match="`vectorizers`"):
        XRRankerPreprocessor(vectorizer=[{}])
    with pytest.raises(TypeError, match="`analyzer`"):
        XRRankerPreprocessor(vectorizers=[{"analyser": "word"}])


def test_before_adapt():
    fresh = XRRankerPreprocessor()
    assert repr(fresh) == "XRRankerPreprocessor, not adapted"
    for use in (
        lambda: fresh(TEXTS),
        lambda: fresh.encode_labels(LABELS),
        lambda: fresh.labels,
        lambda: fresh.num_features,
        lambda: fresh.save_assets("."),
    ):
        with pytest.raises(ValueError, match="adapt"):
            use()


def test_repr():
    assert repr(adapted(BOTH)) == (
        "XRRankerPreprocessor: 11 features -> 4 labels\n"
        "  TfidfVectorizer: word 1..1-grams, 8 terms\n"
        "  feature matrix: 3 columns\n"
        "  labels: 'data', 'law', 'software', ..."
    )
