"""Training in rounds of some steps, for so many steps or seconds."""

from __future__ import annotations

import argparse
import json
import math
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

WARM_UP = 0.06
CHECKPOINT_SECONDS = 120
# Batches that rows of like length are put together in.
POOL = 32
WEIGHT_DECAY = 0.01
OPTIMIZERS: dict[str, Callable[[float], keras.optimizers.Optimizer]] = {
    "adamw": lambda rate: keras.optimizers.AdamW(
        rate, weight_decay=WEIGHT_DECAY, global_clipnorm=1.0
    ),
    "adafactor": lambda rate: keras.optimizers.Adafactor(
        rate, weight_decay=WEIGHT_DECAY, relative_step=False
    ),
}


class Draws(keras.utils.PyDataset):
    """Rows in random order, each once before any comes again.

    Args:
        rows: int, how many there are.
        batch: function of an int array of rows that makes a batch.
        batch_size: int.
        round_steps: int, batches of a round: what Keras takes for an epoch.
        seed: int.
        workers: int, threads that make batches.
        lengths: int array (rows,), or `None`. Rows of like length come together.
    """

    def __init__(
        self,
        rows: int,
        batch: Callable[[np.ndarray], Any],
        batch_size: int,
        round_steps: int,
        seed: int = 0,
        workers: int = 1,
        lengths: np.ndarray | None = None,
    ):
        super().__init__(workers=workers, max_queue_size=4 * workers)
        self._batch = batch
        self._size = min(batch_size, rows)
        self._steps = round_steps
        self._rows = rows
        self._lengths = lengths
        self._random = np.random.default_rng(seed)
        self._order = np.zeros(0, "int64")
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, index: int) -> Any:
        with self._lock:
            if len(self._order) < self._size:
                self._order = np.concatenate([self._order, self._drawn()])
            rows, self._order = np.split(self._order, [self._size])
        return self._batch(rows)

    def _drawn(self) -> np.ndarray:
        """All rows once."""
        order = self._random.permutation(self._rows)
        if self._lengths is None:
            return order
        pools = []
        for start in range(0, len(order), POOL * self._size):
            pool = order[start : start + POOL * self._size]
            pool = pool[np.argsort(self._lengths[pool], kind="stable")]
            batches = np.split(pool, range(self._size, len(pool), self._size))
            # A last one that is not whole stays last.
            shuffled = self._random.permutation(len(pool) // self._size)
            pools += [batches[i] for i in shuffled] + batches[len(shuffled) :]
        return np.concatenate(pools)


class Budget(keras.callbacks.Callback):
    """Ends training when steps or seconds are used up; the learning rate follows.

    It rises in a line and falls as a cosine over the whole. The first round, which
    compiles, counts in seconds, but not for the learning rate.

    Args:
        learning_rate: float, the highest.
        steps: int, or `None`.
        seconds: float, or `None`.
        round_steps: int.
        folder: where a checkpoint is kept every two minutes, to go on from.
    """

    def __init__(
        self,
        learning_rate: float,
        steps: int | None,
        seconds: float | None,
        round_steps: int,
        folder: str | Path,
    ):
        super().__init__()
        if (steps is None) == (seconds is None):
            raise ValueError(
                f"Give steps or seconds. Received: steps={steps}, seconds={seconds}."
            )
        self.learning_rate = learning_rate
        self.rounds = None if steps is None else math.ceil(steps / round_steps)
        self.seconds = seconds
        self.round_steps = round_steps
        self.folder = Path(folder)
        self.first_round = 0
        self._used = 0.0
        self._saved = 0.0
        self._compiled: float | None = None
        self._started = 0.0

    @property
    def _state(self) -> Path:
        return self.folder / "progress.json"

    def on_train_begin(self, logs: Any = None) -> None:
        self._started = self._saved = time.perf_counter()

    def resume(self, model: keras.Model) -> int:
        """Loads what a killed run left, if any; returns the round to go on with."""
        if self._state.is_file():
            state = json.loads(self._state.read_text())
            # What it has gathered can only be loaded into variables that are there.
            model.optimizer.build(model.trainable_variables)
            model.load_weights(self.folder / state["weights"])
            self._used, self.first_round = state["seconds"], state["round"]
        return self.first_round

    def share(self, number: int) -> float:
        """How much of the training is done before a round."""
        if self.rounds is not None:
            return number / self.rounds
        if self._compiled is None:
            return self._used / self.seconds
        done = self._used + time.perf_counter() - self._started - self._compiled
        return done / max(self.seconds - self._compiled, 1e-9)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        share = min(self.share(epoch), 1.0)
        rise = (share + 0.2 * WARM_UP) / WARM_UP
        fall = 0.5 + 0.5 * math.cos(math.pi * max(share - WARM_UP, 0) / (1 - WARM_UP))
        self.model.optimizer.learning_rate = self.learning_rate * min(rise, fall)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        now = time.perf_counter()
        if self._compiled is None:
            self._compiled = now - self._started
        if self.share(epoch + 1) >= 1:
            self.model.stop_training = True
        elif now - self._saved > CHECKPOINT_SECONDS:
            self._save(epoch + 1, now)

    def _save(self, number: int, now: float) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        # The state names the weights last, so that a kill leaves the older pair whole.
        name = f"{number % 2}.weights.h5"
        self.model.save_weights(self.folder / name)
        seconds = self._used + now - self._started
        state = {"weights": name, "round": number, "seconds": seconds}
        aside = self._state.with_suffix(".part")
        aside.write_text(json.dumps(state))
        aside.replace(self._state)
        self._saved = now


class Lines(keras.callbacks.Callback):
    """Appends a line of JSON for each round, and prints it.

    Args:
        path: file.
        **facts: what each line says besides.
    """

    def __init__(self, path: str | Path, **facts: Any):
        super().__init__()
        self.path = Path(path)
        self.facts = facts
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        seconds = round(time.perf_counter() - self._started, 1)
        figures = {k: round(float(v), 4) for k, v in (logs or {}).items()}
        self.write({"round": epoch + 1, "seconds": seconds, **figures})

    def write(self, line: dict[str, Any]) -> None:
        """Appends a line."""
        text = json.dumps({**self.facts, **line})
        print(text, flush=True)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as file:
            file.write(text + "\n")


def train(
    model: keras.Model,
    rows: Any,
    args: argparse.Namespace,
    folder: Path,
    seconds: float | None = None,
    batch: Callable[[np.ndarray], Any] | None = None,
) -> Lines:
    """Trains as the command line says; what a killed run left is gone on with.

    Args:
        model: a Keras model; a task's preprocessor is not called.
        rows: what has `rows`, their number, `lengths`, and `batch`, which makes
            `(x, y, sample_weight)` of an int array of rows.
        args: with `batch_size`, `round_steps`, `seed`, `learning_rate`, `steps`,
            `results`, and `optimizer`: `"adamw"`; or `"adafactor"`, whose steps are as
            large as the rate times the weights they change, and which T5 was trained
            with.
        folder: the preset that will be; checkpoints are beside it.
        seconds: float, or `None` to count steps.
        batch: instead of the rows' own.

    Returns:
        `Lines`, to write what comes of it.
    """
    draws = Draws(
        rows.rows,
        batch or rows.batch,
        args.batch_size,
        args.round_steps,
        args.seed,
        workers=4,
        lengths=rows.lengths,
    )
    checkpoints = folder.with_name(f"{folder.name}_checkpoints")
    budget = Budget(
        args.learning_rate, args.steps, seconds, args.round_steps, checkpoints
    )
    lines = Lines(args.results, run=folder.name)
    model.compile(optimizer=OPTIMIZERS[args.optimizer](args.learning_rate))
    _fit(model, draws, budget, lines)
    shutil.rmtree(checkpoints, ignore_errors=True)
    return lines


def _fit(model: keras.Model, draws: Draws, budget: Budget, lines: Lines) -> None:
    first = budget.resume(model)
    most = budget.rounds or 10**9
    if first < most:
        keras.Model.fit(
            model,
            draws,
            initial_epoch=first,
            epochs=most,
            callbacks=[budget, lines],
            verbose=0,
        )
