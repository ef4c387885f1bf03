"""`keras-docs demo`: every shipped preset on real rows that ship with it."""

from __future__ import annotations

import time
from pathlib import Path
from textwrap import shorten
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from keras_docs.demo_page import PAGE_FILE, page_table, read_page
from keras_docs.hub import builtin_presets, preset_metadata

ROWS_FILE = "assets/example_rows.csv"
SHOWN_COLUMNS = 5
SHOWN_ROWS = 6
SHOWN_LABELS = 3


def run(console: Console | None = None) -> None:
    """Predicts the example rows of each shipped preset and prints what came out.

    Args:
        console: a rich console. Default: a new one.
    """
    console = console or Console()
    started = time.perf_counter()
    import keras

    import keras_docs

    console.print(
        f"keras_docs {keras_docs.__version__}, Keras {keras.version()} "
        f"on {keras.config.backend()}\n"
    )
    for name, folder in builtin_presets().items():
        if any((folder / file).is_file() for file in (ROWS_FILE, PAGE_FILE)):
            _show(console, name, folder)
    console.print(f"{time.perf_counter() - started:.0f} s in all.")


def _show(console: Console, name: str, folder: Path) -> None:
    import keras_docs

    title = preset_metadata(name).get("card", {}).get("title", name)
    console.print(f"[bold]{name}[/]: {title}")
    is_page = (folder / PAGE_FILE).is_file()
    started = time.perf_counter()
    try:
        model: Any = keras_docs.Task.from_preset(name)
        loaded = time.perf_counter()
        if is_page:
            what, answer = "a page", page_table(model, read_page(folder))
        else:
            rows = _rows(folder)
            what, answer = f"{len(rows)} rows", _answer(model, rows)
    except ImportError as error:
        console.print(f"Left out. {error}\n", markup=False)
        return
    finished = time.perf_counter()
    console.print(answer)
    console.print(
        f"[dim]loaded in {loaded - started:.1f} s, {what} in "
        f"{finished - loaded:.1f} s (the first call compiles)[/]\n"
    )


def _rows(folder: Path) -> Any:
    import pandas as pd

    return pd.read_csv(folder / ROWS_FILE).head(SHOWN_ROWS)


def _answer(model: Any, rows: Any) -> Table | str:
    """What a model says of some rows, ready to print."""
    import keras_docs

    if isinstance(model, keras_docs.TabTransformerClassifier):
        return _table(model.preprocessor, rows, _classified(model, rows))
    if isinstance(model, keras_docs.TabTransformerRegressor):
        prices = [f"{value:,.0f}" for value in model.predict(rows, verbose=0)]
        return _table(model.preprocessor, rows, prices)
    if hasattr(model, "rank"):
        return _ranked(model, rows)
    if hasattr(model, "parse"):
        return _parsed(model, rows)
    return _pretrained_line(model, rows)


def _ranked(model: Any, rows: Any) -> Table:
    table = Table("text", f"best {SHOWN_LABELS} of {model.num_labels:,}", "true labels")
    ranking = model.rank(rows["text"], k=SHOWN_LABELS)
    for text, found, truth in zip(
        rows["text"], ranking.labels, rows["labels"], strict=True
    ):
        right = set(truth.split("; "))
        marked = [f"[green]{escape(x)}[/]" if x in right else escape(x) for x in found]
        table.add_row(escape(shorten(text, 200)), ", ".join(marked), escape(truth))
    return table


def _parsed(model: Any, rows: Any) -> Table:
    table = Table("locale", "text", "intent", "slots")
    for (_, row), found in zip(rows.iterrows(), model.parse(rows["text"]), strict=True):
        intent = f"{found['intent']} ({found['confidence']:.0%})"
        if found["intent"] == row["intent"]:
            intent = f"[green]{escape(intent)}[/]"
        right = str(row["slots"]).split("; ")
        slots = [f"{slot['type']}: {slot['value']}" for slot in found["slots"]]
        marked = [f"[green]{escape(s)}[/]" if s in right else escape(s) for s in slots]
        table.add_row(row["locale"], escape(row["text"]), intent, ", ".join(marked))
    return table


def _classified(model: Any, rows: Any) -> list[str]:
    answers = model.classify(rows)
    return [
        f"{label} ({probability:.0%})"
        for label, probability in zip(
            answers["label"], answers["probability"], strict=True
        )
    ]


def _pretrained_line(model: Any, rows: Any) -> str:
    shape = " x ".join(str(size) for size in model.embed(rows).shape)
    return (
        f"Pretrained without labels: contextual embeddings of {shape} (rows x columns "
        "x dimensions), ready to fine-tune."
    )


def _table(preprocessor: Any, rows: Any, answers: list[str]) -> Table:
    shown = preprocessor.feature_columns[:SHOWN_COLUMNS]
    target = preprocessor.target
    table = Table(*shown, "…", f"predicted {target}", f"true {target}")
    for (_, row), answer in zip(rows.iterrows(), answers, strict=True):
        right = str(answer).rsplit(" (", 1)[0] == str(row[target])
        style = "green" if right else None
        table.add_row(
            *(str(row[column]) for column in shown),
            "",
            f"[{style}]{answer}[/]" if style else answer,
            str(row[target]),
        )
    return table
