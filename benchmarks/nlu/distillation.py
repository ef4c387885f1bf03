"""A student of a quarter of the parameters, with a teacher and without.

    KERAS_BACKEND=torch python distillation.py --data DIR

The teacher is a shipped preset. The student is narrower, with factorised embeddings; it
is trained twice from the same random weights, for the same epochs on MASSIVE's training
part: on labels alone, and on labels and the teacher's probabilities
(`keras_docs.Distiller`). Scored on the test part. A line per run goes to
`results/distillation.jsonl`.
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

PATH = Path(__file__).with_name("results") / "distillation.jsonl"
STUDENT = {"num_layers": 3, "num_heads": 4, "hidden_dim": 176, "embedding_dim": 48}
SCORES = ("intent_accuracy", "slot_f1", "exact_match")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder of <locale>.jsonl")
    parser.add_argument("--teacher", default="multilingual_nlu_tiny_massive")
    parser.add_argument("--locales", help="comma-separated; default: all")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--temperature", type=float, default=2.0)
    parser.add_argument("--logits-weight", type=float, default=2.0)
    parser.add_argument("--dtype", default="mixed_bfloat16")
    parser.add_argument("--report", action="store_true", help="print the table only")
    options = parser.parse_args()
    if not options.report:
        measure(options)
    print(report())


def measure(options: argparse.Namespace) -> None:
    import keras_docs
    from keras_docs.datasets.read_massive import read_massive

    locales = options.locales.split(",") if options.locales else None
    train, test = (
        read_massive(options.data, locales=locales, partition=part)
        for part in ("train", "test")
    )
    teacher = keras_docs.MultilingualNLU.from_preset(
        options.teacher, dtype=options.dtype
    )
    record(options, "teacher", teacher, test, 0.0)
    for name in ("student, labels alone", "student, distilled"):
        student = build(options, teacher, len(train))
        learner = student
        if name.endswith("distilled"):
            learner = keras_docs.Distiller(
                teacher,
                student,
                temperature=options.temperature,
                logits_weight=options.logits_weight,
            )
        started = time.process_time()
        learner.fit(
            train, epochs=options.epochs, batch_size=options.batch_size, verbose=2
        )
        record(options, name, student, test, time.process_time() - started)


def build(options: argparse.Namespace, teacher, rows: int):
    import keras

    import keras_docs

    keras.utils.set_random_seed(0)
    backbone = keras_docs.MultilingualNLUBackbone(
        teacher.backbone.vocabulary_size, **STUDENT, dtype=options.dtype
    )
    student = keras_docs.MultilingualNLU(
        backbone, teacher.preprocessor, pooling=teacher.pooling, token_dropout=0.05
    )
    steps = options.epochs * (rows // options.batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0,
        steps - steps // 10,
        warmup_target=options.learning_rate,
        warmup_steps=steps // 10,
    )
    student.compile(
        optimizer=keras.optimizers.AdamW(
            schedule, weight_decay=0.01, global_clipnorm=1.0
        )
    )
    return student


def record(options, name: str, model, test: list, cpu_seconds: float) -> None:
    from keras_docs.metrics.nlu_report import nlu_report

    scores = nlu_report(test, model.parse([row.text for row in test])).loc["mean"]
    line = {
        "model": name,
        "teacher": Path(options.teacher).name,
        "locales": options.locales or "all",
        "epochs": options.epochs,
        "parameters": model.count_params(),
        "cpu_seconds": round(cpu_seconds),
        **{score: round(float(scores[score]), 5) for score in SCORES},
    }
    print(line, flush=True)
    result_lines.append(PATH, line)


def report() -> str:
    rows = [
        [
            line["model"],
            line["locales"],
            f"{line['parameters'] / 1e6:.2f} M",
            *(f"{100 * line[score]:.1f}" for score in SCORES),
        ]
        for line in result_lines.read(PATH)
    ]
    header = [
        "model",
        "locales",
        "parameters",
        "intent accuracy, %",
        "slot F1, %",
        "exact match, %",
    ]
    return result_lines.markdown(header, rows)


if __name__ == "__main__":
    main()
