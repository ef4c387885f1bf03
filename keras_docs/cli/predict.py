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
    parser.add_argument(
        "table", help="a CSV file; with a column `text` for models that read texts"
    )
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
        result = model.rank(_texts(frame)).to_frame()
    elif type(model).__name__ == "MultilingualNLU":
        result = _parsed(model.parse(_texts(frame)))
    else:
        raise ValueError(
            f"The preset holds a {type(model).__name__}, which predicts no column. "
            "Fine-tune it first: TabTransformerClassifier.from_preset(…).fit(…)."
        )
    text = result.to_csv(options.output, index=False)
    if text is not None:
        print(text, end="")


def _texts(frame: pd.DataFrame) -> pd.Series:
    if "text" not in frame:
        raise ValueError(
            f"The table must have a column `text` for this preset. Received: "
            f"{list(frame.columns)}."
        )
    return frame["text"]


def _parsed(records: list[dict[str, Any]]) -> pd.DataFrame:
    import json

    import pandas as pd

    columns = ("text", "intent", "confidence")
    rows = [
        {
            **{name: record[name] for name in columns},
            "slots": json.dumps(record["slots"], ensure_ascii=False),
        }
        for record in records
    ]
    return pd.DataFrame(rows, columns=[*columns, "slots"])
