"""From nothing to the first prediction, offline: one whole process each.

Start of Python, imports, loading `tab_transformer_income` from a local folder, and the
prediction of its example rows. KerasHub loads the same model from h5; the prediction is
the same code.
"""

from __future__ import annotations

import argparse
import json
import tempfile

import measuring

PRESET = measuring.HERE.parents[1] / "presets" / "tab_transformer_income"
PATH = measuring.RESULTS / "first_prediction.jsonl"
LOADERS = ("KerasHub", "ours")


def measure_here(loader: str, folder: str) -> dict:
    """Load and predict; return what was predicted, and the seconds of the load."""
    import pandas as pd

    import keras_docs

    if loader == "KerasHub":
        import peer

        load = peer.load_task
    else:
        load = keras_docs.TabTransformer.from_preset
    models = []
    wall, cpu = measuring.seconds(lambda: models.append(load(folder)))
    rows = pd.read_csv(PRESET / "assets" / "example_rows.csv")
    mean = float(models[0].predict(rows, verbose=0)[:, 1].mean())
    return {
        "load_s": round(wall, 3),
        "load_cpu_s": round(cpu, 3),
        "mean_prediction": round(mean, 5),
    }


def save_as_h5(folder: str) -> None:
    import keras_docs

    model = keras_docs.TabTransformer.from_preset(PRESET)
    model.save_to_preset(folder, weights_format="h5")


def report() -> str:
    lines = measuring.read(PATH)
    rows = []
    for backend in dict.fromkeys(line["backend"] for line in lines):
        for loader in LOADERS:
            values = [
                measuring.median(lines, field, backend=backend, loader=loader)
                for field in ("process_s", "process_cpu_s", "load_s", "load_cpu_s")
            ]
            rows.append([backend, loader, *(f"{value:.2f}" for value in values)])
    header = ["backend", "loader", "whole process, s", "CPU s"]
    return measuring.markdown([*header, "load alone, s", "CPU s"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", choices=LOADERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure_here(args.one, args.folder)))
        return
    with tempfile.TemporaryDirectory() as folder:
        h5 = f"{folder}/h5"
        save_as_h5(h5)

        def measure(backend: str, loader: str) -> dict:
            source = h5 if loader == "KerasHub" else str(PRESET)
            arguments = ("--one", loader, "--folder", source)
            settings = {"KERAS_BACKEND": backend, "HF_HUB_OFFLINE": "1"}
            return measuring.run_process("first_prediction.py", *arguments, **settings)

        cases = [
            {"backend": backend, "loader": loader}
            for backend in measuring.BACKENDS
            for loader in LOADERS
        ]
        measuring.measure_all(PATH, cases, measure, args.repeats)
    predictions = {line["mean_prediction"] for line in measuring.read(PATH)}
    if max(predictions) - min(predictions) > 1e-4:
        raise ValueError(f"The loaders do not agree: {sorted(predictions)}")


if __name__ == "__main__":
    main()
