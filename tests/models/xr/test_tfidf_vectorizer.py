"""TfidfVectorizer gives what scikit-learn's gives, and comes back from its files."""

import sys
from itertools import chain

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer as Reference

from keras_docs.models.xr.compiled_words import PATTERNS, CompiledWords
from keras_docs.models.xr.term_counts import count_columns
from keras_docs.models.xr.term_dictionary import TermDictionary
from keras_docs.models.xr.text_analyzer import build_analyzer
from keras_docs.models.xr.tfidf_vectorizer import TfidfVectorizer

pytestmark = pytest.mark.no_tensors

WORDS = [
    *("Öl", "oil", "Straße", "straße", "Ünder", "the", "and", "und", "data", "Data"),
    *("DATA", "naïve", "x", "y2", "co-operation", "3.14", "日本語", "ﬁne", "it's"),
    # A combining accent, and a capital whose lower case is two characters.
    *("e\u0301tude", "\u0130stanbul"),
]


def corpus(rows, seed=0):
    random = np.random.default_rng(seed)
    lengths = random.integers(1, 12, rows)
    return ["  ".join(random.choice(WORDS, length)) for length in lengths]


TRAIN, OTHER = corpus(300), [*corpus(40, seed=1), "unknown words", "", " \n\t "]
SETTINGS = [
    {},
    {"ngram_range": (1, 3)},
    {"ngram_range": (2, 2)},
    {"token_pattern": r"\S+", "lowercase": False},
    {"token_pattern": r"(\w)\w*"},
    {"stop_words": ["the", "und"], "ngram_range": (1, 2)},
    {"strip_accents": "unicode"},
    {"analyzer": "char", "ngram_range": (1, 3)},
    {"analyzer": "char", "ngram_range": (4, 4), "lowercase": False},
    {"analyzer": "char_wb", "ngram_range": (2, 4)},
    {"analyzer": "char_wb", "ngram_range": (5, 9)},
    {"min_df": 30, "max_df": 100},
    {"min_df": 0.1, "max_df": 0.5},
    {"max_features": 7},
    {"max_features": 7, "binary": True},
    {"sublinear_tf": False, "norm": "l1"},
    {"smooth_idf": False, "norm": None},
    {"use_idf": False, "binary": True},
]


def assert_equal(found, expected):
    expected.sort_indices()
    np.testing.assert_array_equal(found.indptr, expected.indptr)
    np.testing.assert_array_equal(found.indices, expected.indices)
    np.testing.assert_allclose(found.data, expected.data, rtol=3e-7)
    assert found.shape == expected.shape and found.dtype == np.float32
    assert found.has_canonical_format and found.indices.dtype == np.int32


@pytest.mark.parametrize("arguments", SETTINGS, ids=str)
def test_equals_scikit_learn(arguments):
    shared = {"min_df": 2, "max_df": 0.98, "sublinear_tf": True, **arguments}
    ours = TfidfVectorizer(**shared)
    theirs = Reference(dtype=np.float32, **shared)
    assert_equal(ours.fit_transform(TRAIN), theirs.fit_transform(TRAIN))
    assert ours.vocabulary == theirs.vocabulary_
    assert ours.terms == theirs.get_feature_names_out().tolist()
    if theirs.use_idf:
        np.testing.assert_array_equal(ours.idf, theirs.idf_)
    assert_equal(ours.transform(OTHER), theirs.transform(OTHER))
    for text in OTHER:
        assert_equal(ours.transform([text]), theirs.transform([text]))


TEXT = st.text(alphabet="aB ß\u0130'1_\n\u2028é", max_size=12)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(TEXT, min_size=1, max_size=8),
    st.sampled_from(["word", "char", "char_wb"]),
    st.tuples(st.integers(1, 3), st.integers(0, 2)),
    st.integers(1, 9),
)
def test_equals_scikit_learn_on_any_text(texts, analyzer, sizes, max_features):
    shared = {
        "analyzer": analyzer,
        "ngram_range": (sizes[0], sizes[0] + sizes[1]),
        "max_features": max_features,
        "min_df": 1,
        "max_df": 1.0,
        "sublinear_tf": True,
    }
    ours, theirs = TfidfVectorizer(**shared), Reference(dtype=np.float32, **shared)
    try:
        expected = theirs.fit_transform(texts)
    except ValueError:
        with pytest.raises(ValueError, match="no term"):
            ours.fit(texts)
        return
    assert_equal(ours.fit_transform(texts), expected)
    assert ours.vocabulary == theirs.vocabulary_


