"""`keras-docs predict`."""

from __future__ import annotations

import argparse


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "predict",
        help="predict the rows of a CSV file",
        description="Predicts each row of a CSV file, as CSV.",
    )
    parser.add_argument("preset", help="a preset's name, hf:// handle or folder")
    parser.add_argument("table", help="a CSV file")
    parser.add_argument("--output", help="CSV file to write; default: print it")
    parser.set_defaults(run=run, needs_backend=True)


def run(options: argparse.Namespace) -> None:
    import pandas as pd

    import keras_docs

    frame = pd.read_csv(options.table)
    model = keras_docs.Task.from_preset(options.preset)
    if isinstance(model, keras_docs.TabTransformerClassifier):
        result = model.classify(frame)
    elif isinstance(model, keras_docs.TabTransformerRegressor):
        result = pd.DataFrame({"prediction": model.predict(frame, verbose=0)})
    else:
        raise ValueError(
            f"The preset holds a {type(model).__name__}, which predicts no column. "
            "Fine-tune it first: TabTransformerClassifier.from_preset(…).fit(…)."
        )
    text = result.to_csv(options.output, index=False)
    if text is not None:
        print(text, end="")
