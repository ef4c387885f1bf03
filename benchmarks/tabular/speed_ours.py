"""Our TabTransformer, timed in its own process on the backend of KERAS_BACKEND."""

from __future__ import annotations

import keras
from speed_case import (
    BATCH,
    DIM,
    DROPOUT,
    HEADS,
    LAYERS,
    arguments,
    columns,
    measure,
)

import keras_docs

NETWORK: list[keras.Model] = []


def fit(train, record, epochs, clock):
    """Train with the sizes of the peers; return frame -> probability of class 1."""
    categorical, numeric = columns(train, record)
    kinds = dict.fromkeys(categorical, "categorical") | dict.fromkeys(
        numeric, "numeric"
    )
    preprocessor = keras_docs.TabTransformerPreprocessor(
        target=record.target, columns=kinds, numeric_encodings=("standard",)
    )
    preprocessor.adapt(train)
    backbone = keras_docs.TabTransformerBackbone(
        cardinalities=preprocessor.cardinalities,
        num_continuous=preprocessor.num_continuous,
        hidden_dim=DIM,
        num_layers=LAYERS,
        num_heads=HEADS,
        dropout=DROPOUT,
    )
    model = keras_docs.TabTransformerClassifier(
        backbone, num_classes=2, preprocessor=preprocessor
    )
    NETWORK.append(model)
    model.compile(optimizer=keras.optimizers.AdamW(1e-3), metrics=None)
    tick = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: clock.tick())
    model.fit(train, batch_size=BATCH, epochs=epochs, callbacks=[tick], verbose=0)
    return lambda frame: model.predict(frame, batch_size=BATCH, verbose=0)[:, 1]


def main() -> None:
    args = arguments((f"keras_docs-{keras.backend.backend()}",))
    if keras.backend.backend() == "torch":
        import torch

        torch.set_num_threads(args.threads)
    keras.utils.set_random_seed(0)
    measure(args, fit, lambda: NETWORK[0].count_params())


if __name__ == "__main__":
    main()
