"""English labels only: how much is understood in the other languages?

    KERAS_BACKEND=torch python zero_shot.py --data DIR
    KERAS_BACKEND=torch python zero_shot.py --data DIR --pretraining mlm
    KERAS_BACKEND=torch python zero_shot.py --data DIR --pretraining tlm \\
        --pretrained tlm_encoder --dictionaries panlex_en-x.tsv.xz
    KERAS_BACKEND=torch python zero_shot.py --data DIR --pretraining ranking \\
        --texts 587000 --dtype float32 --pretrained ranked
    KERAS_BACKEND=torch python zero_shot.py --data DIR --pretraining ranking \\
        --texts 587000 --dtype float32 --pretrained ranked \\
        --dictionaries panlex_en-x.tsv.xz

A tiny model is trained on the English training part of MASSIVE and scored on the test
part of all locales. Before that its encoder may be pretrained on the training part of
all locales, without labels: `mlm` hides tokens of a text (Devlin et al. 2019), `tlm` of
an English text and its translation side by side (Conneau and Lample 2019), which share
an id; `ranking` tells which text translates an English one (`TranslationRanker`, two
epochs), and the token embeddings then stay as they are. With `--dictionaries` words of
the English texts are replaced by translations, other ones in each epoch (Qin et al.
2020). No id of the development or test part is used in any locale. A line per locale
goes to `results/zero_shot.jsonl`.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

sys.path.append(str(Path(__file__).resolve().parents[1]))

import result_lines  # noqa: E402

PATH = Path(__file__).with_name("results") / "zero_shot.jsonl"
ENGLISH, NOT_IN_THE_PAPER = "en-US", "ca-ES"
# Small: on one core there is time for few texts, and they have to make many steps.
PRETRAINING_BATCH = 128
PRETRAININGS = ("none", "mlm", "tlm", "ranking")
RANKING_BATCH, RANKING_EPOCHS = 512, 2
SCORES = ("intent_accuracy", "slot_f1", "exact_match")


def main() -> None:
    options = arguments()
    if not options.report:
        measure(options)
    print(report())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder of <locale>.jsonl")
    parser.add_argument(
        "--tokenizer", default="multilingual_nlu_tiny_massive", help="of this preset"
    )
    parser.add_argument("--pretraining", choices=PRETRAININGS, default="none")
    parser.add_argument("--texts", type=int, default=600_000, help="to pretrain on")
    parser.add_argument(
        "--pretrained", help="folder that keeps the pretrained encoder for further runs"
    )
    parser.add_argument("--dictionaries", help="a file of English words in other ones")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--dtype", default="mixed_bfloat16")
    parser.add_argument("--report", action="store_true", help="print the table only")
    return parser.parse_args()


def measure(options: argparse.Namespace) -> None:
    import keras

    import keras_docs
    from keras_docs.datasets.read_massive import read_massive
    from keras_docs.metrics.nlu_report import nlu_report

    keras.utils.set_random_seed(0)
    train = read_massive(options.data, partition="train")
    english = [row for row in train if row.locale == ENGLISH]
    preprocessor = keras_docs.MultilingualNLUPreprocessor(
        keras_docs.MultilingualNLUPreprocessor.from_preset(options.tokenizer).tokenizer
    ).adapt(english)
    backbone = encoder(options, preprocessor, train)
    backbone.token_embedding.trainable = options.pretraining != "ranking"
    model = keras_docs.MultilingualNLU(
        backbone, preprocessor, pooling="max", token_dropout=0.1
    )
    fit(model, english, options)
    test = read_massive(options.data, partition="test")
    scores = nlu_report(test, model.parse([row.text for row in test]))
    for locale, row in scores.drop(index="mean").iterrows():
        line = {
            "pretraining": options.pretraining,
            "texts": 0 if options.pretraining == "none" else options.texts,
            "code_switching": bool(options.dictionaries),
            "locale": locale,
            **{score: round(float(row[score]), 5) for score in SCORES},
        }
        result_lines.append(PATH, line)


def encoder(options: argparse.Namespace, preprocessor, train: list):
    """A tiny one: of random weights, pretrained, or pretrained before and kept."""
    import keras_docs

    if options.pretrained and Path(options.pretrained).exists():
        return keras_docs.MultilingualNLUBackbone.from_preset(
            options.pretrained, dtype=options.dtype
        )
    backbone = keras_docs.MultilingualNLUBackbone(
        preprocessor.tokenizer.vocabulary_size(), dtype=options.dtype
    )
    if options.pretraining == "ranking":
        rank(backbone, preprocessor, pairs_for(options, train))
    elif options.pretraining != "none":
        pretrain(backbone, preprocessor, texts_for(options, train))
    if options.pretrained:
        backbone.save_to_preset(options.pretrained)
    return backbone


def texts_for(options: argparse.Namespace, train: list) -> list[str]:
    """Texts to pretrain on: each alone, or English and a translation side by side."""
    if options.pretraining == "tlm":
        draw = random.Random(0)
        # Neither language is always the first.
        return [" ".join(draw.sample(pair, 2)) for pair in pairs_for(options, train)]
    texts = [row.text for row in train]
    random.Random(0).shuffle(texts)
    return texts[: options.texts]


def pairs_for(options: argparse.Namespace, train: list) -> list[tuple[str, str]]:
    """English texts and their translations, which share an id."""
    english = {row.id: row.text for row in train if row.locale == ENGLISH}
    pairs = [(english[row.id], row.text) for row in train if row.locale != ENGLISH]
    random.Random(0).shuffle(pairs)
    return pairs[: options.texts]


def pretrain(backbone, preprocessor, texts: list[str]) -> None:
    import keras_docs

    task = keras_docs.MultilingualNLUMaskedLM(backbone, preprocessor)
    task.compile(optimizer=optimizer(1e-3, len(texts) // PRETRAINING_BATCH))
    task.fit(texts, batch_size=PRETRAINING_BATCH, epochs=1, verbose=2)


def rank(backbone, preprocessor, pairs: list[tuple[str, str]]) -> None:
    import keras_docs

    ranker = keras_docs.TranslationRanker(backbone, preprocessor)
    steps = RANKING_EPOCHS * (len(pairs) // RANKING_BATCH)
    ranker.compile(optimizer=optimizer(2e-3, steps), loss=ranker.loss)
    ranker.fit(pairs, RANKING_BATCH, epochs=RANKING_EPOCHS, verbose=2)


def fit(model, english: list, options: argparse.Namespace) -> None:
    from keras_docs import code_switch

    switched = None
    if options.dictionaries:
        from keras_docs.datasets.read_bilingual_dictionary import (
            read_bilingual_dictionary,
        )

        switched = read_bilingual_dictionary(options.dictionaries)
    rows = len(english) * (2 if switched else 1)
    model.compile(optimizer=optimizer(1e-3, options.epochs * (rows // 64)))
    for epoch in range(options.epochs):
        records = list(english)
        if switched:
            records += code_switch(english, switched, seed=epoch)
        model.fit(records, batch_size=64, epochs=1, verbose=2)


def optimizer(learning_rate: float, steps: int):
    import keras

    warmup = steps // 10
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warmup, warmup_target=learning_rate, warmup_steps=warmup
    )
    return keras.optimizers.AdamW(schedule, weight_decay=0.01, global_clipnorm=1.0)


def report() -> str:
    groups: dict[tuple, dict[str, dict]] = {}
    for line in result_lines.read(PATH):
        key = (line["pretraining"], line["texts"], line["code_switching"])
        groups.setdefault(key, {})[line["locale"]] = line
    rows = []
    for (pretraining, texts, switched), own in groups.items():
        others = [
            line
            for locale, line in own.items()
            if locale not in (ENGLISH, NOT_IN_THE_PAPER)
        ]
        means = [sum(line[score] for line in others) / len(others) for score in SCORES]
        best = max(others, key=lambda line: line["exact_match"])
        rows.append(
            [
                f"{pretraining}, {texts:,} texts" if texts else pretraining,
                "yes" if switched else "no",
                *(f"{100 * own[ENGLISH][score]:.1f}" for score in SCORES),
                *(f"{100 * mean:.1f}" for mean in means),
                f"{best['locale']} {100 * best['exact_match']:.1f}",
            ]
        )
    header = [
        "pretraining",
        "code-switching",
        *(f"English {name}" for name in ("intent", "F1", "EM")),
        *(f"others {name}" for name in ("intent", "F1", "EM")),
        "best EM",
    ]
    return result_lines.markdown(header, rows)


if __name__ == "__main__":
    main()
