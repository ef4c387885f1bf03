"""Writes the tables of all benchmarks, made from the result lines, into README.md."""

from __future__ import annotations

from pathlib import Path

import default_search
import paper_search
import results
import robustness
import same_splits
import semi_supervised
import speed
import supervised

README = Path(__file__).parent / "README.md"


def main() -> None:
    results.write_tables(
        README,
        (
            default_search,
            supervised,
            same_splits,
            paper_search,
            semi_supervised,
            robustness,
            speed,
        ),
    )
    if robustness.PATH.is_file():
        robustness.plot()


if __name__ == "__main__":
    main()
