"""Turns a trained `multilingual_nlu` model into a preset that ships.

Scores it on MASSIVE's test part, adds example rows and a card, and stores the weights
with half the bits; the model still computes in float32.

    python tools/publish_multilingual_nlu.py --model fifth --data massive \\
        --epochs 30 --out presets/multilingual_nlu_tiny_massive
"""

from __future__ import annotations

import argparse
import csv
import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

ROWS_PER_LOCALE = 20
FIGURES = {
    "intent_accuracy": "intent accuracy",
    "slot_f1": "slot micro F1",
    "exact_match": "exact match",
}
# FitzGerald et al. 2022, table 3: means over 51 locales, trained on all of them.
PUBLISHED = {
    "XLM-R Base, 270 M (paper)": (85.1, 73.6, 63.7),
    "mT5 Base encoder, 258 M (paper)": (86.1, 75.4, 65.9),
}
RECIPE = (
    "python tools/train_multilingual_nlu.py --data massive --vocabulary vocab.spm "
    "--batch-size 1024 --slot-weight 4 --token-dropout 0.15 --workers 4"
)
TRAINING = (
    f"{RECIPE} --size medium --epochs 20 --learning-rate 1.1e-3 --dropout 0.2 "
    "--out teacher && "
    f"{RECIPE} --num-layers 8 --epochs 20 --learning-rate 1.6e-3 --out first && "
    f"{RECIPE} --backbone first --teacher teacher --logits-weight 3 --epochs 6 "
    "--learning-rate 1e-3 --dropout 0.05 --out trained && "
    f"{RECIPE} --model trained --dev-repeats 2 --batch-size 256 --learning-rate 5e-4 "
    "--rounds-per-epoch 40 --seconds 4200 --average-with trained --out averaged && "
    f"{RECIPE} --model averaged --dev-repeats 3 --batch-size 256 --learning-rate 6e-4 "
    "--rounds-per-epoch 40 --seconds 4000 --seed 2 --sampled-share 0.3 "
    "--average-with averaged --out second && "
    f"{RECIPE} --model second --dev-repeats 3 --batch-size 256 --learning-rate 2.5e-4 "
    "--rounds-per-epoch 40 --epochs 1 --seconds 1650 --seed 3 "
    "--average-with averaged --out third && "
    "python tools/massive_intent_targets.py --data massive --out targets.npz && "
    f"{RECIPE} --model third --dev-repeats 3 --batch-size 256 --learning-rate 5e-4 "
    "--rounds-per-epoch 40 --epochs 2 --seconds 3900 --seed 4 "
    "--intent-targets targets.npz --targets-weight 0.6 "
    "--average-with third --out fourth && "
    "python tools/train_nlu_ngrams.py --data massive --vocabulary vocab.spm "
    "--model fourth --dev-repeats 1 --out fifth && "
    "python tools/publish_multilingual_nlu.py --model fifth --data massive "
    "--epochs 30 --out presets/{name}"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="what training saved")
    parser.add_argument("--data", required=True, help="folder of <locale>.jsonl")
    parser.add_argument("--out", required=True, help="the preset's folder")
    parser.add_argument("--epochs", type=int, required=True, help="it was trained for")
    parser.add_argument("--floor", help="results of benchmarks/nlu/linear_floor.py")
    parser.add_argument("--card", action="store_true", help="write the card anew only")
    options = parser.parse_args()
    publish(options)


def publish(options: argparse.Namespace) -> None:
    import keras_docs
    from keras_docs.datasets.read_massive import read_massive
    from keras_docs.metrics.nlu_report import nlu_report

    out = Path(options.out)
    if not options.card:
        model = keras_docs.MultilingualNLU.from_preset(options.model, dtype="float32")
        model.save_to_preset(out)
        halve_weights(out)
    model = keras_docs.MultilingualNLU.from_preset(out)
    test = read_massive(options.data, partition="test")
    report = nlu_report(test, model.parse([row.text for row in test]))
    print(report.round(3).to_string())
    add_example_rows(out, test)
    report = report.drop(index=["mean", "ca-ES"])
    add_card(out, report, model, options.epochs, floor(options.floor, report))


def floor(path: str | None, report) -> list[str]:
    """How linear models of one language each compare, as a limit of the card."""
    if path is None:
        return []
    lines = [json.loads(line) for line in Path(path).read_text().splitlines()]
    linear = {line["locale"]: line["exact_match"] for line in lines}
    linear = {locale: linear[locale] for locale in report.index if locale in linear}
    # As the lines are.
    own = report["exact_match"].round(5)
    better = [locale for locale, score in linear.items() if score > own[locale]]
    mean = sum(linear.values()) / len(linear)
    return [
        "A linear SVM and a CRF for each language alone, from its training part, "
        f"have an exact match of {100 * mean:.1f} % on the mean of {len(linear)} "
        f"locales, and are better than this model in {len(better)}: "
        f"{', '.join(sorted(better))}."
    ]


