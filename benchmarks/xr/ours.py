"""keras_docs in its own process: one task, one JSON line.

A tiny model is trained and asked before the clocks start, so that no time is that of
numba's compiler.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from timed import (
    BEAM,
    TOP,
    arguments,
    label_lists,
    matrix,
    quality,
    ranking_times,
    resident_bytes,
    texts,
    timed,
)

import keras_docs
from keras_docs.models.xr.convert_pecos import load_pecos_xlinear
from keras_docs.models.xr.label_representation import pifa

TINY_ROWS = 500


def compile_kernels(folder: Path) -> None:
    x, y = (matrix(folder, name)[:TINY_ROWS] for name in ("X.trn", "Y.trn"))
    tree = keras_docs.hierarchical_kmeans(pifa(x, y))
    model = keras_docs.XRLinear(x.shape[1], y.shape[1])
    model.fit(x, y, tree=tree, verbose=0).predict(x[:3])


def measure_training(folder: Path, threads: int, mode: str) -> dict:
    """Train on our own tree, or with the mode `libpecos' tree` on that."""
    line: dict = {}
    compile_kernels(folder)
    x, y = matrix(folder, "X.trn"), matrix(folder, "Y.trn")
    if mode:
        tree = load_pecos_xlinear(folder / "libpecos").tree
    else:
        z = timed("representation", lambda: pifa(x, y), line)
        tree = timed(
            "tree", lambda: keras_docs.hierarchical_kmeans(z, n_jobs=threads), line
        )
    model = keras_docs.XRLinear(x.shape[1], y.shape[1])
    timed(
        "rankers", lambda: model.fit(x, y, tree=tree, n_jobs=threads, verbose=0), line
    )
    ids, _ = model.predict(matrix(folder, "X.tst"), TOP, n_jobs=threads)
    return line | quality(matrix(folder, "Y.tst"), ids)


def measure_from_text(folder: Path, threads: int, mode: str) -> dict:
    """Train an `XRRanker` on texts; the mode is the size of the ensemble."""
    line: dict = {}
    compile_kernels(folder)
    documents, labels = texts(folder, "trn"), label_lists(matrix(folder, "Y.trn"))
    keras_docs.XRRanker().fit(documents[:2000], labels[:2000], verbose=0)
    ranker = keras_docs.XRRanker(ensemble=int(mode))
    timed("fit", lambda: ranker.fit(documents, labels, n_jobs=threads, verbose=0), line)
    ids, _ = ranker.predict(texts(folder, "tst"), TOP, n_jobs=threads)
    numbers = np.array([*map(int, ranker.preprocessor.labels), -1])
    return line | quality(matrix(folder, "Y.tst"), numbers[ids])


def convert(folder: Path, threads: int, mode: str) -> dict:
    """Import libpecos' model and save it as a preset."""
    line: dict = {}
    model = timed("import", lambda: load_pecos_xlinear(folder / "libpecos"), line)
    model.save_to_preset(folder / "preset")
    return line


def load(folder: Path) -> keras_docs.XRLinear:
    return keras_docs.XRLinear.from_preset(folder / "preset")


def predict(model: keras_docs.XRLinear, x, threads: int):
    return model.predict(x, TOP, beam_size=BEAM, n_jobs=threads)


def measure_ranking(folder: Path, threads: int, mode: str) -> dict:
    """Time rankings, and compare the answers with libpecos'."""
    compile_kernels(folder)
    model, x = load(folder), matrix(folder, "X.tst")
    ids, _ = predict(model, x, threads)
    theirs = np.sort(np.load(folder / "libpecos_ids.npy"), 1)
    equal = float((np.sort(ids, 1) == theirs).all(1).mean())
    times = ranking_times(lambda rows, count: predict(model, rows, count), x, threads)
    return times | {"equal_top_10": equal}


def measure_loading(folder: Path, threads: int, mode: str) -> dict:
    line: dict = {}
    compile_kernels(folder)
    x = matrix(folder, "X.tst")
    before = resident_bytes()
    model = timed("load", lambda: load(folder), line)
    timed("first", lambda: predict(model, x[:1], threads), line)
    predict(model, x, threads)
    return line | {"resident_bytes": resident_bytes() - before}


TASKS = {
    "train": measure_training,
    "from_text": measure_from_text,
    "convert": convert,
    "rank": measure_ranking,
    "load": measure_loading,
}


def main() -> None:
    args = arguments(tuple(TASKS))
    print(json.dumps(TASKS[args.task](args.folder, args.threads, args.mode)))


if __name__ == "__main__":
    main()
