"""The text-to-text model, which writes the label of each word and then the intent.

    KERAS_BACKEND=torch python seq_2_seq.py --data DIR --t5 DIR --epochs 4

`--t5` is a checkpoint of T5 as Transformers has it, with its `spiece.model`, such as
`tools/flan_t5_checkpoint.py` writes. The model is trained on the training part of one
locale and scored on its test part; without `--t5`, from random weights on the preset's
vocabulary. A line goes to `results/seq_2_seq.jsonl`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

sys.path.append(str(Path(__file__).resolve().parents[1]))

import result_lines  # noqa: E402

PATH = Path(__file__).with_name("results") / "seq_2_seq.jsonl"
EVALUATE = PATH.with_name("evaluate.jsonl")
PRESET = "multilingual_nlu_tiny_massive"
SCORES = ("intent_accuracy", "slot_f1", "exact_match")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder of <locale>.jsonl")
    parser.add_argument("--t5", type=Path, help="a checkpoint to begin with")
    parser.add_argument("--name", default="T5", help="of the checkpoint in the table")
    parser.add_argument("--locale", default="en-US")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--dtype", default="mixed_bfloat16")
    parser.add_argument("--report", action="store_true", help="print the table only")
    options = parser.parse_args()
    if not options.report:
        measure(options)
    print(report())


def measure(options: argparse.Namespace) -> None:
    import keras

    from keras_docs.datasets.read_massive import read_massive
    from keras_docs.metrics.nlu_report import nlu_report

    keras.utils.set_random_seed(0)
    train, test = (
        read_massive(options.data, locales=[options.locale], partition=part)
        for part in ("train", "test")
    )
    model = new_model(options, train)
    steps = options.epochs * (len(train) // options.batch_size)
    warmup = steps // 10
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0,
        steps - warmup,
        warmup_target=options.learning_rate,
        warmup_steps=warmup,
    )
    # Its steps are as large as the rate times the weights they change.
    model.compile(optimizer=keras.optimizers.Adafactor(schedule, relative_step=False))
    begun = time.perf_counter()
    model.fit(train, batch_size=options.batch_size, epochs=options.epochs, verbose=2)
    seconds = time.perf_counter() - begun
    scores = nlu_report(test, model.parse([row.text for row in test])).loc["mean"]
    line = {
        "start": options.name if options.t5 else "random weights",
        "locale": options.locale,
        "parameters": model.count_params(),
        "epochs": options.epochs,
        "seconds": round(seconds),
        **{score: round(float(scores[score]), 5) for score in SCORES},
    }
    result_lines.append(PATH, line)


def new_model(options: argparse.Namespace, train: list):
    import keras_docs

    if options.t5:
        tokenizer = keras_docs.DocFormerV2Tokenizer(str(options.t5 / "spiece.model"))
        backbone = keras_docs.DocFormerV2Backbone.from_preset(
            options.t5, dtype=options.dtype
        )
    else:
        tokenizer = keras_docs.MultilingualNLUPreprocessor.from_preset(PRESET).tokenizer
        backbone = keras_docs.DocFormerV2Backbone(
            tokenizer.vocabulary_size(),
            use_layout=False,
            image_shape=None,
            dtype=options.dtype,
        )
    return keras_docs.MultilingualNLUSeq2Seq.from_records(train, backbone, tokenizer)


def report() -> str:
    rows = [
        [
            f"text to text, from {line['start']}",
            line["locale"],
            f"{line['parameters'] / 1e6:.1f} M",
            str(line["epochs"]),
            *(f"{100 * line[score]:.1f}" for score in SCORES),
        ]
        for line in result_lines.read(PATH)
    ]
    locales = {row[1] for row in rows}
    for line in result_lines.read(EVALUATE):
        is_own = line["preset"] == PRESET and line["partition"] == "test"
        if is_own and line["official"] and line["locale"] in locales:
            size = f"{line['parameters'] / 1e6:.1f} M"
            scores = [f"{100 * line[score]:.1f}" for score in SCORES]
            rows.append([PRESET, line["locale"], size, "-", *scores])
    names = ("intent accuracy", "slot F1", "exact match")
    header = ["model", "locale", "parameters", "epochs"]
    return result_lines.markdown(header + [f"{name}, %" for name in names], rows)


if __name__ == "__main__":
    main()
