"""Trains the shipped XR-Linear presets, from labelled texts to `presets/<name>`.

    python tools/train_xr_linear.py xr_linear_yso_subjects_en --data DIR
    python tools/train_xr_linear.py all --data DIR --n-jobs 2

The published parts: `trn` trains, `tst` tests. Weights are rounded to 8 bits, and the
smallest are dropped until the preset has the size asked for; the test rows have no say
in that. The card tells what the rankings lose by it, and takes the peers' figures on
the same split from the benchmark's results (`--peers`).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE_ROWS = 200
THRESHOLD_STEP = 0.025
KS = (1, 3, 5, 10)


@dataclass(frozen=True)
class Recipe:
    """What to train for one preset."""

    folder: str
    text_columns: tuple[int, ...]
    title: str
    summary: str
    language: str
    license: str
    source: str
    url: str
    limits: tuple[str, ...]
    example: str
    megabytes: float = 24.1


RECIPES = {
    "xr_linear_yso_subjects_en": Recipe(
        "yso-finna-en",
        (2,),
        "Which of 24,850 subjects of the General Finnish Ontology fit a title?",
        "An XRRanker over a single XR-Linear tree, for short English texts such as "
        "titles of books and articles.",
        "en",
        "cc0-1.0",
        "Annif corpora, yso-finna-en (Finna metadata)",
        "https://github.com/NatLibFi/Annif-corpora",
        (
            "Titles of Finnish libraries: what they collect is what it knows.",
            "Each subject's texts were capped where the corpus was made, so that even "
            "the truth that it is tested on is incomplete.",
            "147 more subjects are in no training text: it does not know them.",
            "The names of subjects are YSO's, CC BY 4.0.",
        ),
        "Climate change and food security in East Africa",
    ),
    "xr_linear_gnd_subjects_de": Recipe(
        "tibkat-gnd",
        (4, 5),
        "Which of 35,116 subjects of the GND fit a library record?",
        "An XRRanker over a single XR-Linear tree, for titles with abstracts, mostly "
        "German and English.",
        "de",
        "cc-by-sa-4.0",
        "TIBKAT records with GND subjects (subject-indexing-dataset)",
        "https://github.com/sciknoworg/subject-indexing-dataset",
        (
            "6,102 more subjects are in no training record: it does not know them.",
            "Records of a technical library: engineering and sciences prevail.",
        ),
        "Einführung in die Finite-Elemente-Methode für Ingenieure",
    ),
}


def main() -> None:
    arguments = _arguments()
    os.environ.setdefault("KERAS_BACKEND", "jax")
    names = list(RECIPES) if arguments.preset == "all" else [arguments.preset]
    for name in names:
        train_preset(name, RECIPES[name], arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset", choices=[*RECIPES, "all"])
    parser.add_argument("--data", required=True, help="folder of the text sets")
    parser.add_argument("--output", default=str(ROOT / "presets"))
    parser.add_argument("--peers", help="jsonl of benchmarks/xr/training.py")
    parser.add_argument("--checkpoints", help="folder to go on from after a kill")
    parser.add_argument("--n-jobs", type=int, default=1)
    return parser.parse_args()


def train_preset(name: str, recipe: Recipe, arguments: argparse.Namespace) -> None:
    """Trains, shrinks, measures on the test part, and writes preset and card."""
    import keras_docs
    from keras_docs.datasets.read_labelled_texts import read_labelled_texts

    folder = Path(arguments.data) / recipe.folder
    train, test = (
        read_labelled_texts(folder, part, text_columns=recipe.text_columns)
        for part in ("trn", "tst")
    )
    names = _distinct_names(train.label_names, train.label_ids)
    ranker = keras_docs.XRRanker()
    ranker.fit(
        train.texts,
        _named(train.labels, names),
        n_jobs=arguments.n_jobs,
        checkpoint_dir=arguments.checkpoints and Path(arguments.checkpoints) / name,
    )
    truth = _named(test.labels, names)
    whole = ranker.evaluate(test.texts, truth, KS, n_jobs=arguments.n_jobs)
    threshold = _shrink(ranker, recipe.megabytes)
    figures = ranker.evaluate(test.texts, truth, KS, n_jobs=arguments.n_jobs)
    print(name, "whole:", whole, "threshold:", threshold, "shipped:", figures)
    target = Path(arguments.output) / name
    ranker.save_to_preset(target)
    identifiers = dict(zip(names, train.label_ids, strict=True))
    _add_assets(target, test.texts, truth, ranker.preprocessor.labels, identifiers)
    peers = _peers(recipe.folder, arguments.peers)
    _add_card(target, name, recipe, figures, whole, threshold, peers)


def _distinct_names(names: list[str], ids: list[str]) -> list[str]:
    """The labels' names; those that several labels have, with the identifier."""
    counts = Counter(names)
    return [
        name if counts[name] == 1 else f"{name} [{identifier}]"
        for name, identifier in zip(names, ids, strict=True)
    ]


