"""Writes the tables of `README.md` anew from the result lines."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

import ablations  # noqa: E402
import answer_questions  # noqa: E402
import eight_bits  # noqa: E402
import label_forms  # noqa: E402
import link_forms  # noqa: E402
import result_lines  # noqa: E402
import speed  # noqa: E402

BENCHMARKS = (label_forms, ablations, link_forms, answer_questions, speed, eight_bits)

if __name__ == "__main__":
    result_lines.write_tables(Path(__file__).with_name("README.md"), BENCHMARKS)
