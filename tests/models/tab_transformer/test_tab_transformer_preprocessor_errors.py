"""Bad input is refused by name, with the way out, and junk never becomes NaN."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keras_docs.models.tab_transformer.tab_transformer_preprocessor import (
    TabTransformerPreprocessor,
)

pytestmark = pytest.mark.no_tensors

GOOD = {"a": [0.5, 1.5, 2.5, 3.5], "b": ["u", "v", "u", "v"], "t": [0, 1, 0, 1]}


def adapt(table, **arguments):
    return TabTransformerPreprocessor(**arguments).adapt(table)


def with_column(values):
    return {**GOOD, "c": values}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pd.DataFrame(GOOD)[:0], ["empty", "0 rows"]),
        ({}, ["empty"]),
        ([], ["empty"]),
        ("a,b", ["str", "pandas"]),
        (None, ["NoneType"]),
        (np.ones(3), ["2-D", "(3,)"]),
        (pl.DataFrame(GOOD).lazy(), ["LazyFrame", "collect()"]),
        (pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]), ["unique", "'a'"]),
        (pd.DataFrame([[1, 2], [3, 4]], columns=["1", 1]), ["unique", "'1'"]),
        (pa.table([[1, 2], [3, 4]], names=["a", "a"]), ["unique", "'a'"]),
        ({"a": [1, 2], "b": [1]}, ["same number of rows", "'b': 1"]),
        ({"a": [1, 2], "b": 1}, ["'b'", "one value"]),
        (with_column([None] * 4), ["'c'", "no values", "ignore"]),
        (with_column(["?", "", None, np.nan]), ["'c'", "no values"]),
        (with_column([1.5, np.inf, 2, 3]), ["'c'", "infinity", "row 1"]),
        (with_column([1.0, -np.inf, 2, 3]), ["'c'", "infinity"]),
        (with_column([[1], [2], [3], [4]]), ["'c'", "lists", "ignore"]),
        (with_column([{"x": 1}] * 4), ["'c'", "dicts"]),
        (with_column([(1, 2)] * 4), ["'c'", "tuple"]),
        (with_column(np.ones((4, 2))), ["'c'", "(4, 2)"]),
        (with_column([1j, 2, 3, 4]), ["'c'", "complex"]),
        (with_column([10**400, 1, 2, 3]), ["'c'", "too large"]),
        (pl.DataFrame({"a": [1, 2], "c": [[1], [2]]}), ["'c'", "lists"]),
        ({"a": [1, 1], "b": ["x", "x"]}, ["no usable feature", "'a'", "'x'"]),
    ],
)
def test_bad_tables(table, words):
    with pytest.raises(ValueError) as error:
        adapt(table)
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ([0, None, 1, 1], ["'t'", "missing in 1 of 4", "row 1"]),
        ([1, 1, 1, 1], ["'t'", "only one class"]),
        ([1.5, 1.5, 1.5, 1.5], ["'t'", "only one value (1.5)"]),
        ([1.5, np.inf, 1.5, 2], ["'t'", "infinity"]),
        ([datetime.date(2020, 1, day) for day in range(1, 5)], ["'t'", "dates"]),
    ],
)
def test_bad_targets(target, words):
    with pytest.raises(ValueError) as error:
        adapt({**GOOD, "t": target}, target="t")
    for word in words:
        assert word in str(error.value)


def test_missing_target_column_suggests_a_name():
    with pytest.raises(ValueError, match=r"'Income' \(did you mean 'income'\?\)"):
        adapt({"income": [1, 2], "a": [1, 2]}, target="Income")


def test_text_cannot_be_a_regression_target():
    with pytest.raises(ValueError, match="'b' must hold numbers.*'u'"):
        adapt(GOOD, target="b", task="regression")


def test_an_id_column_is_refused_by_name_with_the_way_out():
    ids = {"customer": [f"id-{i}" for i in range(50)], "a": list(range(50))}
    with pytest.raises(ValueError) as error:
        adapt(ids, max_categories=20)
    for word in ("'customer'", "50 different", "ignore", "text", "min_frequency"):
        assert word in str(error.value)
    adapt(ids, max_categories=20, columns={"customer": "ignore"})
    adapt(ids, max_categories=50)


def test_too_many_classes():
    table = {"a": list(range(50)), "t": [i / 7 for i in range(50)]}
    with pytest.raises(ValueError, match="'t' has 50 classes.*regression"):
        adapt(table, target="t", task="classification", max_categories=20)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"target": 3}, "target"),
        ({"task": "ranking"}, "task"),
        ({"columns": {"a": "number"}}, "'number'"),
        ({"columns": ["a"]}, "columns"),
        ({"numeric_encodings": "standard"}, "numeric_encodings"),
        ({"numeric_encodings": ("standard", "minmax")}, "minmax"),
        ({"numeric_encodings": ("log", "log")}, "numeric_encodings"),
        ({"num_bins": 1}, "num_bins"),
        ({"num_bins": 4.0}, "num_bins"),
        ({"max_categories": 0}, "max_categories"),
        ({"max_integer_categories": -1}, "max_integer_categories"),
        ({"min_frequency": True}, "min_frequency"),
        ({"state": {"columns": []}}, "state"),
        ({"state": [1]}, "state"),
        ({"state": {"format": 99}}, "format 99"),
    ],
)
def test_bad_arguments(arguments, word):
    with pytest.raises(ValueError, match=word):
        TabTransformerPreprocessor(**arguments)


def test_a_state_that_does_not_fit_the_arguments():
    state = adapt(GOOD, numeric_encodings=("standard",)).get_config()["state"]
    TabTransformerPreprocessor(state=state, numeric_encodings=("log",))
    for arguments in ({"numeric_encodings": ("quantile",)}, {"num_bins": 4}):
        with pytest.raises(ValueError, match="adapt"):
            TabTransformerPreprocessor(state=state, **arguments)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"A": [1], "bb": [2]}, ["'a' (did you mean 'A'?)", "'b'", "'bb'"]),
        ({"a": ["1.5", "oops"], "b": ["u", "v"]}, ["'a'", "'oops'", "numbers"]),
        ({"a": [np.inf], "b": ["u"]}, ["'a'", "infinity"]),
        ({"a": [datetime.date(2020, 1, 1)], "b": ["u"]}, ["'a'", "dates"]),
        ({"a": [1.5], "b": [["u"]]}, ["'b'", "lists"]),
        ({"a": [], "b": []}, ["empty"]),
        ({**GOOD, "t": [0, 1, 2, 1]}, ["'t'", "'2'", "0, 1"]),
        ({**GOOD, "t": [0, 1, None, 1]}, ["'t'", "missing"]),
    ],
)
def test_bad_calls(table, words):
    with pytest.raises(ValueError) as error:
        adapt(GOOD, target="t")(table)
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"y": [0, 1]}, "`y` has 2 values"),
        ({"y": ["maybe", 0, 1, 1]}, "maybe"),
        ({"sample_weight": [1.0]}, "`sample_weight` has 1 values"),
        ({"sample_weight": [1, 1, 1, -1]}, "-1.0"),
        ({"sample_weight": [1, 1, 1, np.nan]}, "nan"),
        ({"sample_weight": ["a", 1, 1, 1]}, "sample_weight"),
    ],
)
def test_bad_y_and_weights(arguments, word):
    with pytest.raises(ValueError, match=word):
        adapt(GOOD, target="t")(GOOD, **arguments)


def test_dates_that_do_not_parse():
    preprocessor = adapt({"d": ["2024-01-01", "2024-05-06"]})
    with pytest.raises(ValueError, match="'d' must hold dates.*'soon'"):
        preprocessor({"d": ["soon"]})
    with pytest.raises(ValueError, match="'c' must hold dates.*numbers"):
        adapt(with_column([1, 2, 3, 4]), columns={"c": "date"})


def test_override_of_an_absent_column_and_of_no_address():
    with pytest.raises(ValueError, match=r"absent.*'aa' \(did you mean 'a'\?\)"):
        adapt(GOOD, columns={"aa": "text"})
    with pytest.raises(ValueError, match="'b' must hold IP"):
        adapt(GOOD, columns={"b": "ip_address"})


def test_before_adapt_and_without_target():
    fresh = TabTransformerPreprocessor()
    for use in (
        lambda: fresh(GOOD),
        lambda: fresh.cardinalities,
        lambda: fresh.for_target("t", table=GOOD),
    ):
        with pytest.raises(ValueError, match="adapt"):
            use()
    unsupervised = adapt(GOOD)
    with pytest.raises(ValueError, match="target"):
        unsupervised(GOOD, y=[0, 1, 0, 1])
    with pytest.raises(ValueError, match="target"):
        unsupervised.decode_target([0])
    with pytest.raises(ValueError, match="sample_weight"):
        unsupervised(GOOD, sample_weight=[1, 1, 1, 1])


@pytest.mark.parametrize("indices", [[2], [-1], [0.5], ["0"]])
def test_decode_refuses_what_is_no_index(indices):
    with pytest.raises(ValueError, match="indices"):
        adapt(GOOD, target="t").decode_target(indices)


def test_unknown_feature_and_stream():
    with pytest.raises(ValueError, match="'z'"):
        adapt(GOOD).inputs_of("z")
    with pytest.raises(ValueError, match="stream"):
        adapt(GOOD).column_of("words", 0)


CELL = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["?", " 1", "1.0", "-3e5", "2024-02-30", "::1", "inf", "1_0"]),
    st.dates(),
    st.datetimes(timezones=st.just(datetime.UTC) | st.none()),
    st.decimals(allow_nan=True),
    st.timedeltas(),
    st.binary(max_size=3),
    st.just(pd.NA),
    st.just(pd.NaT),
    st.just([1]),
)
UNIFORM = st.sampled_from(
    [
        st.integers(-5, 5),
        st.floats(allow_infinity=False),
        st.text(max_size=5),
        st.booleans() | st.none(),
        st.datetimes(),
        st.sampled_from(["a", "b", None]),
    ]
)


@st.composite
def junk_tables(draw):
    rows = draw(st.integers(1, 6))
    names = draw(st.lists(st.text(max_size=4), min_size=1, max_size=4, unique=True))
    columns = {}
    for name in names:
        cell = draw(UNIFORM) if draw(st.booleans()) else CELL
        columns[name] = draw(st.lists(cell, min_size=rows, max_size=rows))
    if draw(st.booleans()):
        return pd.DataFrame(
            {name: pd.Series(v, dtype="object") for name, v in columns.items()}
        )
    return columns


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(junk_tables(), junk_tables())
def test_any_junk_encodes_finitely_or_is_refused_by_name(table, other):
    names = [str(name) for name in table]
    try:
        preprocessor = adapt(table, num_bins=3)
    except ValueError as error:
        assert any(repr(name) in str(error) for name in names) or "no usable" in str(
            error
        )
        return
    check(preprocessor, preprocessor(table))
    if not isinstance(other, dict):
        other = other.to_dict("list")
    rows = len(next(iter(other.values())))
    filled = {name: other.get(name, [None] * rows) for name in names}
    try:
        x = preprocessor(filled)
    except ValueError as error:
        assert any(repr(name) in str(error) for name in names)
        return
    check(preprocessor, x)


def check(preprocessor, x):
    assert set(x) <= {"categorical", "continuous", "ranks"}
    assert all(np.isfinite(array).all() for array in x.values())
    if "categorical" in x:
        assert (x["categorical"] >= 0).all()
        assert (x["categorical"] < np.array(preprocessor.cardinalities)).all()
    if "ranks" in x:
        assert ((x["ranks"] == -1) | ((x["ranks"] >= 0) & (x["ranks"] <= 3))).all()
