"""101 MB of float32 weights from local disk into a model: h5 against safetensors.

h5 by `Model.load_weights`, which is what KerasHub calls; safetensors by ours. Files
are in the page cache. The model is built before, so the seconds are those of reading
and assigning alone.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path

import measuring

PATH = measuring.RESULTS / "weights_file.jsonl"
FORMATS = ("h5", "safetensors")
# Number of tensors to (width, number) of square dense layers with a bias each.
SHAPES = {768: (256, 384), 48: (1024, 24)}
LOADS = 3


def measure(backend: str, tensors: int, weights_format: str) -> dict:
    arguments = ("--one", weights_format, "--tensors", str(tensors))
    return measuring.run_process("weights_file.py", *arguments, KERAS_BACKEND=backend)


def dense_layers(width: int, number: int):
    """A stack of dense layers."""
    import keras

    inputs = outputs = keras.Input((width,))
    for index in range(number):
        outputs = keras.layers.Dense(width, name=f"dense_{index}")(outputs)
    return keras.Model(inputs, outputs)


def loading(model, weights_format: str, folder: Path):
    """Save the weights, and return the call that loads them."""
    from keras_docs.models.base import weights

    if weights_format == "h5":
        path = folder / "model.weights.h5"
        model.save_weights(str(path))
        return lambda: model.load_weights(str(path))
    path = folder / "model.safetensors"
    weights.save_weights(path, model.weights)
    return lambda: weights.load_weights(path, model.weights)


def measure_here(tensors: int, weights_format: str) -> dict:
    """Load LOADS times, each into a model; memory is that of the first load."""
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        # A small model first: what is imported and compiled belongs to no load.
        loading(dense_layers(8, 2), weights_format, Path(folder))()
        model = dense_layers(*SHAPES[tensors])
        load = loading(model, weights_format, Path(folder))
        saved = [np.array(v) for v in model.weights]
        size = sum(value.nbytes for value in saved)
        model.set_weights([np.zeros(v.shape, "float32") for v in model.weights])
        start = measuring.memory("VmRSS")
        measuring.forget_peak()
        times = [measuring.seconds(load)]
        peak = measuring.memory("VmHWM") - start
        times += [measuring.seconds(load) for _ in range(LOADS - 1)]
        for variable, value in zip(model.weights, saved, strict=True):
            np.testing.assert_array_equal(np.array(variable), value)
    wall, cpu = (statistics.median(t) for t in zip(*times, strict=True))
    return {
        "megabytes": round(size / 1e6, 1),
        "load_s": round(wall, 4),
        "load_cpu_s": round(cpu, 4),
        "first_load_s": round(times[0][0], 4),
        "peak_per_weights": round(peak / size, 3),
    }


def report() -> str:
    lines = measuring.read(PATH)
    rows = []
    for tensors in SHAPES:
        for backend in measuring.BACKENDS:
            found = [
                [
                    measuring.median(
                        lines, field, backend=backend, tensors=tensors, weights_format=x
                    )
                    for field in ("load_s", "load_cpu_s", "peak_per_weights")
                ]
                for x in FORMATS
            ]
            (h5, h5_cpu, h5_peak), (ours, ours_cpu, ours_peak) = found
            row = [tensors, backend, f"{h5 * 1e3:.0f} ({h5_cpu * 1e3:.0f})"]
            row += [f"{ours * 1e3:.0f} ({ours_cpu * 1e3:.0f})"]
            row += [f"{h5 / ours:.1f} ({h5_cpu / ours_cpu:.1f})"]
            rows.append([*row, f"{h5_peak:.2f}", f"{ours_peak:.2f}"])
    header = ["tensors", "backend", "h5, ms (CPU ms)", "ours, ms (CPU ms)"]
    header += ["h5 / ours (CPU)", "h5: peak / weights", "ours: peak / weights"]
    return measuring.markdown(header, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", choices=FORMATS, help=argparse.SUPPRESS)
    parser.add_argument("--tensors", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure_here(args.tensors, args.one)))
        return
    cases = [
        {"backend": backend, "tensors": tensors, "weights_format": weights_format}
        for backend in measuring.BACKENDS
        for tensors in SHAPES
        for weights_format in FORMATS
    ]
    measuring.measure_all(PATH, cases, measure, args.repeats)


if __name__ == "__main__":
    main()
