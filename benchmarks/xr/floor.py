"""How many bytes a query has to touch, the floor of any beam search in this order.

Counted on test rows with the model that libpecos trained: for each query and each
cluster that the beam reaches, the features they share, and the weights behind those.
A weight is taken as 5 bytes (a float and a column of one byte), a look-up of a feature
in a cluster as 16 (64 bits and a count), a shared feature as 8 (where its weights are).
The bandwidth is that of summing an array that fits no cache, one thread.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import features
import measuring
import numpy as np
from scipy import sparse
from timed import BEAM, matrix
from training import keys

PATH = measuring.RESULTS / "floor.jsonl"
QUERIES = 1000
WEIGHT_BYTES, LOOK_UP_BYTES, HIT_BYTES = 5, 16, 8


def report() -> str:
    lines = measuring.read(PATH)
    times = measuring.read(measuring.RESULTS / "inference.jsonl")
    rows = []
    # What else the machine does can only lower it.
    rate = max(line["bytes_per_s"] for line in lines)
    for case in keys(lines, "set"):
        line = next(line for line in lines if line["set"] == case["set"])
        measured = measuring.least(times, "batch_1_ms", model="ours", **case)
        if math.isnan(measured):
            continue
        floor = 1000 * line["bytes"] / rate
        counts = [f"{line[name]:.0f}" for name in ("look_ups", "hits", "weights")]
        cells = [f"{line['bytes'] / 1000:.1f}", f"{rate / 1e9:.1f}"]
        cells += [f"{floor:.4f}", f"{measured:.4f}", f"{measured / floor:.1f}"]
        rows.append([case["set"], *counts, *cells])
    header = ["set", "look-ups", "shared features", "weights", "kB", "GB/s"]
    header += ["floor, ms", "ours, ms", "times the floor"]
    return measuring.markdown(header, rows)


def touched(folder: Path) -> dict[str, float]:
    """Count what one query touches, on average."""
    from keras_docs import LabelTree, XRLinear
    from keras_docs.models.xr.convert_pecos import load_pecos_xlinear

    model = load_pecos_xlinear(folder / "libpecos")
    x = matrix(folder, "X.tst")
    # Evenly spread: files may be sorted.
    x = x[:: max(1, x.shape[0] // QUERIES)]
    weights = [weights for weights, _ in model.to_layers()]
    counts = {"look_ups": 0.0, "hits": 0.0, "weights": 0.0}
    for level, level_weights in enumerate(weights):
        parents = model.tree.parents[level]
        shape = len(parents), parents.max() + 1
        nodes = np.arange(len(parents))
        children = sparse.csr_matrix((np.ones(len(parents)), (nodes, parents)), shape)
        used = (level_weights != 0).astype("float32") @ children
        beam = np.zeros((x.shape[0], 1), int)
        if level:
            upper = LabelTree(model.tree.parents[:level])
            search = XRLinear.from_layers(upper, model.to_layers()[:level])
            beam, _ = search.predict(x, min(BEAM, upper.num_labels))
        for row, clusters in enumerate(beam):
            asked = used[x.indices[x.indptr[row] : x.indptr[row + 1]]][
                :, clusters[clusters >= 0]
            ]
            counts["look_ups"] += asked.shape[0] * asked.shape[1]
            counts["hits"] += asked.nnz
            counts["weights"] += asked.sum()
    return {name: float(value) / x.shape[0] for name, value in counts.items()}


def bandwidth() -> float:
    """Return the bytes that one thread reads in a second."""
    values = np.ones(2**26, "float32")
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        values.max()
        seconds.append(time.perf_counter() - start)
    return values.nbytes / min(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="as for features.py")
    parser.add_argument("--sets", default="debian-tags,tibkat-gnd,yso-finna-en")
    parser.add_argument("--tokens", default="white_space")
    args = parser.parse_args()
    rate = bandwidth()

    def measure(job: dict) -> dict:
        counts = touched(features.folder_of(args.work, job))
        size = (
            counts["look_ups"] * LOOK_UP_BYTES
            + counts["hits"] * HIT_BYTES
            + counts["weights"] * WEIGHT_BYTES
        )
        return counts | {"bytes": size, "bytes_per_s": rate}

    jobs = features.cases(args.sets.split(","), args.tokens.split(","))
    measuring.measure_all(PATH, jobs, measure, float("inf"))


if __name__ == "__main__":
    main()
