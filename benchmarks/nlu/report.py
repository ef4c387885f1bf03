"""Writes the tables of `README.md` anew from the result lines."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

import calibration  # noqa: E402
import distillation  # noqa: E402
import evaluate  # noqa: E402
import linear_floor  # noqa: E402
import result_lines  # noqa: E402
import self_learning  # noqa: E402
import speed  # noqa: E402
import tokenizing  # noqa: E402
import zero_shot  # noqa: E402

BENCHMARKS = (
    evaluate,
    calibration,
    linear_floor,
    zero_shot,
    distillation,
    self_learning,
    speed,
    tokenizing,
)

if __name__ == "__main__":
    result_lines.write_tables(Path(__file__).with_name("README.md"), BENCHMARKS)
