"""Logistic regression, LightGBM and CatBoost behind one function each.

Each `fit_*` takes the training and validation features and targets and returns a
function from features to predictions: probability of class 1 (binary), (rows, k)
probabilities (multiclass) or numbers (regression). Validation rows serve early stopping
on the loss, the default of both libraries; nothing else is tuned.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from results import score

MAX_INTEGER_CODES = 10

Predict = Callable[[pd.DataFrame], np.ndarray]


def _probabilities(model, task: str) -> Predict:
    if task == "regression":
        return model.predict
    if task == "binary":
        return lambda x: model.predict_proba(x)[:, 1]
    return model.predict_proba


def _text(frame: pd.DataFrame, categorical: list[str]) -> pd.DataFrame:
    """Return the frame with categories as text and "" for a missing one."""
    columns = {c: frame[c].astype("string").fillna("") for c in categorical}
    return frame.assign(**{c: v.astype(object) for c, v in columns.items()})


def fit_lr(x, y, x_valid, y_valid, task, categorical, seed, threads) -> Predict:
    """Scaled numbers and one-hot categories into a linear model.

    Integers of few values can be amounts or codes; logistic regression is run on both
    readings and keeps the one with the better validation score.
    """
    integers = x.select_dtypes("integer").columns.difference(categorical)
    codes = [c for c in integers if x[c].nunique() <= MAX_INTEGER_CODES]
    readings = [categorical, [*categorical, *codes]] if codes else [categorical]
    fitted = [_fit_linear(x, y, task, columns) for columns in readings]
    sign = -1 if task == "regression" else 1
    return max(fitted, key=lambda f: sign * score(task, y_valid, f(x_valid)))


def _fit_linear(x, y, task: str, categorical: list[str]) -> Predict:
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numeric = [c for c in x.columns if c not in categorical]
    features = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numeric),
        (OneHotEncoder(handle_unknown="ignore"), categorical),
    )
    linear = Ridge() if task == "regression" else LogisticRegression(max_iter=2000)
    model = make_pipeline(features, linear).fit(_text(x, categorical), y)
    predict = _probabilities(model, task)
    return lambda frame: predict(_text(frame, categorical))


def fit_lightgbm(x, y, x_valid, y_valid, task, categorical, seed, threads) -> Predict:
    """1000 trees, learning rate 0.05, stop after 50 without gain, own categories."""
    import lightgbm

    # LightGBM keeps the categories of the training rows and reads others as missing.
    kinds = dict.fromkeys(categorical, "category")
    kind = lightgbm.LGBMRegressor if task == "regression" else lightgbm.LGBMClassifier
    model = kind(
        n_estimators=1000,
        learning_rate=0.05,
        n_jobs=threads,
        random_state=seed,
        verbose=-1,
    )
    model.fit(
        x.astype(kinds),
        y,
        eval_X=x_valid.astype(kinds),
        eval_y=y_valid,
        callbacks=[lightgbm.early_stopping(50, verbose=False)],
    )
    predict = _probabilities(model, task)
    return lambda frame: predict(frame.astype(kinds))


def fit_catboost(x, y, x_valid, y_valid, task, categorical, seed, threads) -> Predict:
    """Defaults (1000 trees), stop after 50 without gain, own categories."""
    import catboost

    regression = task == "regression"
    kind = catboost.CatBoostRegressor if regression else catboost.CatBoostClassifier
    model = kind(
        early_stopping_rounds=50,
        cat_features=categorical,
        thread_count=threads,
        random_seed=seed,
        allow_writing_files=False,
        verbose=False,
    )
    model.fit(_text(x, categorical), y, eval_set=(_text(x_valid, categorical), y_valid))
    predict = _probabilities(model, task)
    return lambda frame: predict(_text(frame, categorical))


BASELINES = {"lr": fit_lr, "lightgbm": fit_lightgbm, "catboost": fit_catboost}
