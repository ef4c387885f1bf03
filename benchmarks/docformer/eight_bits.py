"""An answer of the shipped preset in 8 bits, and with its weights made floats.

    KERAS_BACKEND=torch python eight_bits.py

A question about a drawn form is asked again and again, of both in turn. Each run
appends a line to `results/eight_bits.jsonl`, with medians of wall-clock seconds.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

sys.path.append(str(Path(__file__).resolve().parents[1]))

import result_lines  # noqa: E402

PATH = Path(__file__).with_name("results") / "eight_bits.jsonl"
PRESET = "docformer_v2_tiny_docs_en"
PAIRS = [("Date:", "3 May 2021"), ("Number:", "1042"), ("City:", "Ghent")]
WARM_UP, ROUNDS = 3, 15


def main() -> None:
    import keras

    import keras_docs

    page = keras_docs.form_page([{"header": "Order", "pairs": PAIRS}], seed=0)
    eight = keras_docs.DocFormerV2.from_preset(PRESET)
    seconds: dict[str, list[float]] = {"8 bits": [], "floats": []}
    models = dict(zip(seconds, (eight, eight.dequantize()), strict=True))
    for number in range(WARM_UP + ROUNDS):
        for name, model in models.items():
            taken = timed(lambda model=model: model.answer(page, "What is the date?"))
            if number >= WARM_UP:
                seconds[name].append(taken)
    medians = {name: round(statistics.median(s), 3) for name, s in seconds.items()}
    result_lines.append(PATH, {"backend": keras.backend.backend(), **medians})
    print(report())


def timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def report() -> str:
    """The newest line of each backend."""
    lines = {line["backend"]: line for line in result_lines.read(PATH)}
    return result_lines.markdown(
        ["backend", "8 bits, s", "floats, s"],
        [[name, line["8 bits"], line["floats"]] for name, line in lines.items()],
    )


if __name__ == "__main__":
    main()
