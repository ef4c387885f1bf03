"""Our models in the benchmarks, through the public API only.

- "faithful": the network of the paper: `TabTransformerBackbone()` as it is, categories
  as columns of the Transformer, scaled numbers beside it, MLP {4l, 2l}.
- "mlp": the same without Transformer layers, the paper's MLP baseline.
- "default": what `TabTransformer.from_dataframe` chooses.

"default" is trained by `fit(train, validation_data=valid)`, which stops by itself; the
others stop at the best validation AUC, with the paper's patience.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pandas as pd
import results

import keras_docs

LAYERS = {"faithful": 6, "mlp": 0}
PATIENCE = 15  # the paper's
MOST_EPOCHS = 200

Predict = Callable[[pd.DataFrame], np.ndarray]


def preprocessor_for(table: pd.DataFrame, record):
    """Adapt a preprocessor to a table with or without its target."""
    has_target = record.target in table.columns
    preprocessor = keras_docs.TabTransformerPreprocessor(
        target=record.target if has_target else None,
        task=kind_of_task(record) if has_target else None,
        columns=record.kinds,
    )
    return preprocessor.adapt(table)


def kind_of_task(record) -> str:
    """Return the name that `keras_docs` has for the record's task."""
    return "regression" if record.task == "regression" else "classification"


def backbone_for(preprocessor, num_layers: int = 6, **settings):
    """Build the paper's backbone for what a preprocessor learned."""
    return keras_docs.TabTransformerBackbone(
        cardinalities=preprocessor.cardinalities,
        num_continuous=preprocessor.num_continuous,
        num_layers=num_layers,
        **settings,
    )


def predictor_for(backbone, preprocessor, **settings):
    """Put the head of the preprocessor's task on a backbone."""
    regression = preprocessor.task == "regression"
    head = (
        keras_docs.TabTransformerRegressor
        if regression
        else keras_docs.TabTransformerClassifier
    )
    return head(backbone, preprocessor=preprocessor, **settings)


def predict_with(model, record) -> Predict:
    """Return frame -> what `results.score` takes, for the record's positive class."""
    if record.task != "binary":
        return lambda frame: model.predict(frame, verbose=0)
    index = list(model.preprocessor.classes).index(record.positive)
    return lambda frame: model.predict(frame, verbose=0)[:, index]


class ValidationAUC(keras.callbacks.Callback):
    """Reports the AUC of the validation rows after each epoch, as `val_auc`."""

    def __init__(self, valid: pd.DataFrame, record) -> None:
        super().__init__()
        self.valid, self.record = valid, record
        self.truth = (valid[record.target] == record.positive).to_numpy()

    def on_epoch_end(self, epoch, logs=None) -> None:
        prediction = predict_with(self.model, self.record)(self.valid)
        logs["val_auc"] = results.score(self.record.task, self.truth, prediction)


def fit_paper_model(model, train, valid, record) -> Predict:
    """Train with the paper's patience of 15, for two classes by validation AUC.

    With few labels the loss and the AUC of the validation rows part early: a model
    that ranks better and better grows overconfident.
    """
    if record.task != "binary":
        model.fit(train, validation_data=valid, verbose=0, patience=PATIENCE)
        return predict_with(model, record)
    stop = keras.callbacks.EarlyStopping(
        monitor="val_auc", mode="max", patience=PATIENCE, restore_best_weights=True
    )
    callbacks = [ValidationAUC(valid, record), stop]
    model.fit(train, epochs=MOST_EPOCHS, callbacks=callbacks, verbose=0)
    return predict_with(model, record)


def fit_network(name: str, train, valid, record, seed: int) -> Predict:
    """Fit "faithful", "mlp" or "default" on frames; return frame -> predictions."""
    keras.utils.set_random_seed(seed)
    if name == "default":
        model = keras_docs.TabTransformer.from_dataframe(
            train,
            target=record.target,
            task=kind_of_task(record),
            columns=record.kinds,
        )
        model.fit(train, validation_data=valid, verbose=0)
        return predict_with(model, record)
    preprocessor = preprocessor_for(train, record)
    backbone = backbone_for(preprocessor, LAYERS[name])
    model = predictor_for(backbone, preprocessor)
    return fit_paper_model(model, train, valid, record)


def pretrain(objective: str, train, valid, record, seed: int, epochs: int):
    """Pretrain the paper's backbone on rows without labels.

    Args:
        objective: "mlm", "rtd", or "none" for a random backbone.
        train: training rows without the target.
        valid: validation rows without the target.
        record: of the set.
        seed: of weights and corruption.
        epochs: most passes over the rows; the best epoch's weights are kept.

    Returns:
        The preprocessor, adapted to all training rows, and the backbone's weights.
    """
    keras.utils.set_random_seed(seed)
    preprocessor = preprocessor_for(train, record)
    backbone = backbone_for(preprocessor)
    if objective != "none":
        tasks = {
            "mlm": keras_docs.TabTransformerMaskedLM,
            "rtd": keras_docs.TabTransformerReplacedTokenDetector,
        }
        pretrainer = tasks[objective](backbone, preprocessor)
        keep_best = keras.callbacks.EarlyStopping(
            monitor="val_loss", patience=epochs, restore_best_weights=True
        )
        pretrainer.fit(
            train,
            validation_data=valid,
            epochs=epochs,
            callbacks=[keep_best],
            verbose=0,
        )
    return preprocessor, backbone.get_weights()


def fine_tune(start, known, valid, record, seed: int) -> Predict:
    """Fit a classifier to few labelled rows, from what `pretrain` returned."""
    keras.utils.set_random_seed(seed)
    preprocessor, weights = start
    preprocessor = preprocessor.for_target(
        record.target, table=known, task=kind_of_task(record)
    )
    backbone = backbone_for(preprocessor)
    backbone.set_weights(weights)
    model = predictor_for(backbone, preprocessor)
    return fit_paper_model(model, known, valid, record)
