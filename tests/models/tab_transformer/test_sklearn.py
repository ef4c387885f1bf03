"""The scikit-learn estimators: scikit-learn's checks, tables with text, searches."""

import pickle

import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import (
    estimator_checks_generator,
    parametrize_with_checks,
)

import keras_docs

# No Transformer layer and one member: the checks train more than a hundred models.
TINY = {
    "num_bins": 4,
    "num_layers": 0,
    "hidden_dim": 8,
    "num_heads": 2,
    "hidden_dims": (16,),
    "num_members": 1,
    "dropout": 0.0,
    "epochs": 15,
    "batch_size": 16,
    "learning_rate": 0.02,
    "random_state": 0,
}
FAST_CHECKS = (
    "check_estimator_cloneable",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_get_params_invariance",
    "check_estimators_nan_inf",
    "check_n_features_in",
    "check_dataframe_column_names_consistency",
    "check_estimators_pickle",
    "check_fit1d",
    "check_requires_y_none",
    "check_estimator_sparse_matrix",
)


def classifier(**settings):
    return keras_docs.SklearnTabTransformerClassifier(**{**TINY, **settings})


def regressor(**settings):
    return keras_docs.SklearnTabTransformerRegressor(**{**TINY, **settings})


def expected_failures(estimator):
    return {
        "check_sample_weight_equivalence_on_dense_data": (
            "Training goes by random batches: a row of weight 2 is one row of a batch, "
            "the same row twice may fall into two. Columns' scales and bins are of the "
            "rows, unweighted. (Rows of weight 0 do count as absent.)"
        ),
    }


