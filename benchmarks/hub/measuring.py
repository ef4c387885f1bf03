"""Processes, memory and medians; result lines and tables as all benchmarks have."""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The scripts run from their own folder; what all benchmarks share is above it.
sys.path.append(str(HERE.parent))

from result_lines import append, markdown, read, write_tables  # noqa: E402

__all__ = [
    "BACKENDS",
    "HERE",
    "RESULTS",
    "forget_peak",
    "markdown",
    "measure_all",
    "median",
    "memory",
    "read",
    "run_process",
    "seconds",
    "write_tables",
]

RESULTS = HERE / "results"
BACKENDS = ("jax", "torch", "tensorflow")


def run_process(script: str, *arguments: str, **environment: str) -> dict:
    """Run a script in its own process and return the JSON line it prints last.

    Wall and CPU seconds of the whole process are added. Threads are limited to one:
    with more, the times of a machine that does other work too say little.
    """
    settings = os.environ | {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    start, before = time.perf_counter(), os.times()
    done = subprocess.run(
        [sys.executable, str(HERE / script), *arguments],
        env=settings | environment,
        capture_output=True,
        text=True,
    )
    wall, after = time.perf_counter() - start, os.times()
    if done.returncode:
        raise RuntimeError(f"{script} {arguments} failed:\n{done.stderr[-2000:]}")
    line = json.loads(done.stdout.strip().splitlines()[-1])
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return line | {"process_s": round(wall, 3), "process_cpu_s": round(cpu, 3)}


def measure_all(path: Path, cases: list[dict], measure: Callable, repeats: int) -> None:
    """Measure every case `repeats` times, in turn; what has its line is left out.

    Taking turns makes what else the machine does fall on all cases alike.
    """
    jobs = [{**case, "repeat": i} for i in range(repeats) for case in cases]
    done = [{key: line[key] for key in jobs[0]} for line in read(path)]
    for job in jobs:
        if job in done:
            continue
        case = {key: value for key, value in job.items() if key != "repeat"}
        line = job | measure(**case)
        print(json.dumps(line), flush=True)
        append(path, line)


def seconds(call: Callable[[], object]) -> tuple[float, float]:
    """Return wall and CPU seconds of a call."""
    start = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - start[0], time.process_time() - start[1]


def memory(field: str) -> int:
    """Return `VmRSS` (now) or `VmHWM` (highest) of this process in bytes; Linux."""
    gc.collect()
    text = Path("/proc/self/status").read_text()
    line = next(line for line in text.splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024


def forget_peak() -> None:
    """Let `VmHWM` start again from what is in use now."""
    Path("/proc/self/clear_refs").write_text("5")


def median(lines: Iterable[dict], field: str, **where: object) -> float:
    """Return the median of a field over the lines of one case."""
    chosen = [x for x in lines if all(x[k] == v for k, v in where.items())]
    return statistics.median(line[field] for line in chosen)
