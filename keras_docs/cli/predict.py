"""`keras-docs predict`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "predict",
        help="predict the rows of a CSV file",
        description="Predicts each row of a CSV file, as CSV.",
    )
    parser.add_argument("preset", help="a preset's name, hf:// handle or folder")
    parser.add_argument("table", help="a CSV file; for a ranker, with a column `text`")
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
    elif type(model).__name__ == "XRRanker":
        result = _ranked(model, frame)
    else:
        raise ValueError(
            f"The preset holds a {type(model).__name__}, which predicts no column. "
            "Fine-tune it first: TabTransformerClassifier.from_preset(…).fit(…)."
        )
    text = result.to_csv(options.output, index=False)
    if text is not None:
        print(text, end="")


def _ranked(model: Any, frame: pd.DataFrame) -> pd.DataFrame:
    if "text" not in frame:
        raise ValueError(
            f"The table must have a column `text` to rank labels for. Received: "
            f"{list(frame.columns)}."
        )
    return model.rank(frame["text"]).to_frame()
