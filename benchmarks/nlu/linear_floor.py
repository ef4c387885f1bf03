"""The floor: a linear SVM for intents and a CRF for slots, for each locale alone.

Trained on a locale's training part of MASSIVE, scored on its test part by the same
metrics as our models. The SVM reads tf-idf of character 2- to 5-grams within words and
of word 1- and 2-grams; the CRF reads words, affixes, shapes and neighbours, and in
ja-JP, zh-CN and zh-TW characters. Settings are the same for all locales.

    python -m venv peers
    peers/bin/pip install numpy pandas scikit-learn==1.9.1 python-crfsuite==0.9.12
    PYTHONPATH=../.. peers/bin/python linear_floor.py --data DIR --locales en-US,de-DE

DIR: the release's `<locale>.jsonl`, compressed or not. Locales that are in the results
are skipped; remove their lines to measure them again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.datasets.read_massive import read_massive
from keras_docs.metrics.massive_labels import OUTSIDE, massive_labels
from keras_docs.metrics.massive_tokens import CHARACTER_LOCALES, massive_tokens
from keras_docs.metrics.nlu_report import nlu_report

sys.path.append(str(Path(__file__).resolve().parents[1]))

import result_lines  # noqa: E402

if TYPE_CHECKING:
    import pycrfsuite
    from sklearn.pipeline import Pipeline

PATH = Path(__file__).with_name("results") / "linear_floor.jsonl"
NEIGHBOURS, AFFIXES = (-2, -1, 1, 2), (1, 2, 3, 4)
CRF = {"c1": 0.1, "c2": 0.05, "max_iterations": 80}
SCORES = ("intent_accuracy", "slot_f1", "exact_match")


def report() -> str:
    lines = sorted(result_lines.read(PATH), key=lambda line: line["locale"])
    rows = [
        [line["locale"], *(f"{100 * line[score]:.1f}" for score in SCORES)]
        for line in lines
    ]
    means = [sum(line[score] for line in lines) / len(lines) for score in SCORES]
    rows.append(
        [f"mean of {len(lines)} locales", *(f"{100 * mean:.1f}" for mean in means)]
    )
    header = ["locale", "intent accuracy, %", "slot F1, %", "exact match, %"]
    return result_lines.markdown(header, rows)


def fit_intents(rows: Sequence[LabelledUtterance]) -> Pipeline:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    characters = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True
    )
    words = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), sublinear_tf=True)
    model = make_pipeline(make_union(characters, words), LinearSVC())
    return model.fit([row.text for row in rows], [row.intent for row in rows])


def features(row: LabelledUtterance) -> list[list[str]]:
    """Names of the features of each token."""
    words = [token.lower() for token, _, _ in massive_tokens(row.text, row.locale)]
    neighbours = NEIGHBOURS
    if row.locale in CHARACTER_LOCALES:
        neighbours = (-3, *NEIGHBOURS, 3)

    def at(i: int) -> str:
        if i < 0:
            return "<s>"
        return words[i] if i < len(words) else "</s>"

    rows = []
    for i, word in enumerate(words):
        names = ["bias", f"w={word}", f"shape={_shape(word)}"]
        names += [f"w{k}={at(i + k)}" for k in neighbours]
        names += [f"{k}:{at(i + k)}_{at(i + k + 1)}" for k in (-2, -1, 0, 1)]
        names.append(f"around={at(i - 1)}_{at(i + 1)}")
        for length in AFFIXES:
            if length < len(word):
                names += [f"pre={word[:length]}", f"suf={word[-length:]}"]
        for k in (-1, 1):
            names += [f"suf{k}={at(i + k)[-3:]}", f"shape{k}={_shape(at(i + k))}"]
        rows.append(names)
    return rows


def _shape(word: str) -> str:
    if any(character.isdigit() for character in word):
        return "digit"
    return "ascii" if word.isascii() else "other"


def fit_slots(rows: Sequence[LabelledUtterance]) -> pycrfsuite.Tagger:
    import pycrfsuite

    trainer = pycrfsuite.Trainer(algorithm="lbfgs", params=CRF, verbose=False)
    for row in rows:
        trainer.append(features(row), massive_labels(row.text, row.slots, row.locale))
    tagger = pycrfsuite.Tagger()
    with tempfile.TemporaryDirectory() as folder:
        trainer.train(f"{folder}/slots.crf")
        # `open_inmemory` keeps no reference to the bytes, and reads freed memory.
        tagger.open(f"{folder}/slots.crf")
    return tagger


def slots(row: LabelledUtterance, labels: Sequence[str]) -> list[dict]:
    """Runs of one label as spans of characters."""
    found: list[dict] = []
    before = OUTSIDE
    tokens = massive_tokens(row.text, row.locale)
    for (_, start, end), label in zip(tokens, labels, strict=True):
        if label != OUTSIDE and label == before:
            found[-1]["end"] = end
        elif label != OUTSIDE:
            found.append({"type": label, "start": start, "end": end})
        before = label
    return found


def measure(data: Path, locale: str) -> dict:
    train = read_massive(data, locale, "train")
    test = read_massive(data, locale, "test")
    start = time.process_time()
    intents = fit_intents(train)
    middle = time.process_time()
    tagger = fit_slots(train)
    end = time.process_time()
    predicted = [
        {"intent": str(intent), "slots": slots(row, tagger.tag(features(row)))}
        for row, intent in zip(
            test, intents.predict([row.text for row in test]), strict=True
        )
    ]
    scores = nlu_report(test, predicted).loc[locale]
    line = {"locale": locale, "utterances": int(scores["utterances"])}
    line |= {name: round(float(scores[name]), 5) for name in scores.index[1:]}
    line["slot_f1_as_annotated"], line["exact_match_as_annotated"] = (
        nlu_report(test, predicted, official=False)
        .loc[locale, ["slot_f1", "exact_match"]]
        .astype(float)
        .round(5)
    )
    return line | {
        "intent_cpu_s": round(middle - start, 1),
        "slot_cpu_s": round(end - middle, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--locales", default="en-US,de-DE,ja-JP,sw-KE")
    args = parser.parse_args()
    done = {line["locale"] for line in result_lines.read(PATH)}
    for locale in args.locales.split(","):
        if locale not in done:
            line = measure(args.data, locale)
            result_lines.append(PATH, line)
            print(line, flush=True)


if __name__ == "__main__":
    main()
