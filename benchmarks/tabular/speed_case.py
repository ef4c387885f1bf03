"""What every timed process shares: the rows, the sizes, the clocks, the answer.

Used by `speed_peers.py` and `speed_ours.py`, each of which measures one model in its
own process and prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import time
from collections.abc import Callable

import pandas as pd
from datasets import TableSet, categorical_columns, load, split
from sklearn.metrics import roc_auc_score

DIM, LAYERS, HEADS, DROPOUT = 32, 6, 8, 0.1
BATCH = 256


class Clock:
    """CPU and wall seconds between ticks; a tick ends an epoch."""

    def __init__(self) -> None:
        self.cpu, self.wall = [], []
        self.tick()

    def tick(self) -> None:
        self.cpu.append(time.process_time())
        self.wall.append(time.perf_counter())

    def median(self) -> tuple[float, float]:
        """Median CPU and wall seconds of the epochs after the first (warm-up)."""
        pairs = [
            statistics.median(b - a for a, b in zip(t[1:], t[2:], strict=False))
            for t in (self.cpu, self.wall)
        ]
        return pairs[0], pairs[1]


def arguments(models: tuple[str, ...]) -> argparse.Namespace:
    """Parse the arguments of a timed process and bind it to its cores."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=models, required=True)
    parser.add_argument("--set", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=3)
    args = parser.parse_args()
    # Binding also limits runtimes that ignore thread settings (XLA among them).
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-args.threads :])
    return args


def rows(name: str, data: str) -> tuple[pd.DataFrame, pd.DataFrame, TableSet]:
    """Training rows of split 0 and all rows of the table for prediction.

    Missing numbers are set to 0: two peers answer NaN otherwise.
    """
    frame, record = load(name, data)
    numeric = frame.select_dtypes("number").columns
    frame[numeric] = frame[numeric].fillna(0)
    frame[record.target] = (frame[record.target] == record.positive).astype(int)
    return split(frame, record, 0)[0].reset_index(drop=True), frame, record


def columns(frame: pd.DataFrame, record: TableSet) -> tuple[list[str], list[str]]:
    """Names of the categorical and of the numeric columns."""
    categorical = categorical_columns(frame, record)
    features = frame.columns.drop(record.target)
    return categorical, [c for c in features if c not in categorical]


def measure(
    args: argparse.Namespace,
    fit: Callable,
    weights: Callable[[], int],
) -> None:
    """Time the fit by epochs and three predictions; print the JSON line.

    Args:
        args: from `arguments`.
        fit: `fit(train, record, epochs, clock)` returns `predict(frame)`, which goes
            from a DataFrame to the probabilities of class 1.
        weights: gives the number of trained weights, after `fit`.
    """
    train, everything, record = rows(args.set, args.data)
    features = everything.drop(columns=record.target)
    clock = Clock()
    predict = fit(train, record, args.epochs + 1, clock)
    epoch_cpu, epoch_wall = clock.median()
    predict(features.head(4 * BATCH))
    times = []
    for _ in range(3):
        start = time.process_time(), time.perf_counter()
        probability = predict(features)
        times.append((time.process_time() - start[0], time.perf_counter() - start[1]))
    # A low value would say that the timed model does not learn what it should.
    auc = roc_auc_score(everything[record.target], probability)
    cpu, wall = (statistics.median(t) for t in zip(*times, strict=True))
    line = {
        "model": args.model,
        "set": args.set,
        "threads": args.threads,
        "epoch_cpu_s": round(epoch_cpu, 3),
        "epoch_wall_s": round(epoch_wall, 3),
        "first_epoch_cpu_s": round(clock.cpu[1] - clock.cpu[0], 3),
        "predict_rows_per_cpu_s": round(len(features) / cpu),
        "predict_rows_per_wall_s": round(len(features) / wall),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "weights": weights(),
        "train_rows": len(train),
        "auc_all_rows": round(100 * float(auc), 1),
    }
    print(json.dumps(line))
