"""Trains the shipped TabTransformer presets, from public tables to `presets/<name>`.

    python tools/train_tab_transformer.py tab_transformer_income --data DIR
    python tools/train_tab_transformer.py all --data DIR --peers RESULTS.jsonl

Split 0 of the benchmarks: 65 % of the rows train, 15 % stop the training, 20 % test.
The card takes the peers' figures on that same split from the benchmark's results.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks" / "tabular"))
SEED = 0
EXAMPLE_ROWS = 400
SOURCES = {
    "1995_income": (
        "Adult (1994/95 US census)",
        "https://archive.ics.uci.edu/dataset/2/adult",
        "cc-by-4.0",
    ),
    "bank_marketing": (
        "Bank Marketing",
        "https://archive.ics.uci.edu/dataset/222/bank+marketing",
        "cc-by-4.0",
    ),
    "letter": (
        "Letter Recognition",
        "https://archive.ics.uci.edu/dataset/59/letter+recognition",
        "cc-by-4.0",
    ),
    "diamonds": (
        "Diamonds (ggplot2)",
        "https://ggplot2.tidyverse.org/reference/diamonds.html",
        "mit",
    ),
}


@dataclass(frozen=True)
class Recipe:
    """What to train for one preset."""

    table: str
    title: str
    summary: str
    metric: str
    pipeline_tag: str = "tabular-classification"
    epochs: int | None = None  # None: stops by itself
    limits: tuple[str, ...] = ()


RECIPES = {
    "tab_transformer_income": Recipe(
        "1995_income",
        "Does a person earn more than 50,000 dollars a year?",
        "A TabTransformer with numeric columns and an ensemble head, trained on the "
        "1994/95 US census table known as Adult.",
        "AUC",
        limits=(
            "The data are from 1994 and 1995 and hold sex, race and origin; what the "
            "model says of people today, or decides about them, would be wrong and "
            "unfair. Use it to learn the library.",
        ),
    ),
    "tab_transformer_bank_marketing": Recipe(
        "bank_marketing",
        "Will a bank's client sign up for a term deposit after a phone call?",
        "A TabTransformer with numeric columns and an ensemble head, trained on calls "
        "of a Portuguese bank, 2008 to 2010.",
        "AUC",
        limits=(
            "`duration`, the length of the call, is known only after the call: leave "
            "it out (train again) to choose whom to call.",
        ),
    ),
    "tab_transformer_letter": Recipe(
        "letter",
        "Which capital letter is it, by 16 measurements of its picture?",
        "A TabTransformer classifier with 26 classes; all columns are numbers.",
        "accuracy",
        limits=("Distorted printed capitals of 20 fonts; no handwriting.",),
    ),
    "tab_transformer_diamonds": Recipe(
        "diamonds",
        "What does a diamond cost, by its weight, cut, colour, clarity and size?",
        "A TabTransformer regressor; it answers in US dollars.",
        "RMSE",
        "tabular-regression",
        limits=("Prices of the year 2008, from 326 to 18,823 dollars.",),
    ),
    "tab_transformer_income_rtd": Recipe(
        "1995_income",
        "TabTransformer pretrained without labels on census rows",
        "The paper's backbone after replaced token detection on the categorical "
        "columns of the Adult table: a start for fine-tuning with few labels.",
        "accuracy of detection",
        "feature-extraction",
        epochs=20,
        limits=("Knows the columns of this table only.",),
    ),
}


def main() -> None:
    arguments = _arguments()
    os.environ.setdefault("KERAS_BACKEND", arguments.backend)
    names = list(RECIPES) if arguments.preset == "all" else [arguments.preset]
    for name in names:
        train_preset(name, RECIPES[name], arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset", choices=[*RECIPES, "all"])
    parser.add_argument("--data", required=True, help="folder of the CSV files")
    parser.add_argument("--peers", help="jsonl of benchmarks/tabular/supervised.py")
    parser.add_argument("--output", default=str(ROOT / "presets"))
    parser.add_argument("--epochs", type=int, help="default: the recipe's")
    parser.add_argument("--backend", default="jax")
    return parser.parse_args()


def train_preset(name: str, recipe: Recipe, arguments: argparse.Namespace) -> None:
    """Trains, measures on the test rows, and writes the preset with its card."""
    import datasets
    import keras

    keras.utils.set_random_seed(SEED)
    frame, record = datasets.load(recipe.table, arguments.data)
    train, valid, test = datasets.split(frame, record, 0)
    build = _pretrained if name.endswith("_rtd") else _supervised
    model = build(recipe, record, train)
    epochs = arguments.epochs or recipe.epochs
    model.fit(train, validation_data=valid, epochs=epochs, verbose=2)
    figures = _measure(model, record, test)
    print(name, figures)
    folder = Path(arguments.output) / name
    model.save_to_preset(folder)
    _add_card(folder, name, recipe, figures, _peers(recipe, arguments.peers), test)


def _supervised(recipe: Recipe, record, train):
    import keras_docs

    return keras_docs.TabTransformer.from_dataframe(
        train,
        target=record.target,
        task="regression" if record.task == "regression" else "classification",
        columns=record.kinds,
    )


def _pretrained(recipe: Recipe, record, train):
    import keras_docs

    preprocessor = keras_docs.TabTransformerPreprocessor(
        target=record.target, columns=record.kinds
    ).adapt(train)
    backbone = keras_docs.TabTransformerBackbone(
        preprocessor.cardinalities, preprocessor.num_continuous
    )
    return keras_docs.TabTransformerReplacedTokenDetector(backbone, preprocessor)


def _measure(model, record, test) -> dict[str, float]:
    from sklearn.metrics import (
        accuracy_score,
        log_loss,
        mean_absolute_error,
        r2_score,
        roc_auc_score,
        root_mean_squared_error,
    )

    import keras_docs

    if isinstance(model, keras_docs.TabTransformerReplacedTokenDetector):
        accuracy = model.evaluate(test, verbose=0, return_dict=True)["accuracy"]
        return {"accuracy of detection": round(100 * accuracy, 2)}
    truth = test[record.target]
    predicted = model.predict(test, verbose=0)
    if record.task == "regression":
        return {
            "RMSE": round(root_mean_squared_error(truth, predicted), 1),
            "MAE": round(mean_absolute_error(truth, predicted), 1),
            "R2": round(r2_score(truth, predicted), 4),
        }
    classes = model.preprocessor.classes
    labels = model.preprocessor.decode_target(predicted.argmax(axis=1))
    figures = {
        "accuracy": round(100 * accuracy_score(truth, labels), 2),
        "log loss": round(log_loss(truth, predicted, labels=classes), 4),
    }
    if record.task == "binary":
        score = predicted[:, classes.index(record.positive)]
        figures["AUC"] = round(100 * roc_auc_score(truth == record.positive, score), 2)
    else:
        auc = roc_auc_score(truth, predicted, multi_class="ovr", labels=classes)
        figures["AUC"] = round(100 * auc, 2)
    return figures


def _peers(recipe: Recipe, results: str | None) -> dict[str, dict[str, float]]:
    """Figure name -> peer -> value, on the same split."""
    names = {"lightgbm": "LightGBM", "catboost": "CatBoost", "lr": "linear model"}
    figure = "RMSE" if recipe.metric == "RMSE" else "AUC"
    found: dict[str, float] = {}
    if results and not recipe.metric.startswith("accuracy of"):
        for line in Path(results).read_text().splitlines():
            run = json.loads(line)
            same = run["set"] == recipe.table and run["split"] == 0
            if same and run["model"] in names:
                found[names[run["model"]]] = round(run["score"], 2)
    return {figure: found}


def _add_card(folder, name, recipe, figures, peers, test) -> None:
    from keras_docs.hub import read_manifest, write_manifest
    from keras_docs.hub.model_card import write_model_card

    assets = folder / "assets"
    assets.mkdir(exist_ok=True)
    examples = test.sample(EXAMPLE_ROWS, random_state=SEED)
    examples.to_csv(assets / "example_rows.csv", index=False)
    title, url, license_id = SOURCES[recipe.table]
    metrics = [
        {
            "dataset": title,
            "split": "test (20 % of the rows, split 0 of the benchmarks)",
            "name": figure,
            "value": figures[figure],
            "peers": peers.get(figure, {}),
        }
        for figure in [recipe.metric, *(f for f in figures if f != recipe.metric)]
    ]
    record = {
        "title": recipe.title,
        "summary": recipe.summary,
        "license": license_id,
        "language": "en",
        "pipeline_tag": recipe.pipeline_tag,
        "datasets": [{"name": title, "url": url, "license": license_id}],
        "metrics": metrics,
        "command": f"python tools/train_tab_transformer.py {name} --data DIR",
        "limits": list(recipe.limits),
        "snippet": _snippet(name, recipe),
    }
    manifest = read_manifest(folder)
    write_model_card(folder, record)
    write_manifest(folder, manifest.classes, manifest.versions)


def _snippet(name: str, recipe: Recipe) -> str:
    use = {
        "tabular-classification": "print(model.classify(rows))",
        "tabular-regression": "print(model.predict(rows))",
        "feature-extraction": "print(model.embed(rows).shape)",
    }[recipe.pipeline_tag]
    return (
        "import pandas as pd\nimport keras_docs\n"
        "from keras_docs.hub import builtin_presets\n\n"
        f'model = keras_docs.TabTransformer.from_preset("{name}")\n'
        f'rows = pd.read_csv(builtin_presets()["{name}"] / "assets/example_rows.csv")\n'
        f"{use}"
    )


if __name__ == "__main__":
    main()
