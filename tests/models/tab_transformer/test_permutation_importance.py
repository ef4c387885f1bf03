"""`explain`: permutation importance against a brute-force shuffle of the table."""

import keras
import numpy as np
import pandas as pd
import pytest

import keras_docs


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(1)
    rows = 300
    job = rng.choice(["cook", "clerk", "nurse"], rows).astype(object)
    age = rng.normal(40, 9, rows)
    age[::17] = np.nan
    return pd.DataFrame(
        {
            "noise": rng.normal(size=rows),
            "job": job,
            "age": age,
            "joined": pd.Timestamp("2020-01-01")
            + pd.to_timedelta(rng.integers(0, 900, rows), unit="D"),
            "label": np.where(job == "cook", "low", "high"),
            "price": 1000.0 + 50 * (job == "cook") + rng.normal(0, 1, rows),
        }
    )


SMALL = {"num_layers": 1, "hidden_dim": 8, "num_heads": 2, "num_bins": 8}


@pytest.fixture(scope="module")
def classifier(table):
    keras.utils.set_random_seed(0)
    model = keras_docs.TabTransformer.from_dataframe(
        table.drop(columns="price"), target="label", num_members=2, **SMALL
    )
    model.optimizer.learning_rate = 3e-3
    model.fit(table, epochs=12, verbose=0)
    return model


@pytest.fixture(scope="module")
def regressor(table):
    keras.utils.set_random_seed(0)
    model = keras_docs.TabTransformer.from_dataframe(
        table.drop(columns="label"), target="price", num_members=2, **SMALL
    )
    model.optimizer.learning_rate = 3e-3
    model.fit(table, epochs=12, verbose=0)
    return model


def brute_force(score, table, columns, repeats, seed):
    """Shuffles the raw column and asks the public API."""
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(table)) for _ in range(repeats)]
    found = {}
    for column in columns:
        changes = []
        for order in orders:
            shuffled = table.assign(**{column: table[column].to_numpy()[order]})
            changes.append(score(shuffled))
        found[column] = np.mean(changes), np.std(changes, ddof=1)
    return found


def assert_same(explained, expected):
    assert sorted(explained["column"]) == sorted(expected)
    for _, row in explained.iterrows():
        mean, sd = expected[row["column"]]
        assert row["importance"] == pytest.approx(mean, abs=2e-6, rel=1e-4)
        assert row["sd"] == pytest.approx(sd, abs=2e-6, rel=1e-3)
    assert explained["importance"].is_monotonic_decreasing


@pytest.mark.costly
def test_classifier_equals_brute_force(classifier, table):
    columns = ["noise", "job", "age", "joined"]

    def log_loss(shuffled):
        p = classifier.predict(shuffled[columns], verbose=0).astype("float64")
        is_low = (table["label"] == "low").to_numpy()
        labels = list(classifier.preprocessor.classes)
        likely = np.where(is_low, p[:, labels.index("low")], p[:, labels.index("high")])
        return -np.log(np.maximum(likely, 1e-7)).mean()

    before = log_loss(table)
    expected = brute_force(lambda df: log_loss(df) - before, table, columns, 3, seed=5)
    explained = classifier.explain(table, repeats=3, seed=5)
    assert_same(explained, expected)
    assert explained.attrs["measure"] == "rise of the log-loss"
    given = classifier.explain(
        table[columns], y=table["label"].to_list(), repeats=3, seed=5
    )
    assert_same(given, expected)


def test_deciding_column_first_and_noise_about_zero(classifier, table):
    explained = classifier.explain(table, repeats=10).set_index("column")
    assert explained.index[0] == "job"
    assert explained.loc["job", "importance"] > 0.3
    noise = explained.loc["noise"]
    assert abs(noise["importance"]) < 3 * noise["sd"] + 1e-3
    assert abs(noise["importance"]) < 0.05 * explained.loc["job", "importance"]


def test_without_labels_it_is_how_far_predictions_move(classifier, table):
    columns = ["noise", "job", "age", "joined"]
    features = table[columns]
    before = classifier.predict(features, verbose=0)[:, 1]

    def moved(shuffled):
        return np.abs(classifier.predict(shuffled, verbose=0)[:, 1] - before).mean()

    expected = brute_force(moved, features, columns, 2, seed=0)
    explained = classifier.explain(features, repeats=2)
    assert_same(explained, expected)
    assert explained.attrs["measure"] == "mean absolute change of the prediction"


@pytest.mark.costly
def test_regressor_in_the_unit_of_the_target(regressor, table):
    columns = ["noise", "job", "age", "joined"]

    def rmse(shuffled):
        error = regressor.predict(shuffled[columns], verbose=0) - table["price"]
        return np.sqrt(np.square(error).mean())

    before = rmse(table)
    expected = brute_force(lambda df: rmse(df) - before, table, columns, 2, seed=0)
    explained = regressor.explain(table, repeats=2)
    # Prices near 1000 in float32: 1e-4 of a unit.
    for _, row in explained.iterrows():
        assert row["importance"] == pytest.approx(expected[row["column"]][0], abs=2e-3)
    assert explained["column"][0] == "job"
    assert explained.attrs["measure"] == "rise of the RMSE"


def test_leaves_table_and_model_alone(classifier, table):
    rows = table[:20].copy()
    before = classifier.predict(rows, verbose=0)
    once = classifier.explain(rows, repeats=1)
    assert once["sd"].isna().all()
    pd.testing.assert_frame_equal(rows, table[:20])
    np.testing.assert_array_equal(classifier.predict(rows, verbose=0), before)


def test_refusals(classifier, table):
    with pytest.raises(ValueError, match="`repeats`"):
        classifier.explain(table, repeats=0)
    with pytest.raises(ValueError, match="at least 2 rows"):
        classifier.explain(table[:1])
    with pytest.raises(ValueError, match="job"):
        classifier.explain(table.drop(columns="job"))
    bare = keras_docs.TabTransformerClassifier(classifier.backbone, num_classes=2)
    with pytest.raises(ValueError, match="preprocessor"):
        bare.explain(table)