@pytest.fixture
def compiled(monkeypatch):
    monkeypatch.setattr("keras_docs.models.xr.tfidf_vectorizer.COMPILED_FROM", 1)


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("lowercase", [True, False])
def test_the_compiled_path_equals_scikit_learn(pattern, lowercase):
    test_equals_scikit_learn({"token_pattern": pattern, "lowercase": lowercase})


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.text(alphabet="aB ß\u0130'1_\n\u2028é\ud800𐐀", max_size=9), min_size=1),
    st.lists(st.text(alphabet="aB ß_1", max_size=9), min_size=1),
    st.sampled_from(sorted(PATTERNS)),
)
def test_compiled_words_are_those_of_the_dictionary(texts, others, pattern):
    arguments = TfidfVectorizer(token_pattern=pattern).settings
    analyze = build_analyzer(arguments)
    plain, compiled = TermDictionary(analyze), CompiledWords(arguments)
    for batch in (texts, others):
        for found, expected in zip(
            compiled.learn(batch), plain.learn(batch), strict=True
        ):
            np.testing.assert_array_equal(found, expected)
    assert compiled.terms == plain.terms
    # "a b", "" and "B" can't be found, and must not shift the numbers of the others.
    terms = ["", "a b", "aa", "B", *sorted(set(plain.terms) - {"aa", "B"})]
    plain, compiled = TermDictionary(analyze, terms), CompiledWords(arguments, terms)
    found, expected = (count_columns(*p.find(texts)) for p in (compiled, plain))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_compiled_words_know_every_character(pattern):
    texts = [f"{chr(code)}{chr(code)} x" for code in range(0, sys.maxunicode + 1, 3)]
    arguments = TfidfVectorizer(token_pattern=pattern, lowercase=False).settings
    analyze = build_analyzer(arguments)
    compiled = CompiledWords(arguments)
    _, lengths = compiled.learn(texts)
    assert lengths.tolist() == [len(analyze(text)) for text in texts]
    assert compiled.terms == list(dict.fromkeys(chain(*map(analyze, texts))))


def test_weights_by_the_formula():
    texts = ["aa aa bb", "bb cc", "cc cc cc dd"]
    x = TfidfVectorizer(norm=None, max_df=1.0).fit_transform(texts).toarray()
    assert x[0, 0] == pytest.approx((1 + np.log(2)) * (1 + np.log(4 / 2)))
    assert x[0, 1] == pytest.approx(1 + np.log(4 / 3))


def test_more_texts_than_are_read_at_once(monkeypatch):
    vectorizer = TfidfVectorizer()
    whole = vectorizer.fit_transform(TRAIN)
    monkeypatch.setattr("keras_docs.models.xr.term_counts.CHARACTERS_AT_ONCE", 99)
    in_parts = TfidfVectorizer()
    assert_equal(in_parts.fit_transform(TRAIN), whole)
    assert_equal(in_parts.transform(OTHER), vectorizer.transform(OTHER))


def test_rare_terms_stay_only_among_few_texts():
    few, many = corpus(20), corpus(1000)
    for texts, least in ((few, 1), (many, 2)):
        found = TfidfVectorizer().fit([*texts, "hapax"]).vocabulary
        assert ("hapax" in found) == (least == 1)


def test_columns_of_many_kinds_give_the_same():
    vectorizer = TfidfVectorizer().fit(TRAIN)
    expected = vectorizer.transform(TRAIN)
    for kind in (tuple, np.array, pd.Series, pl.Series, pa.array):
        assert_equal(vectorizer.transform(kind(TRAIN)), expected)
    assert_equal(vectorizer.transform(np.array(TRAIN, dtype=object)), expected)
    assert_equal(vectorizer.transform(list(np.array(TRAIN))), expected)


@pytest.mark.parametrize("arguments", SETTINGS[:12], ids=str)
def test_round_trip_through_files(arguments, tmp_path):
    vectorizer = TfidfVectorizer(**arguments).fit(TRAIN)
    vectorizer.save_assets(tmp_path)
    again = TfidfVectorizer.from_config(vectorizer.get_config())
    assert again.get_config() == vectorizer.get_config()
    again.load_assets(tmp_path)
    assert again.vocabulary == vectorizer.vocabulary
    np.testing.assert_array_equal(again.idf, vectorizer.idf)
    assert_equal(again.transform(OTHER), vectorizer.transform(OTHER))
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"vocabulary.txt", "idf.npy"}


