"""Writes the tables, made from the result lines, into README.md."""

from __future__ import annotations

import first_prediction
import measuring
import warm_load
import weights_file


def main() -> None:
    benchmarks = (warm_load, weights_file, first_prediction)
    measuring.write_tables(measuring.HERE / "README.md", benchmarks)


if __name__ == "__main__":
    main()
