"""Tokenizing and padding: texts per second and core.

    python tokenizing.py --data DIR

All 52 locales of MASSIVE's dev part, by 64 and by 4,096 texts, `encode_pieces` and
`pad`: words that were never seen (`cold`) and then again (`warm`: in use, nearly all
words have been). Beside it KerasHub's XLM-R preprocessor, with the same SentencePiece
model, on the first 2,000 texts. The table shows medians of `--repeats`.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

sys.path.append(str(Path(__file__).resolve().parents[1]))

import result_lines  # noqa: E402

PATH = Path(__file__).with_name("results") / "tokenizing.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder of <locale>.jsonl")
    parser.add_argument("--preset", default="multilingual_nlu_tiny_massive")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    from keras_docs.datasets.read_massive import read_massive

    texts = [row.text for row in read_massive(options.data, partition="dev")]
    random.Random(0).shuffle(texts)
    for _ in range(options.repeats):
        for size in (64, 4096):
            for name, seconds, count in runs(options.preset, texts, size):
                speed = round(count / seconds)
                line = {"system": name, "batch": size, "texts_per_second": speed}
                result_lines.append(PATH, line)
    print(report())


def runs(preset: str, texts: list[str], size: int):
    import keras_hub

    import keras_docs

    ours = keras_docs.MultilingualNLUPreprocessor.from_preset(preset)

    def encode(batch: list[str]) -> None:
        ours.pad(ours.encode_pieces(batch))

    yield "keras_docs, cold", timed(encode, texts, size), len(texts)
    yield "keras_docs, warm", timed(encode, texts, size), len(texts)
    theirs = keras_hub.models.XLMRobertaTextClassifierPreprocessor(
        keras_hub.tokenizers.XLMRobertaTokenizer(ours.tokenizer.proto),
        sequence_length=64,
    )
    few = texts[:2000]
    yield "keras_hub", timed(theirs, few, size), len(few)


def timed(function, texts: list[str], size: int) -> float:
    begun = time.perf_counter()
    for i in range(0, len(texts), size):
        function(texts[i : i + size])
    return time.perf_counter() - begun


def report() -> str:
    groups: dict[tuple, list[float]] = {}
    for line in result_lines.read(PATH):
        key = (line["batch"], line["system"])
        groups.setdefault(key, []).append(line["texts_per_second"])
    rows = [
        [str(batch), system, f"{statistics.median(speeds):,.0f}"]
        for (batch, system), speeds in sorted(groups.items())
    ]
    return result_lines.markdown(["batch", "system", "texts/s"], rows)


if __name__ == "__main__":
    main()
