"""TabTransformerPreprocessor: typing rules, lookups, targets, presets' state."""

import datetime
import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from keras_docs.models.tab_transformer.tab_transformer_preprocessor import (
    TabTransformerPreprocessor,
)

pytestmark = pytest.mark.no_tensors


@pytest.fixture
def columns():
    rng = np.random.default_rng(7)
    rows = 60
    start = datetime.datetime(2021, 3, 1)
    return {
        "age": rng.normal(40, 9, rows).round(3).tolist(),
        "debt": [None if i % 7 == 0 else float(i) ** 2 + 0.5 for i in range(rows)],
        "visits": rng.integers(0, 40, rows).tolist(),
        "level": [i % 4 for i in range(rows)],
        "job": [
            None if i % 9 == 0 else ["cook", "clerk", "nurse"][i % 3]
            for i in range(rows)
        ],
        "member": [i % 3 == 0 for i in range(rows)],
        "joined": [
            start + datetime.timedelta(days=5 * i, hours=i) for i in range(rows)
        ],
        "label": ["high" if i % 3 else "low" for i in range(rows)],
    }


def assert_same(left, right):
    assert left.keys() == right.keys()
    for name in left:
        assert left[name].dtype == right[name].dtype
        np.testing.assert_array_equal(left[name], right[name])


def adapted(table, **settings):
    return TabTransformerPreprocessor(**settings).adapt(table)


def kinds(preprocessor):
    """Column -> kind, read from the state."""
    state = preprocessor.get_config()["state"]
    return {column["name"]: column["kind"] for column in state["columns"]}


def kind_of(values, name="c", **settings):
    return kinds(adapted({name: values}, **settings))[name]


def test_shapes_dtypes_and_names(columns):
    preprocessor = adapted(columns, target="label", num_bins=6)
    x, y = preprocessor(columns)
    assert {name: (a.dtype.name, a.shape) for name, a in x.items()} == {
        "categorical": ("int32", (60, 7)),
        "continuous": ("float32", (60, 12)),
        "ranks": ("float32", (60, 4)),
    }
    assert y.dtype == "int32"
    assert all(a.flags.c_contiguous and np.isfinite(a).all() for a in x.values())
    assert preprocessor.categorical_names == [
        "debt is missing",
        "level",
        "job",
        "member",
        "joined month",
        "joined weekday",
        "joined hour",
    ]
    assert preprocessor.continuous_names[:3] == [
        "age (standard)",
        "age (quantile)",
        "age (log)",
    ]
    assert preprocessor.rank_names == ["age", "debt", "visits", "joined days"]
    assert preprocessor.num_continuous == 12 and preprocessor.num_ranks == 4
    assert preprocessor.feature_columns == [n for n in columns if n != "label"]


def test_every_table_type_gives_the_same_arrays(columns):
    expected = adapted(columns, target="label", num_bins=5)
    x, y = expected(columns)
    frame = pd.DataFrame(columns)
    tables = {
        "pandas": frame,
        "pandas objects": frame.astype("object"),
        "pandas nullable": frame.convert_dtypes(),
        "pandas arrow": frame.convert_dtypes(dtype_backend="pyarrow"),
        "polars": pl.DataFrame(columns),
        "pyarrow": pa.table(columns),
        "dict of arrays": {name: frame[name].to_numpy() for name in frame},
        "dict of series": {name: frame[name] for name in frame},
        "rows": frame.astype("object").to_dict("records"),
    }
    for table in tables.values():
        for preprocessor in (expected, adapted(table, target="label", num_bins=5)):
            other_x, other_y = preprocessor(table)
            assert_same(x, other_x)
            np.testing.assert_array_equal(y, other_y)


def test_numpy_and_single_row():
    array = np.random.default_rng(0).normal(size=(30, 3))
    preprocessor = adapted(array, numeric_encodings=("standard",))
    assert preprocessor.feature_columns == ["0", "1", "2"]
    whole = preprocessor(array)["continuous"]
    one = preprocessor({"0": array[4, 0], "1": array[4, 1], "2": array[4, 2]})
    np.testing.assert_array_equal(one["continuous"], whole[4:5])


