"""Processes; result lines and tables as all benchmarks have."""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import features

HERE = Path(__file__).resolve().parent
# The scripts run from their own folder; what all benchmarks share is above it.
sys.path.append(str(HERE.parent))

from result_lines import append, markdown, read, write_tables  # noqa: E402

__all__ = [
    "HERE",
    "LIBPECOS",
    "OTHERS",
    "OURS",
    "RESULTS",
    "markdown",
    "measure_all",
    "least",
    "parser",
    "read",
    "run_task",
    "write_tables",
]

RESULTS = HERE / "results"
OURS, LIBPECOS, OTHERS = "ours.py", "peer_libpecos.py", "peer_others.py"


def parser(
    description: str, sets: str, tokens: str = "white_space"
) -> argparse.ArgumentParser:
    """Return the arguments that all scripts share."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--work", type=Path, required=True, help="as for features.py")
    made.add_argument("--peer-python", required=True, help="interpreter with the peers")
    made.add_argument("--sets", default=sets)
    made.add_argument("--tokens", default=tokens)
    made.add_argument("--threads", default="1,2")
    made.add_argument("--repeats", type=int, default=3)
    made.add_argument(
        "--seconds",
        type=float,
        default=float("inf"),
        help="start no measurement after so many, for machines that are not idle",
    )
    return made


def run_task(
    args: argparse.Namespace, script: str, task: str, case: dict, mode: str = ""
) -> dict:
    """Run one task in its own process and return the JSON line that it prints."""
    python = sys.executable if script == OURS else os.path.abspath(args.peer_python)
    threads = str(case.get("threads", 1))
    folder = features.folder_of(args.work.resolve(), case)
    command = [python, str(HERE / script), "--task", task, "--folder", str(folder)]
    command += ["--threads", threads, "--mode", mode]
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    environment = {"KERAS_BACKEND": "jax"} | os.environ | dict.fromkeys(names, threads)
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure_all(
    path: Path, jobs: list[dict], measure: Callable[[dict], dict], seconds: float
) -> None:
    """Measure the jobs in order; what has its line is left out.

    The jobs of one comparison follow each other, so that what else the machine does
    falls on all of them alike.
    """
    start = time.monotonic()
    for job in jobs:
        done = [{key: line.get(key) for key in job} for line in read(path)]
        if job in done:
            continue
        if time.monotonic() - start > seconds:
            return
        line = job | measure(job)
        print(json.dumps(line), flush=True)
        append(path, line)


def least(lines: Iterable[dict], field: str, **where: object) -> float:
    """Return the least value of a field over the lines of one case; NaN without one.

    Of times that is the one least disturbed by what else the machine does.
    """
    chosen = [x for x in lines if all(x.get(k) == v for k, v in where.items())]
    return min((line[field] for line in chosen if field in line), default=math.nan)