def test_terms_of_any_character_round_trip(tmp_path):
    texts = ['a\nb\r\n"c"\\', "\u2028\x85\x00\ud800,", "日本"]
    vectorizer = TfidfVectorizer(analyzer="char").fit(texts)
    vectorizer.save_assets(tmp_path)
    again = TfidfVectorizer(analyzer="char")
    again.load_assets(tmp_path)
    assert again.vocabulary == vectorizer.vocabulary
    assert "\n" in again.vocabulary


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vocabulary.txt", b""),
        ("vocabulary.txt", b'"a"\n"a"\n'),
        ("vocabulary.txt", b'"a"\n3\n'),
        ("vocabulary.txt", b'"a"\n["b"]\n'),
        ("vocabulary.txt", b'"a"\n"b\n'),
        ("vocabulary.txt", b"\xff\xfe"),
        ("vocabulary.txt", b"[" * 100_000),
        ("vocabulary.txt", b'"a"\n'),
        ("idf.npy", b"no array"),
        ("idf.npy", b""),
        ("idf.npy", b"\x93NUMPY\x01\x00\x06\x00{'a'(\n"),
        ("idf.npy", np.array([1.0, 2.0])),
        ("idf.npy", np.array([1, np.nan], "float32")),
        ("idf.npy", np.array([1, 0], "float32")),
        ("idf.npy", np.array([[1, 2]], "float32")),
        ("idf.npy", np.array([{}, {}])),
        ("idf.npy", None),
    ],
)
def test_damaged_files(name, content, tmp_path):
    vectorizer = TfidfVectorizer().fit(["aa", "bb"])
    vectorizer.save_assets(tmp_path)
    if content is None:
        (tmp_path / name).unlink()
    elif isinstance(content, bytes):
        (tmp_path / name).write_bytes(content)
    else:
        np.save(tmp_path / name, content, allow_pickle=True)
    again = TfidfVectorizer()
    with pytest.raises(ValueError, match=r"vocabulary\.txt|idf\.npy"):
        again.load_assets(tmp_path)
    assert not again.is_fitted


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("one text", r"list.*\['one text'\]"),
        (None, "NoneType"),
        (3, "int 3"),
        ([], "empty"),
        (["a", None], "Row 1.*NoneType"),
        (["a", 2.5], "Row 1.*float 2.5"),
        (["a", b"b"], "Row 1.*bytes"),
        (pd.Series(["a", np.nan]), "Row 1.*float nan"),
        ([["a"], ["b"]], "Row 0.*list"),
        (np.array([["a"]]), r"\(1, 1\)"),
        (pd.DataFrame({"text": ["a"]}), r"DataFrame"),
        (iter(["a"]), "iterator"),
    ],
)
def test_what_is_no_text(texts, message):
    vectorizer = TfidfVectorizer().fit(TRAIN)
    for use in (vectorizer.transform, TfidfVectorizer().fit):
        with pytest.raises(ValueError, match=message):
            use(texts)


@pytest.mark.parametrize(
    ("texts", "arguments", "message"),
    [
        (["", "!!"], {}, "no term at all"),
        (["aa bb", "cc"], {"min_df": 2}, "3 terms.*min_df=2"),
        (["aa", "aa"], {}, r"max_df=0.98.*1\.0"),
    ],
)
def test_no_term_remains(texts, arguments, message):
    vectorizer = TfidfVectorizer(**arguments)
    with pytest.raises(ValueError, match=message):
        vectorizer.fit(texts)
    assert not vectorizer.is_fitted


def test_a_failed_fit_changes_nothing():
    vectorizer = TfidfVectorizer().fit(TRAIN)
    before = vectorizer.vocabulary
    with pytest.raises(ValueError):
        vectorizer.fit(["", ""])
    assert vectorizer.vocabulary == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"analyzer": "words"}, "`analyzer`.*'words'"),
        ({"ngram_range": 2}, "`ngram_range`"),
        ({"ngram_range": (2, 1)}, "`ngram_range`"),
        ({"ngram_range": (0, 1)}, "`ngram_range`"),
        ({"token_pattern": "("}, "`token_pattern`"),
        ({"token_pattern": r"(\w)(\w)"}, "one group"),
        ({"token_pattern": None}, "`token_pattern`"),
        ({"lowercase": 1}, "`lowercase`"),
        ({"strip_accents": "ascii"}, "`strip_accents`"),
        ({"stop_words": "english"}, "`stop_words`"),
        ({"stop_words": [1]}, "`stop_words`"),
        ({"min_df": 0}, "`min_df`"),
        ({"min_df": True}, "`min_df`"),
        ({"max_df": 1.5}, "`max_df`"),
        ({"max_df": None}, "`max_df`"),
        ({"max_features": 0}, "`max_features`"),
        ({"norm": "max"}, "`norm`"),
        ({"norm": ["l2"]}, "`norm`"),
    ],
)
def test_bad_settings(arguments, message):
    with pytest.raises(ValueError, match=message):
        TfidfVectorizer(**arguments)


def test_unknown_argument():
    with pytest.raises(TypeError, match="`ngram_range`"):
        TfidfVectorizer(ngrams_range=(1, 2))


def test_before_fit():
    vectorizer = TfidfVectorizer()
    assert repr(vectorizer) == "TfidfVectorizer: word 1..1-grams, not fitted"
    for use in (
        lambda: vectorizer.transform(["a"]),
        lambda: vectorizer.terms,
        lambda: vectorizer.idf,
        lambda: vectorizer.num_features,
        lambda: vectorizer.save_assets("."),
    ):
        with pytest.raises(ValueError, match="fit"):
            use()


def test_repr():
    vectorizer = TfidfVectorizer(ngram_range=(1, 2)).fit(["open data", "open source"])
    assert repr(vectorizer) == "TfidfVectorizer: word 1..2-grams, 4 terms"
