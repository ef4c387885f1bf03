"""What every timed process shares: rows, clocks, memory, quality.

Runs in the peers' environment too, so that it needs NumPy and SciPy only.
"""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import sparse

TOP = 10
BEAM = 10
SINGLE_QUERIES = 2000
BATCH_PASSES = 3


def arguments(tasks: tuple[str, ...]) -> argparse.Namespace:
    """Parse the arguments of a timed process and bind it to its cores."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", choices=tasks, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="of the features")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--mode", default="", help="of the model, such as a layout")
    args = parser.parse_args()
    # Binding also limits runtimes that ignore thread settings.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-args.threads :])
    return args


def matrix(folder: Path, name: str) -> sparse.csr_matrix:
    """Read one of the matrices that `features.py` wrote, float32."""
    return sparse.csr_matrix(sparse.load_npz(folder / f"{name}.npz"), dtype="float32")


def label_lists(y: sparse.csr_matrix) -> list[list[str]]:
    """Return the labels of each row as strings."""
    names = [str(label) for label in y.indices]
    return [names[a:b] for a, b in zip(y.indptr[:-1], y.indptr[1:], strict=True)]


def texts(folder: Path, part: str) -> list[str]:
    """Return the documents, one a line."""
    return (folder / f"texts.{part}.txt").read_text().split("\n")


def timed(name: str, call: Callable[[], object], into: dict) -> object:
    """Call, and note wall and CPU seconds of all threads under `name`."""
    gc.collect()
    start = time.perf_counter(), time.process_time()
    result = call()
    into[f"{name}_s"] = round(time.perf_counter() - start[0], 4)
    into[f"{name}_cpu_s"] = round(time.process_time() - start[1], 4)
    return result


def resident_bytes() -> int:
    """Return the memory of this process that is in RAM; Linux."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def quality(truth: sparse.csr_matrix, ids: np.ndarray) -> dict[str, float]:
    """Return P@1, P@3, P@5 and R@10 of rankings (rows, k), in percent."""
    is_right = np.zeros(ids.shape, bool)
    for row, ranked in enumerate(ids):
        relevant = truth.indices[truth.indptr[row] : truth.indptr[row + 1]]
        is_right[row] = np.isin(ranked, relevant)
    measured = {f"P@{k}": is_right[:, :k].mean() for k in (1, 3, 5)}
    found, relevant = is_right[:, :10].sum(1), np.diff(truth.indptr)
    has_labels = relevant > 0
    measured["R@10"] = (found[has_labels] / relevant[has_labels]).mean()
    return {name: round(100 * float(value), 3) for name, value in measured.items()}


def ranking_times(predict: Callable, x: sparse.csr_matrix, threads: int) -> dict:
    """Return milliseconds per query of batches and of queries one at a time.

    Args:
        predict: function of rows and a number of threads.
        x: the rows.
        threads: int, the most; batches are ranked with 1, ... threads.

    Returns:
        For t threads `batch_t_ms` and `batch_t_cpu_ms`, the least of several passes;
        and `p50_ms`, `p95_ms` and `single_cpu_ms` of queries one at a time, one thread.
    """
    times: dict = {}
    for count in range(1, threads + 1):
        passes: list[dict] = [{} for _ in range(BATCH_PASSES)]
        for line in passes:
            timed("batch", lambda count=count: predict(x, count), line)
        for clock in ("", "cpu_"):
            least = min(line[f"batch_{clock}s"] for line in passes)
            times[f"batch_{count}_{clock}ms"] = 1000 * least / x.shape[0]
    queries = [x[row] for row in range(min(SINGLE_QUERIES, x.shape[0]))]
    for query in queries[:50]:
        predict(query, 1)
    wall, start_cpu = [], time.process_time()
    for query in queries:
        start = time.perf_counter()
        predict(query, 1)
        wall.append(1000 * (time.perf_counter() - start))
    times["single_cpu_ms"] = 1000 * (time.process_time() - start_cpu) / len(queries)
    p50, p95 = np.percentile(wall, [50, 95])
    return times | {"p50_ms": float(p50), "p95_ms": float(p95)}
