"""Writes the tables, made from the result lines, into README.md."""

from __future__ import annotations

import re

import first_prediction
import measuring
import warm_load
import weights_file

README = measuring.HERE / "README.md"


def main() -> None:
    text = README.read_text()
    for benchmark in (warm_load, weights_file, first_prediction):
        if not benchmark.PATH.is_file():
            continue
        mark = f"<!-- {benchmark.__name__} -->"
        block = f"{mark}\n\n{benchmark.report()}\n\n{mark}"
        pattern = re.compile(f"{mark}.*{mark}", re.DOTALL)
        text, found = pattern.subn(lambda _, block=block: block, text)
        if found != 1:
            raise ValueError(f"{README.name} must hold the pair {mark} once.")
    README.write_text(text)


if __name__ == "__main__":
    main()