def test_json_round_trip_gives_identical_arrays(columns):
    preprocessor = adapted(
        columns, target="label", num_bins=5, columns={"visits": "categorical"}
    )
    config = json.loads(json.dumps(preprocessor.get_config(), allow_nan=False))
    restored = TabTransformerPreprocessor.from_config(config)
    assert restored.get_config() == preprocessor.get_config()
    assert repr(restored) == repr(preprocessor)
    for a, b in zip(preprocessor(columns), restored(columns), strict=True):
        assert_same(
            {"": a} if isinstance(a, np.ndarray) else a,
            {"": b} if isinstance(b, np.ndarray) else b,
        )


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (list(range(11)), "numeric"),
        (list(range(10)), "categorical"),
        ([float(i) for i in range(10)] + [None], "categorical"),
        ([0.5, 1.5], "numeric"),
        ([str(i + 0.5) for i in range(9)] + [" "], "numeric"),
        (["007", "008"], "categorical"),
        (["1", "2", "3"], "categorical"),
        ([True, False, None], "categorical"),
        (np.array(["2024-01-01", "2024-02-03"], dtype="datetime64[ns]"), "date"),
        (["2024-01-01", "2024-02-03T10:00:00Z", ""], "date"),
        (["10.0.0.1", "192.168.1.1", "2001:db8::1"], "ip_address"),
        (["the cat sat", "on the mat today", "and slept a lot!"], "text"),
        (["the cat sat", "the cat sat", "on the mat", "on the mat"], "categorical"),
        (["a", "b"], "categorical"),
        (pd.Categorical(["1.5", "2.5"]), "categorical"),
        (pd.Series([1.5, 2.5, 3.5]).astype("category"), "categorical"),
    ],
)
def test_typing_rules(values, kind):
    assert kind_of(values) == kind


@pytest.mark.parametrize(
    ("name", "is_postal"),
    [
        ("zip", True),
        ("homeZipCode", True),
        ("PLZ", True),
        ("post_code", True),
        ("postal code", True),
        ("zipper", False),
        ("compost", False),
    ],
)
def test_postal_code_by_name(name, is_postal):
    found = kind_of(["12345", "54321"], name=name) == "postal_code"
    assert found is is_postal


def test_override_wins():
    assert kind_of([1, 2, 3], columns={"c": "numeric"}) == "numeric"
    assert kind_of([1.5, 2.5], columns={"c": "categorical"}) == "categorical"


def test_categorical_positions_counts_and_frequencies():
    words = ["b", "a", " b ", None, "?", "b"]
    preprocessor = adapted({"c": words})
    assert preprocessor.vocabularies == [["a", "b"]]
    assert preprocessor.cardinalities == [3]
    np.testing.assert_allclose(preprocessor.frequencies, [[2 / 6, 1 / 6, 3 / 6]])
    assert preprocessor({"c": ["b", "never seen", "a", "NA"]})[
        "categorical"
    ].tolist() == [
        [2],
        [0],
        [1],
        [0],
    ]


def test_rare_categories_share_position_zero():
    preprocessor = adapted({"c": ["a"] * 3 + ["b"] * 2 + ["c"]}, min_frequency=2)
    assert preprocessor.vocabularies == [["a", "b"]]
    assert preprocessor.frequencies == [[1 / 6, 3 / 6, 2 / 6]]
    assert preprocessor({"c": ["c"]})["categorical"].tolist() == [[0]]


@pytest.mark.parametrize(
    "learned",
    [[0, 1], [0.0, 1.0], ["0", "1"], [False, True], ["false", "true"], ["0.0", "1.0"]],
)
@pytest.mark.parametrize(
    "seen",
    [
        [0, 1, 1],
        [0.0, np.nan, 1.0],
        ["0", None, "1"],
        [False, True, None],
        ["FALSE", "TRUE"],
        pd.Series([0, 1], dtype="category"),
        pl.Series([0, 1, None]),
        pa.chunked_array([["0", "1"]]),
    ],
)
def test_a_changed_dtype_finds_the_same_category(learned, seen):
    preprocessor = adapted({"c": learned * 3})
    found = preprocessor({"c": seen})["categorical"][:, 0]
    expected = [
        0
        if value is None or value != value
        else 1 + (str(value).lower() in ("1", "1.0", "true"))
        for value in (
            seen.to_pylist() if isinstance(seen, pa.ChunkedArray) else list(seen)
        )
    ]
    assert found.tolist() == expected


def test_spellings_that_training_told_apart_stay_apart():
    preprocessor = adapted({"c": ["1", "01", "x", "True"] * 2})
    codes = preprocessor({"c": ["1", "01", "True", "x"]})["categorical"][:, 0]
    assert len(set(codes.tolist())) == 4


def test_constant_columns_are_ignored_with_the_reason():
    preprocessor = adapted(
        {"a": [1, 2], "b": ["x", "x"], "c": [3, 4]}, columns={"c": "ignore"}
    )
    assert preprocessor.feature_columns == ["a"]
    assert preprocessor.ignored_columns == {
        "b": "constant (always 'x')",
        "c": "asked for",
    }


def test_extra_columns_are_skipped_whatever_they_hold():
    preprocessor = adapted({"a": [1, 2]})
    assert_same(preprocessor({"a": [1]}), preprocessor({"z": [[1, 2]], "a": [1]}))


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        (["b", "a", "a"], "classification", ["a", "b"]),
        ([10, 9, 9], "classification", [9, 10]),
        ([True, False, True], "classification", [False, True]),
        ([2.0, 1.0, 1.0], "classification", [1.0, 2.0]),
        (["10", "9", "9"], "classification", ["10", "9"]),
        ([2.5, 1.0, 1.0], "regression", []),
    ],
)
def test_target_task_classes_and_their_type(values, task, classes):
    preprocessor = adapted({"a": [1, 2, 3], "t": values}, target="t")
    assert preprocessor.task == task
    assert preprocessor.classes == classes
    assert [type(label) for label in preprocessor.classes] == [type(c) for c in classes]
    _, y = preprocessor({"a": [1, 2, 3], "t": values})
    if classes:
        assert preprocessor.decode_target(y).tolist() == values
    else:
        assert y.dtype == "float32" and y.tolist() == values


