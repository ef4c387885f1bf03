"""Scores a preset on MASSIVE, locale by locale, beside published figures.

    python evaluate.py --preset multilingual_nlu_tiny_massive --data DIR

DIR: the release's `<locale>.jsonl`, compressed or not. One model for all locales, raw
texts in, `parse()` out, the public metrics of `keras_docs.metrics`. The mean is over
the 51 locales of the paper (ca-ES came with release 1.1). Appends a line per locale to
`results/evaluate.jsonl` and prints the table of all presets there; `--report` prints
only.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

sys.path.append(str(Path(__file__).resolve().parents[1]))

import result_lines  # noqa: E402

PATH = Path(__file__).with_name("results") / "evaluate.jsonl"
FLOOR = PATH.with_name("linear_floor.jsonl")
SCORES = ("intent_accuracy", "slot_f1", "exact_match")
NOT_IN_THE_PAPER = "ca-ES"
# FitzGerald et al. 2022, table 3: mean over 51 locales, trained on all.
PUBLISHED = {
    "mT5 Base, text to text (580 M parameters)": (85.3, 76.8, 66.6),
    "mT5 Base, encoder (258 M)": (86.1, 75.4, 65.9),
    "XLM-R Base (270 M)": (85.1, 73.6, 63.7),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default="multilingual_nlu_tiny_massive")
    parser.add_argument("--data", help="folder of <locale>.jsonl")
    parser.add_argument("--partition", default="test")
    parser.add_argument("--quantize", choices=["int8"], help="the weights, first")
    parser.add_argument("--dtype", help="to compute in, such as mixed_bfloat16")
    parser.add_argument("--report", action="store_true", help="print the table only")
    options = parser.parse_args()
    if not options.report:
        measure(options)
    print(report(options.partition))


def measure(options: argparse.Namespace) -> None:
    import keras_docs
    from keras_docs.datasets.read_massive import read_massive
    from keras_docs.metrics.nlu_report import nlu_report

    gold = read_massive(options.data, partition=options.partition)
    model = keras_docs.MultilingualNLU.from_preset(
        options.preset, dtype=options.dtype or "float32"
    )
    parameters = model.count_params()
    name = Path(options.preset).name
    if options.quantize:
        model.quantize(options.quantize)
        name = f"{name}, {options.quantize}"
    if options.dtype:
        name = f"{name}, {options.dtype}"
    megabytes = round(size_on_disk(model) / 1e6, 1)
    texts = [row.text for row in gold]
    started = time.perf_counter()
    predicted = model.parse(texts)
    seconds = time.perf_counter() - started
    for official in (True, False):
        scores = nlu_report(gold, predicted, official).drop(index="mean")
        for locale, row in scores.iterrows():
            line = {
                "preset": name,
                "partition": options.partition,
                "locale": locale,
                "official": official,
                "parameters": parameters,
                "megabytes": megabytes,
                "texts_per_second": round(len(texts) / seconds),
                **{name: round(float(row[name]), 5) for name in scores},
            }
            result_lines.append(PATH, line)
    print(f"{len(texts)} texts parsed in {seconds:.0f} s")


def size_on_disk(model) -> int:
    """Bytes of the model's preset, as it is saved."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_to_preset(Path(folder) / "preset")
        files = (Path(folder) / "preset").rglob("*")
        return sum(path.stat().st_size for path in files if path.is_file())


def report(partition: str = "test") -> str:
    lines = [
        line
        for line in result_lines.read(PATH)
        if line["partition"] == partition and line["official"]
    ]
    rows = []
    for preset in dict.fromkeys(line["preset"] for line in lines):
        own = {line["locale"]: line for line in lines if line["preset"] == preset}
        first = next(iter(own.values()))
        title = f"{preset} ({first['parameters'] / 1e6:.1f} M, {first['megabytes']} MB)"
        rows.append([title, *mean_scores(own)])
    if partition == "test":
        for name, scores in PUBLISHED.items():
            rows.append([name, "51", *(f"{score:.1f}" for score in scores)])
    header = ["model", "locales", "intent accuracy, %", "slot F1, %", "exact match, %"]
    return result_lines.markdown(header, rows)


def mean_scores(own: dict[str, dict]) -> list[str]:
    chosen = [line for locale, line in own.items() if locale != NOT_IN_THE_PAPER]
    means = [sum(line[score] for line in chosen) / len(chosen) for score in SCORES]
    return [str(len(chosen)), *(f"{100 * mean:.1f}" for mean in means)]


if __name__ == "__main__":
    main()
