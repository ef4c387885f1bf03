"""Writes the tables of all benchmarks, made from the result lines, into README.md."""

from __future__ import annotations

import re
from pathlib import Path

import robustness
import semi_supervised
import speed
import supervised

README = Path(__file__).parent / "README.md"
BENCHMARKS = (supervised, semi_supervised, robustness, speed)


def main() -> None:
    text = README.read_text()
    for benchmark in BENCHMARKS:
        if not benchmark.PATH.is_file():
            continue
        mark = f"<!-- {benchmark.__name__} -->"
        block = f"{mark}\n\n{benchmark.report()}\n\n{mark}"
        pattern = re.compile(f"{mark}.*{mark}", re.DOTALL)
        text, found = pattern.subn(lambda _, block=block: block, text)
        if found != 1:
            raise ValueError(f"{README.name} must hold the pair {mark} once.")
    README.write_text(text)
    if robustness.PATH.is_file():
        robustness.plot()


if __name__ == "__main__":
    main()
