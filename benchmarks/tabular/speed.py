"""Speed of our TabTransformer and of three peers: each model in its own process.

Same sizes, rows, batch and cores for all: d 32, 6 layers, 8 heads, feed-forward 128,
MLP {4l, 2l}, dropout 0.1, AdamW, batch 256 for training and prediction, float32.
Seconds are CPU seconds, so that other work on the machine counts little. Lines go to
`results/speed.jsonl`; a second start measures only what is missing; `--report` prints.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import results
from tqdm import tqdm

PATH = results.FOLDER / "speed.jsonl"
HERE = Path(__file__).parent
PEERS = ("pytorch-widedeep", "pytorch-tabular", "tab-transformer-pytorch")
BACKENDS = ("jax", "torch", "tensorflow")


def measure(model: str, name: str, threads: int, args: argparse.Namespace) -> dict:
    """Run one model in its own process and return the line that it prints."""
    peer = model in PEERS
    script = "speed_peers.py" if peer else "speed_ours.py"
    python = os.path.abspath(args.peer_python) if peer else sys.executable
    command = [python, str(HERE / script), "--model", model, "--set", name]
    command += ["--data", os.path.abspath(args.data), "--threads", str(threads)]
    command += ["--epochs", str(args.epochs)]
    environment = os.environ | {
        "OMP_NUM_THREADS": str(threads),
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": str(threads),
    }
    if not peer:
        environment["KERAS_BACKEND"] = model.removeprefix("keras_docs-")
    # Some peers write log folders where they run.
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True
        )
    if done.returncode:
        raise RuntimeError(f"{model} on {name} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def report() -> str:
    """Return one table per set and number of threads, with ratios to our best."""
    lines = results.read(PATH)
    parts = []
    for key in dict.fromkeys((x["set"], x["threads"]) for x in lines):
        group = [x for x in lines if (x["set"], x["threads"]) == key]
        ours = [x for x in group if x["model"].startswith("keras_docs")]
        best_epoch = min((x["epoch_cpu_s"] for x in ours), default=float("nan"))
        best_rows = max(
            (x["predict_rows_per_cpu_s"] for x in ours), default=float("nan")
        )
        body = [
            [
                x["model"],
                f"{x['epoch_cpu_s']:.2f}",
                f"{x['epoch_cpu_s'] / best_epoch:.1f}",
                f"{x['epoch_wall_s']:.2f}",
                f"{x['predict_rows_per_cpu_s']:,}",
                f"{best_rows / x['predict_rows_per_cpu_s']:.1f}",
                f"{x['predict_rows_per_wall_s']:,}",
                x["peak_mib"],
                f"{x['weights']:,}",
            ]
            for x in sorted(group, key=lambda x: x["epoch_cpu_s"])
        ]
        header = [f"{key[0]}, {key[1]} thread(s)", "CPU s/epoch", "x ours"]
        header += ["wall s/epoch", "rows/CPU s", "ours x", "rows/wall s"]
        parts.append(results.markdown([*header, "peak MiB", "weights"], body))
    return "\n\n".join(parts)


def main() -> None:
    ours = [f"keras_docs-{backend}" for backend in BACKENDS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder of the CSV files")
    parser.add_argument("--peer-python", help="interpreter with the peers installed")
    parser.add_argument("--models", default=",".join([*ours, *PEERS]))
    parser.add_argument("--sets", default="bank_marketing,1995_income")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--epochs", type=int, default=3, help="timed, after one more")
    parser.add_argument("--report", action="store_true")
    args = parser.parse_args()
    if args.report:
        print(report())
        return
    models = args.models.split(",")
    if not args.data or (set(models) & set(PEERS) and not args.peer_python):
        parser.error("give --data DIR, and --peer-python PATH to measure peers")
    done = results.done(PATH, "model", "set", "threads")
    jobs = [
        (model, name, int(threads))
        for name in args.sets.split(",")
        for threads in args.threads.split(",")
        for model in models
    ]
    bar = tqdm([job for job in jobs if job not in done])
    for model, name, threads in bar:
        bar.set_description(f"{name} {threads} {model}")
        results.append(PATH, measure(model, name, threads, args))


if __name__ == "__main__":
    main()
