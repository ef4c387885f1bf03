"""Self-learning from rephrases, by simulation on MASSIVE.

    python self_learning.py --data DIR --vocabulary FILE

DIR: the release's `<locale>.jsonl`, compressed or not. FILE: a SentencePiece model, as
`tools/train_multilingual_nlu_tokenizer.py` writes.

The simulation: a model is trained on `--labelled` utterances of a locale's training
part. The others are what users say, `--users` users each. A user who is not understood
(intent or a slot is wrong) tries again, up to `--attempts` times, with another
utterance of the training part of the same intent and slot types, in which the user's
own values stand; some phrasings come to everybody's mind (they are drawn by Zipf's law
with exponent 2). Two kinds of noise: with the probability `--noise`, the user says
something else instead, of any intent; and one in twenty outcomes is reported wrongly.
Nobody labels anything: the model sees texts and outcomes.

`mine_rephrases` and `label_rephrases` make records of the dialogues. Three models go on
from the first, with the same number of steps, and are scored on the dev part: on the
labelled utterances alone, on those and the mined records, and on those and the same
utterances with their true labels, which self-learning surpasses by chance alone. Prints
both tables, of the newest line of `results/self_learning.jsonl`, which it appends.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1]))

import result_lines  # noqa: E402

import keras_docs  # noqa: E402
from keras_docs.datasets.labelled_utterance import LabelledUtterance  # noqa: E402
from keras_docs.datasets.read_massive import read_massive  # noqa: E402

PATH = Path(__file__).with_name("results") / "self_learning.jsonl"
WRONG_OUTCOMES = 0.05
SUPPORTS, CONFIDENCES = (1, 3, 5), (0.2, 0.4, 0.6, 0.8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder of <locale>.jsonl")
    parser.add_argument("--vocabulary", required=True, help="SentencePiece model")
    parser.add_argument("--locale", default="en-US")
    parser.add_argument("--labelled", type=int, default=2000)
    parser.add_argument("--said", type=int, default=9514)
    parser.add_argument("--users", type=int, default=5)
    parser.add_argument("--attempts", type=int, default=3)
    parser.add_argument("--noise", type=float, default=0.15)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--min-support", type=int, default=3)
    parser.add_argument("--min-confidence", type=float, default=0.4)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    result_lines.append(PATH, simulate(options))
    print(report())


def simulate(options: argparse.Namespace) -> dict[str, Any]:
    train = read_massive(options.data, options.locale, "train")
    dev = read_massive(options.data, options.locale, "dev")
    random = np.random.default_rng(options.seed)
    order = random.permutation(len(train))
    labelled = [train[i] for i in order[: options.labelled]]
    said = [train[i] for i in order[options.labelled :][: options.said]]
    first = fitted(new_model(options, train), labelled, options.epochs)

    dialogues, meant = talk(said, first, random, options)
    pairs = keras_docs.mine_rephrases(dialogues, min_support=1, min_confidence=0.01)
    mined = keras_docs.label_rephrases(first, pairs)
    precision = [
        precision_of(mined, meant, support, confidence)
        for support in SUPPORTS
        for confidence in CONFIDENCES
    ]
    kept = [
        item
        for item in mined
        if item.rephrase.support >= options.min_support
        and item.rephrase.confidence >= options.min_confidence
    ]
    records = [item.record for item in kept]
    true = [meant[normalized(record.text)] for record in records]
    weights = first.get_weights()
    # As many steps for each: more records, fewer passes.
    steps = options.epochs * len(labelled) / 2
    scores = {"at first": score(first, dev)}
    for name, added in (("labelled", []), ("mined", records), ("true", true)):
        model = new_model(options, train)
        model.set_weights(weights)
        rows = labelled + added
        fitted(model, rows, max(1, round(steps / len(rows))))
        scores[name] = score(model, dev)
    return {
        **{
            name: getattr(options, name)
            for name in ("locale", "users", "attempts", "noise", "epochs", "seed")
        },
        "labelled": len(labelled),
        "said": len(said),
        "dialogues": len(dialogues),
        "min_support": options.min_support,
        "min_confidence": options.min_confidence,
        "pairs": len(pairs),
        "mined": len(mined),
        "kept": len(kept),
        "precision": precision,
        "exact_match": scores,
    }


def new_model(
    options: argparse.Namespace, records: Sequence[LabelledUtterance]
) -> keras_docs.MultilingualNLU:
    tokenizer = keras_docs.MultilingualNLUTokenizer(options.vocabulary)
    preprocessor = keras_docs.MultilingualNLUPreprocessor(tokenizer).adapt(records)
    backbone = keras_docs.MultilingualNLUBackbone(
        tokenizer.vocabulary_size(), num_layers=2, num_heads=4, hidden_dim=128
    )
    return keras_docs.MultilingualNLU(backbone, preprocessor, token_dropout=0.1)


def fitted(model: Any, rows: Sequence[LabelledUtterance], epochs: int) -> Any:
    model.optimizer.learning_rate = 1e-3
    model.fit(list(rows), epochs=epochs, batch_size=64, verbose=0)
    return model


def right(model: Any, rows: Sequence[LabelledUtterance]) -> np.ndarray:
    """Which rows are understood: intent and all slots."""
    parses = model.parse([row.text for row in rows])
    return np.array(
        [
            parse["intent"] == row.intent and spans(parse["slots"]) == spans(row.slots)
            for parse, row in zip(parses, rows, strict=True)
        ]
    )


def spans(slots: Sequence[dict]) -> list[tuple]:
    return [(slot["type"], slot["start"], slot["end"]) for slot in slots]


def score(model: Any, rows: Sequence[LabelledUtterance]) -> float:
    return keras_docs.exact_match(rows, model.parse([row.text for row in rows]))


def talk(
    said: Sequence[LabelledUtterance],
    model: Any,
    random: np.random.Generator,
    options: argparse.Namespace,
) -> tuple[list[list[tuple[str, bool]]], dict[str, LabelledUtterance]]:
    """Dialogues of all users, lists of (text, reported outcome), and what is meant."""
    meant: dict[str, LabelledUtterance] = {}
    templates = defaultdict(list)
    for row in said:
        templates[kind_of(row)].append(row)
    turns = [row for row in said for _ in range(options.users)]
    dialogues: list[list] = [[] for _ in turns]
    active = list(range(len(turns)))
    for attempt in range(options.attempts):
        rows = [
            turns[i]
            if attempt == 0
            else said_again(turns[i], templates, random)
            if random.random() >= options.noise
            else said[random.integers(len(said))]
            for i in active
        ]
        understood = right(model, rows)
        reported = understood ^ (random.random(len(rows)) < WRONG_OUTCOMES)
        meant.update((normalized(row.text), row) for row in rows)
        for i, row, outcome in zip(active, rows, reported, strict=True):
            dialogues[i].append((row.text, bool(outcome)))
        active = [i for i, done in zip(active, reported, strict=True) if not done]
    return dialogues, meant


def kind_of(row: LabelledUtterance) -> tuple:
    return row.intent, tuple(sorted(slot["type"] for slot in row.slots))


def said_again(
    goal: LabelledUtterance,
    templates: dict[tuple, list[LabelledUtterance]],
    random: np.random.Generator,
) -> LabelledUtterance:
    """Another utterance of the goal's kind, with the goal's values in its slots."""
    choices = templates[kind_of(goal)]
    template = choices[(random.zipf(2) - 1) % len(choices)]
    values = defaultdict(list)
    for slot in goal.slots:
        values[slot["type"]].append(slot["value"])
    text, done, slots = "", 0, []
    for slot in template.slots:
        text += template.text[done : slot["start"]]
        value, done = values[slot["type"]].pop(0), slot["end"]
        slots.append(
            {
                "type": slot["type"],
                "value": value,
                "start": len(text),
                "end": len(text) + len(value),
            }
        )
        text += value
    return goal._replace(text=text + template.text[done:], slots=slots)


def normalized(text: str) -> str:
    return " ".join(text.casefold().split())


def precision_of(
    mined: Sequence[Any],
    meant: dict[str, LabelledUtterance],
    support: int,
    confidence: float,
) -> dict[str, Any]:
    """How many mined records pass the thresholds, and the share that is right."""
    passed = [
        (item.record, meant[normalized(item.record.text)])
        for item in mined
        if item.rephrase.support >= support and item.rephrase.confidence >= confidence
    ]
    intents = [record.intent == true.intent for record, true in passed]
    whole = [
        record.intent == true.intent and spans(record.slots) == spans(true.slots)
        for record, true in passed
    ]
    return {
        "support": support,
        "confidence": confidence,
        "records": len(passed),
        "intent_precision": float(np.mean(intents)) if passed else None,
        "exact_precision": float(np.mean(whole)) if passed else None,
    }


def report() -> str:
    """The tables of the newest simulation."""
    line = result_lines.read(PATH)[-1]

    def percent(share: float | None) -> str:
        return "" if share is None else f"{100 * share:.1f}"

    precision = result_lines.markdown(
        ["support ≥", "confidence ≥", "records", "intent right, %", "all right, %"],
        [
            [
                str(row["support"]),
                str(row["confidence"]),
                str(row["records"]),
                percent(row["intent_precision"]),
                percent(row["exact_precision"]),
            ]
            for row in line["precision"]
        ],
    )
    scores = result_lines.markdown(
        ["trained on", "exact match on dev, %"],
        [[name, percent(share)] for name, share in line["exact_match"].items()],
    )
    return f"{precision}\n\n{scores}"


if __name__ == "__main__":
    main()