def test_integer_targets_beyond_twenty_values_are_regression():
    table = {"a": list(range(42)), "t": list(range(21)) * 2}
    assert adapted(table, target="t").task == "regression"
    assert adapted(table, target="t", task="classification").task == "classification"
    fewer = {"a": list(range(40)), "t": list(range(20)) * 2}
    assert adapted(fewer, target="t").task == "classification"


def test_regression_statistics_are_those_of_numpy():
    values = np.random.default_rng(1).normal(1e6, 50, 200)
    preprocessor = adapted({"a": list(range(200)), "t": values}, target="t")
    assert preprocessor.target_mean == pytest.approx(values.mean(), rel=1e-12)
    assert preprocessor.target_scale == pytest.approx(values.std(), rel=1e-9)


def test_y_and_sample_weight_beside_the_table():
    table = {"a": [1, 2, 3]}
    preprocessor = TabTransformerPreprocessor().adapt(table, y=["u", "v", "u"])
    x, y, weight = preprocessor(
        table, y=pd.Series(["v", "v", "u"]), sample_weight=[1, 2, 0]
    )
    assert y.tolist() == [1, 1, 0]
    assert weight.dtype == "float32" and weight.tolist() == [1, 2, 0]
    assert_same(preprocessor(table), x)


def test_features_without_looking_at_the_target(columns):
    preprocessor = adapted(columns, target="label")
    unlabelled = {**columns, "label": [None] * 60}
    assert_same(preprocessor.encode_features(unlabelled), preprocessor(columns)[0])
    assert_same(
        preprocessor({k: v for k, v in columns.items() if k != "label"}),
        preprocessor(columns)[0],
    )


def test_for_target_hides_the_column(columns):
    pretrained = adapted(columns, num_bins=5)
    for target in ("label", "debt", "joined"):
        table = {k: v for k, v in columns.items()}
        if target == "joined":
            table["joined"] = ["a", "b"] * 30
        if target == "debt":
            table["debt"] = [v or 0.5 for v in columns["debt"]]
        tuned = pretrained.for_target(target, table=table)
        x, _ = tuned(table)
        assert {n: a.shape for n, a in x.items()} == {
            n: a.shape for n, a in pretrained(columns).items()
        }
        places = (
            tuned.inputs_of(target)
            if target in tuned.feature_columns
            else pretrained.inputs_of(target)
        )
        absent = pretrained({**columns, target: [None] * 60})
        for stream, positions in places.items():
            if positions:
                np.testing.assert_array_equal(
                    x[stream][:, positions], absent[stream][:, positions]
                )
        without = {k: v for k, v in table.items() if k != target}
        assert_same(tuned(without), x)
        restored = TabTransformerPreprocessor.from_config(
            json.loads(json.dumps(tuned.get_config()))
        )
        assert_same(restored(without), x)
        assert pretrained.target is None


def test_inputs_and_columns_map_both_ways(columns):
    preprocessor = adapted(columns, target="label", num_bins=5)
    assert preprocessor.inputs_of("debt") == {
        "categorical": [0],
        "continuous": [3, 4, 5],
        "ranks": [1],
    }
    for column in preprocessor.feature_columns:
        for stream, positions in preprocessor.inputs_of(column).items():
            assert [preprocessor.column_of(stream, i) for i in positions] == [
                column
            ] * len(positions)


def test_a_second_adapt_replaces_and_a_failed_one_keeps(columns):
    preprocessor = adapted(columns, target="label")
    before = preprocessor.get_config()
    with pytest.raises(ValueError, match="infinity"):
        preprocessor.adapt({"a": [1.5, np.inf], "label": ["u", "v"]})
    assert preprocessor.get_config() == before
    preprocessor.adapt({"a": [1, 2], "label": ["u", "v"]})
    assert preprocessor.feature_columns == ["a"] and preprocessor.classes == ["u", "v"]


def test_repr_tells_what_was_learned(columns):
    assert "not adapted" in repr(TabTransformerPreprocessor(target="label"))
    text = repr(adapted({**columns, "same": ["x"] * 60}, target="label", num_bins=5))
    for part in (
        "age",
        "numeric",
        "3 categories (",
        "15.0%",
        "ignored 'same': constant",
        "low 33.3%",
    ):
        assert part in text, part


def test_constructor_refuses_unknown_arguments():
    with pytest.raises(TypeError, match="targt.*`target`"):
        TabTransformerPreprocessor(targt="a")
