"""Time and memory of XRLinear from a thousand to a million labels, default settings.

One process for each size; one training row a label. Memory is the highest in use less
that before training, beside the size of the training data and of the model.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys

import measuring
from synthetic import documents
from timed import TOP, quality, resident_bytes, timed

PATH = measuring.RESULTS / "scale.jsonl"
PICTURE = measuring.RESULTS / "scale.png"
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)


def measure_here(labels: int) -> dict:
    import keras_docs

    line: dict = {}
    x, y, x_test, y_test = documents(1000)
    keras_docs.XRLinear(x.shape[1], 1000).fit(x, y, verbose=0).predict(x_test[:3])
    x, y, x_test, y_test = documents(labels)
    before = resident_bytes()
    model = keras_docs.XRLinear(x.shape[1], labels)
    timed("fit", lambda: model.fit(x, y, verbose=0), line)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    ids, _ = model.predict(x_test, TOP)
    timed("batch", lambda: model.predict(x_test, TOP), line)
    return line | {
        "rows": x.shape[0],
        "data_bytes": sum(m.data.nbytes + m.indices.nbytes for m in (x, y)),
        "model_bytes": sum(array.nbytes for array in model.arrays.values()),
        "peak_bytes": peak - before,
        "query_ms": 1000 * line["batch_cpu_s"] / x_test.shape[0],
        "depth": model.tree.depth,
        **quality(y_test, ids),
    }


def measure(job: dict) -> dict:
    done = subprocess.run(
        [sys.executable, __file__, "--one", str(job["labels"])],
        env={"KERAS_BACKEND": "jax"} | os.environ,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{job} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def report() -> str:
    rows = [
        [
            f"{line['labels']:,}",
            line["depth"],
            f"{line['fit_cpu_s']:.1f}",
            f"{1e6 * line['fit_cpu_s'] / line['labels']:.0f}",
            *(
                f"{line[name] / 2**20:.0f}"
                for name in ("data_bytes", "model_bytes", "peak_bytes")
            ),
            f"{line['peak_bytes'] / (line['data_bytes'] + line['model_bytes']):.1f}",
            f"{line['query_ms']:.4f}",
            f"{line['P@1']:.1f}",
        ]
        for line in measuring.read(PATH)
    ]
    header = ["labels", "levels", "fit, CPU s", "µs a label", "data, MiB", "model, MiB"]
    header += ["peak, MiB", "peak / (data + model)", "query, CPU ms", "P@1"]
    return measuring.markdown(header, rows)


def plot() -> None:
    """Draw time and memory against the number of labels, both axes logarithmic."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = sorted(measuring.read(PATH), key=lambda line: line["labels"])
    labels = [line["labels"] for line in lines]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 4), layout="constrained")
    left.loglog(labels, [line["fit_cpu_s"] for line in lines], marker="o", label="fit")
    left.loglog(
        labels, [line["query_ms"] for line in lines], marker="o", label="query, ms"
    )
    left.set_ylabel("CPU seconds")
    for name in ("peak", "model", "data"):
        values = [line[f"{name}_bytes"] / 2**20 for line in lines]
        right.loglog(labels, values, marker="o", label=name)
    right.set_ylabel("MiB")
    for axes in (left, right):
        axes.set_xlabel("labels")
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(PICTURE, dpi=100)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure_here(args.one)))
        return
    jobs = [{"labels": int(size)} for size in args.sizes.split(",")]
    measuring.measure_all(PATH, jobs, measure, args.seconds)


if __name__ == "__main__":
    main()