def halve_weights(folder: Path) -> None:
    """Stores float32 weights as float16; they are read back as float32."""
    import numpy as np
    from safetensors.numpy import load_file, save

    from keras_docs.hub import read_manifest, write_manifest

    manifest = read_manifest(folder)
    for name in ("model.safetensors", "task.safetensors"):
        arrays = {
            key: array.astype(np.float16) if array.dtype == np.float32 else array
            for key, array in load_file(folder / name).items()
        }
        content = save(arrays, metadata={"format": "keras_docs"})
        (folder / name).write_bytes(content)
    write_manifest(folder, manifest.classes, manifest.versions)


def add_example_rows(folder: Path, test: list) -> None:
    """Some rows of each locale's test part, with the slots by name as well."""
    taken: dict[str, int] = {}
    with open(folder / "assets" / "example_rows.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["locale", "text", "intent", "slots", "annotated"])
        # The demo shows the first rows: one of each locale, in turn.
        order = sorted(range(len(test)), key=lambda i: (int(test[i].id), i))
        for row in (test[i] for i in order):
            if taken.get(row.locale, 0) >= ROWS_PER_LOCALE:
                continue
            taken[row.locale] = taken.get(row.locale, 0) + 1
            named = "; ".join(f"{s['type']}: {s['value']}" for s in row.slots)
            writer.writerow([row.locale, row.text, row.intent, named, annotated(row)])


def annotated(row) -> str:
    """The text with its slots as MASSIVE writes them: `[time : five]`."""
    text, last = "", 0
    for slot in row.slots:
        text += row.text[last : slot["start"]] + f"[{slot['type']} : {slot['value']}]"
        last = slot["end"]
    return text + row.text[last:]


def add_card(folder: Path, report, model, epochs: int, more_limits: list[str]) -> None:
    from keras_docs.hub import read_manifest, write_manifest
    from keras_docs.hub.model_card import write_model_card

    metrics = [
        {
            "dataset": "MASSIVE 1.1",
            "split": "test, mean over the 51 locales of the paper",
            "name": title,
            "value": round(100 * float(report[figure].mean()), 2),
            "peers": {name: row[place] for name, row in PUBLISHED.items()},
        }
        for place, (figure, title) in enumerate(FIGURES.items())
    ]
    best, worst = report["exact_match"].idxmax(), report["exact_match"].idxmin()
    record = {
        "title": "Intents and slots of utterances to a voice assistant in 51 languages",
        "summary": (
            "One model for all languages: a Transformer encoder of "
            f"{model.backbone.num_layers} layers of {model.backbone.hidden_dim}, with "
            f"{model.backbone.count_params() / 1e6:.1f} of the "
            f"{model.count_params() / 1e6:.1f} M parameters, and hashed n-grams of "
            "tokens beside it. The encoder was trained from random "
            f"weights for {epochs} epochs on the training part of MASSIVE in 52 "
            "locales, six of them with the answers of a model of 8 layers of 512 as "
            "targets besides, the last four with nine tenths of the development part, "
            "and a third of the last with what linear models of all locales make of "
            "an utterance that they did not learn; the weights are means of those "
            "before and after. The n-grams learned alone, for two epochs. 60 intents, "
            "55 slot types. `exact match` is the share of utterances with the intent "
            "and all slots right."
        ),
        "license": "cc-by-4.0",
        "language": "multilingual",
        "pipeline_tag": "text-classification",
        "datasets": [
            {
                "name": "MASSIVE 1.1",
                "url": "https://github.com/alexa/massive",
                "license": "cc-by-4.0",
            }
        ],
        "metrics": metrics,
        "command": TRAINING.format(name=folder.name),
        "limits": [
            f"Exact match from {100 * report['exact_match'][worst]:.1f} % ({worst}) to "
            f"{100 * report['exact_match'][best]:.1f} % ({best}).",
            "Nine tenths of the development part trained it as well, and the rest "
            "chose the temperature and the threshold of slots; the models beside it "
            "learned from the training part alone.",
            *more_limits,
            "It knows what people say to a voice assistant at home, written in lower "
            "case and without punctuation; everything else is out of its scope, and it "
            "was not shown any of that. Give `parse` a threshold.",
            "At most 64 tokens of a text are read.",
        ],
        "snippet": (
            "import keras_docs\n\n"
            f'model = keras_docs.MultilingualNLU.from_preset("{folder.name}")\n'
            'print(model.parse(["wake me up at five", "weck mich um fünf auf"]))'
        ),
    }
    manifest = read_manifest(folder)
    write_model_card(folder, record)
    write_manifest(folder, manifest.classes, manifest.versions)


if __name__ == "__main__":
    main()