def _named(rows: list[list[int]], names: list[str]) -> list[list[str]]:
    return [[names[label] for label in row] for row in rows]


def _shrink(ranker, megabytes: float) -> float:
    """Drops the smallest weights until the preset is small enough."""
    threshold = 0.0
    while True:
        if threshold:
            ranker.backbone.prune(threshold)
        ranker.backbone.quantize("int8")
        with tempfile.TemporaryDirectory() as folder:
            ranker.save_to_preset(Path(folder) / "preset")
            files = (Path(folder) / "preset").rglob("*")
            size = sum(file.stat().st_size for file in files if file.is_file()) / 1e6
        print(f"weights above {threshold:.3f}: {size:.1f} MB", flush=True)
        if size <= megabytes:
            return threshold
        threshold = max(threshold, 0.1) + THRESHOLD_STEP


def _add_assets(target: Path, texts, truth, labels, identifiers) -> None:
    """Example rows of the test part, and each subject's identifier, in their order."""
    with open(target / "assets" / "example_rows.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "labels"])
        step = len(texts) // EXAMPLE_ROWS
        for row in range(0, step * EXAMPLE_ROWS, step):
            writer.writerow([texts[row], "; ".join(truth[row])])
    lines = [f"{identifiers[label]}\n" for label in labels]
    (target / "assets" / "label_ids.txt").write_text("".join(lines))


def _peers(folder: str, results: str | None) -> dict[str, dict[str, float]]:
    """Figure -> peer -> value, on the same split and the same features."""
    found: dict[str, dict[str, float]] = {}
    if results:
        for line in Path(results).read_text().splitlines():
            run = json.loads(line)
            is_peer = run.get("set") == folder and run.get("model") == "libpecos"
            if is_peer and run.get("tokens") == "words":
                for figure in ("P@1", "P@3", "P@5", "R@10"):
                    found.setdefault(figure, {})["libpecos"] = round(run[figure], 2)
    return found


def _add_card(target, name, recipe, figures, whole, threshold, peers) -> None:
    from keras_docs.hub import read_manifest, write_manifest
    from keras_docs.hub.model_card import write_model_card

    metrics = [
        {
            "dataset": recipe.source,
            "split": "test (the published part)",
            "name": figure,
            "value": round(100 * figures[figure], 2),
            "peers": {
                "before dropping and rounding weights": round(100 * whole[figure], 2),
                **peers.get(figure, {}),
            },
        }
        for figure in ("P@1", "P@3", "P@5", "R@10", "nDCG@5", "PSP@5")
    ]
    data = {"name": recipe.source, "url": recipe.url, "license": recipe.license}
    record = {
        "title": recipe.title,
        "summary": f"{recipe.summary} Weights of at most {threshold:.3g} were dropped, "
        "the others rounded to 8 bits.",
        "license": recipe.license,
        "language": recipe.language,
        "pipeline_tag": "text-classification",
        "datasets": [data],
        "metrics": metrics,
        "command": f"python tools/train_xr_linear.py {name} --data DIR",
        "limits": list(recipe.limits),
        "snippet": (
            "import keras_docs\n\n"
            f'ranker = keras_docs.XRRanker.from_preset("{name}")\n'
            f'print(ranker.rank(["{recipe.example}"], k=5))'
        ),
    }
    manifest = read_manifest(target)
    write_model_card(target, record)
    write_manifest(target, manifest.classes, manifest.versions)


if __name__ == "__main__":
    main()
