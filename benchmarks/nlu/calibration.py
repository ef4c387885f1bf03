"""How honest the confidences are, and what a threshold keeps out.

    python calibration.py --data DIR --out-of-scope banking77.jsonl.xz

Expected calibration error (Guo et al. 2017, 15 bins of equal width) of the intents'
confidence on MASSIVE's test part, with the temperature that the preset was given on the
development part, and without (1). Out of scope: texts of another domain in English, a
JSON object a line with `text` and perhaps `split`, of which `test` counts.
For each threshold: the share of English in-scope texts that still get an intent, how
many of those are right, and the share of the others that are turned away; and the area
under the ROC curve of the confidence. A line goes to `results/calibration.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

sys.path.append(str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
import result_lines  # noqa: E402

PATH = Path(__file__).with_name("results") / "calibration.jsonl"
BINS = 15
THRESHOLDS = (0.3, 0.5, 0.7, 0.9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default="multilingual_nlu_tiny_massive")
    parser.add_argument("--data", help="folder of <locale>.jsonl")
    parser.add_argument("--out-of-scope", help="a .jsonl[.xz] of texts")
    parser.add_argument("--report", action="store_true", help="print the table only")
    options = parser.parse_args()
    if not options.report:
        measure(options)
    print(report())


def measure(options: argparse.Namespace) -> None:
    import keras_docs
    from keras_docs.datasets.read_massive import read_massive

    gold = read_massive(options.data, partition="test")
    strangers = read_texts(options.out_of_scope)
    model = keras_docs.MultilingualNLU.from_preset(options.preset)
    parsed = model.parse([row.text for row in gold], top=model.num_intents)
    is_right = np.array(
        [row.intent == found["intent"] for row, found in zip(gold, parsed, strict=True)]
    )
    known, strange = confidences(parsed), confidences(model.parse(strangers))
    without = untempered(parsed, model.temperature)
    english = np.array([row.locale == "en-US" for row in gold])
    line = {
        "preset": Path(options.preset).name,
        "temperature": round(model.temperature, 3),
        "ece": round(calibration_error(known, is_right), 4),
        "ece_without": round(calibration_error(without, is_right), 4),
        "auroc": round(auroc(known[english], strange), 4),
        "thresholds": {
            str(threshold): {
                "kept": round(float((known[english] >= threshold).mean()), 4),
                "right": round(
                    float(is_right[english][known[english] >= threshold].mean()), 4
                ),
                "turned_away": round(float((strange < threshold).mean()), 4),
            }
            for threshold in THRESHOLDS
        },
    }
    result_lines.append(PATH, line)


def read_texts(path: str) -> list[str]:
    from keras_docs.datasets.text_lines import text_lines

    rows = [json.loads(line) for line in text_lines(Path(path))]
    return [row["text"] for row in rows if row.get("split", "test") == "test"]


def confidences(parsed: list[dict]) -> np.ndarray:
    return np.array([found["confidence"] for found in parsed])


def untempered(parsed: list[dict], temperature: float) -> np.ndarray:
    """The confidences at a temperature of 1: of rankings that hold all intents."""
    powers = [
        np.array([entry["confidence"] for entry in found["ranking"]]) ** temperature
        for found in parsed
    ]
    return np.array([row.max() / row.sum() for row in powers])


def calibration_error(values: np.ndarray, is_right: np.ndarray) -> float:
    bins = np.minimum((values * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, values - is_right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(values))


def auroc(inside: np.ndarray, outside: np.ndarray) -> float:
    """How often an in-scope text has the higher confidence; ties count half."""
    order = np.sort(outside)
    below = np.searchsorted(order, inside, "left")
    ties = np.searchsorted(order, inside, "right") - below
    return float((below + ties / 2).mean() / len(outside))


def report() -> str:
    rows = []
    for line in result_lines.read(PATH):
        for threshold, shares in line["thresholds"].items():
            rows.append(
                [
                    line["preset"],
                    f"{100 * line['ece']:.1f} ({100 * line['ece_without']:.1f})",
                    f"{100 * line['auroc']:.1f}",
                    threshold,
                    *(f"{100 * share:.1f}" for share in shares.values()),
                ]
            )
    header = [
        "preset",
        "ECE, % (without temperature)",
        "AUROC, %",
        "threshold",
        "in scope kept, %",
        "of those right, %",
        "out of scope turned away, %",
    ]
    return result_lines.markdown(header, rows)


if __name__ == "__main__":
    main()