@pytest.mark.large
@parametrize_with_checks(
    [classifier(), regressor()], expected_failed_checks=expected_failures
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def fast_checks():
    for estimator in (classifier(epochs=1), regressor(epochs=1)):
        for found, check in estimator_checks_generator(estimator):
            if check.func.__name__ in FAST_CHECKS:
                kind = type(estimator).__name__.removeprefix("SklearnTabTransformer")
                yield pytest.param(found, check, id=f"{kind}-{check.func.__name__}")


@pytest.mark.parametrize(("estimator", "check"), list(fast_checks()))
@pytest.mark.costly
def test_some_of_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    rows = 120
    job = rng.choice(["cook", "clerk", "nurse"], rows).astype(object)
    job[::19] = None
    age = rng.normal(40, 9, rows).round(1)
    age[::13] = np.nan
    X = pd.DataFrame(
        {
            "job": job,
            "age": age,
            "joined": pd.Timestamp("2021-01-01")
            + pd.to_timedelta(rng.integers(0, 700, rows), unit="D"),
            "member": rng.random(rows) < 0.5,
        }
    )
    y = pd.Series(np.where(X["job"] == "cook", "low", "high"), name="income")
    return X, y


@pytest.mark.costly
def test_cross_val_score_on_a_table_with_text(table):
    scores = cross_val_score(classifier(), *table, cv=3)
    assert scores.shape == (3,)
    # The commoner class alone gives about 0.69.
    assert scores.mean() > 0.85


@pytest.mark.costly
def test_grid_search_in_a_pipeline(table):
    X, y = table
    search = GridSearchCV(
        Pipeline(
            [
                ("derive", FunctionTransformer(lambda df: df.assign(old=df.age > 50))),
                ("model", classifier(epochs=4)),
            ]
        ),
        {"model__learning_rate": [1e-6, 0.02]},
        cv=2,
    ).fit(X, y)
    assert search.best_params_ == {"model__learning_rate": 0.02}
    best = search.best_estimator_["model"]
    assert list(best.feature_names_in_) == [*X.columns, "old"]
    assert set(search.predict(X)) <= {"low", "high"}


def test_probabilities_labels_and_model(table):
    X, y = table
    fitted = classifier().fit(X, y)
    assert list(fitted.classes_) == ["high", "low"]
    assert fitted.n_features_in_ == 4
    probabilities = fitted.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    theirs = fitted.model_.classify(X)
    np.testing.assert_array_equal(fitted.predict(X), theirs["label"])
    np.testing.assert_allclose(probabilities[:, 1], theirs["probability of low"])
    assert fitted.score(X, y) == (theirs["label"].to_numpy() == y).mean()
    assert fitted.model_.preprocessor.target == "income"
    assert len(fitted.history_["loss"]) == 15


@pytest.mark.parametrize("convert", [pl.from_pandas, lambda df: df.to_dict("list")])
@pytest.mark.costly
def test_other_tables_give_the_same(table, convert):
    X, y = table
    X = X.drop(columns="joined")
    expected = classifier(epochs=2).fit(X, y).predict_proba(X)
    other = convert(X)
    found = classifier(epochs=2).fit(other, y.to_numpy()).predict_proba(other)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(
    "labels", [[3, 7], [False, True], [1.0, 2.0], ["b", "a"], [-1, 1]]
)
@pytest.mark.costly
def test_labels_keep_their_type_and_place(labels):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    y = np.array(labels)[(X[:, 0] > 0).astype(int)]
    fitted = classifier().fit(X, y)
    np.testing.assert_array_equal(fitted.classes_, np.unique(y))
    predicted = fitted.predict(X)
    assert predicted.dtype == y.dtype
    assert (predicted == y).mean() > 0.9


def test_regressor_in_the_unit_of_y(table):
    X, _ = table
    y = 1000 + 100 * (X["job"] == "cook").to_numpy()
    fitted = regressor().fit(X, y)
    assert fitted.predict(X).shape == (len(X),)
    assert fitted.score(X, y) > 0.8


@pytest.mark.costly
def test_same_seed_same_model_and_the_callers_numbers_untouched(table):
    X, y = table
    np.random.seed(5)
    first = np.random.random(2)
    np.random.seed(5)
    one = classifier(epochs=2).fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(np.random.random(2), first)
    two = clone(classifier(epochs=2)).fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(one, two)
    other = classifier(epochs=2, random_state=1).fit(X, y).predict_proba(X)
    assert np.abs(one - other).max() > 1e-4


def test_pickle(table):
    X, y = table
    fitted = classifier(epochs=1).fit(X, y)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_allclose(again.predict_proba(X), fitted.predict_proba(X))


def test_rows_of_weight_zero_count_as_absent(table):
    X, y = table
    weight = np.arange(len(X)) % 3 != 0
    wild = X.copy()
    wild.loc[~weight, "job"] = "pilot"
    wild.loc[~weight, "age"] = 1e6
    weighted = classifier(epochs=2).fit(wild, y, sample_weight=weight.astype(float))
    absent = classifier(epochs=2).fit(
        X[weight], y[weight], sample_weight=np.ones(weight.sum())
    )
    np.testing.assert_allclose(
        weighted.predict_proba(X), absent.predict_proba(X), atol=1e-6
    )


def test_stops_by_itself_without_epochs(table, monkeypatch):
    seen = {}

    def fit(self, x, **kwargs):
        seen.update(kwargs)
        return keras.callbacks.History()

    monkeypatch.setattr(keras_docs.TabTransformerClassifier, "fit", fit)
    monkeypatch.setattr(keras.callbacks.History, "history", {}, raising=False)
    classifier(epochs=None, validation_fraction=0.3).fit(*table)
    assert seen["epochs"] is None and seen["validation_split"] == 0.3
    classifier(epochs=2).fit(*table)
    assert seen["epochs"] == 2 and seen["validation_split"] == 0.0


def test_refusals(table):
    X, y = table
    fitted = classifier(epochs=1).fit(X, y)
    with pytest.raises(ValueError, match="job"):
        fitted.predict(X.drop(columns="job"))
    with pytest.raises(ValueError, match="only one class"):
        classifier().fit(X, ["low"] * len(X))
    with pytest.raises(ValueError, match="validation_fraction"):
        classifier(validation_fraction=0).fit(X, y)
    with pytest.raises(ValueError, match="blanks"):
        classifier(epochs=1).fit(X, np.where(y == "low", " b", "a"))
    with pytest.raises(ValueError, match="divide"):
        classifier(num_layers=1, num_heads=3).fit(X, y)
