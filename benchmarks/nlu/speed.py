"""Raw strings to parsed records: ours beside Hugging Face, an encoder of equal shape.

    pip install "keras-docs[jax,torch]" "transformers>=5.23"
    python speed.py --data DIR --backends jax,torch,tensorflow

The peer is what a user of Transformers would write: XLM-RoBERTa with two heads on one
encoder of the same shape (layers, width, vocabulary), its fast tokenizer trained on the
same texts, softmax, and words put together to slots by `word_ids()`; once as a
`transformers.Pipeline`, once without what that adds (`lean`). Both get the same texts
of MASSIVE's dev part in a fixed random order, one at a time and by 64. Weights do not
matter for speed: the peer's are random. Both also run in bfloat16, and ours with layers
in 8 bits; `evaluate.py` measures what that costs in accuracy (`--dtype mixed_bfloat16`,
`--quantize int8`).

Each runs in a process of its own, in turns, `--repeats` times; a line per run goes to
`results/speed.jsonl`, and the table shows medians. `--threads 1` is one core.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

import result_lines  # noqa: E402

PATH = Path(__file__).with_name("results") / "speed.jsonl"
BATCHES = (1, 64)
TEXTS = {1: 300, 64: 3200}
DTYPES = ("float32", "bfloat16")
OUR_DTYPES = (*DTYPES, "int8")
PEERS = ("transformers", "transformers, lean")
SYSTEMS = ("keras_docs", *PEERS)


def main() -> None:
    options = arguments()
    if options.system:
        run_one(options)
    elif not options.report:
        for _ in range(options.repeats):
            for dtype in options.dtypes.split(","):
                for backend in options.backends.split(","):
                    start(options, "keras_docs", backend, dtype)
                for peer in PEERS if dtype in DTYPES else ():
                    start(options, peer, "torch", dtype)
    print(report() if not options.system else "")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder of <locale>.jsonl")
    parser.add_argument("--preset", default="multilingual_nlu_tiny_massive")
    parser.add_argument("--backends", default="jax")
    parser.add_argument("--dtypes", default=",".join(OUR_DTYPES))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--system", choices=SYSTEMS, help=argparse.SUPPRESS)
    parser.add_argument("--dtype", choices=OUR_DTYPES, help=argparse.SUPPRESS)
    parser.add_argument("--report", action="store_true", help="print the table only")
    return parser.parse_args()


def start(options: argparse.Namespace, system: str, backend: str, dtype: str) -> None:
    """One run in a process of its own, on as many cores as threads."""
    threads = str(options.threads)
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "OMP_NUM_THREADS": threads,
        "TOKENIZERS_PARALLELISM": "false",
        "TF_NUM_INTRAOP_THREADS": threads,
        "TF_NUM_INTEROP_THREADS": threads,
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    command = [sys.executable, __file__, *sys.argv[1:]]
    command += ["--system", system, "--dtype", dtype]
    if sys.platform == "linux":
        cores = ",".join(map(str, range(options.threads)))
        command = ["taskset", "-c", cores, *command]
    subprocess.run(command, env=environment, check=True)


def run_one(options: argparse.Namespace) -> None:
    from keras_docs.datasets.read_massive import read_massive

    texts = [row.text for row in read_massive(options.data, partition="dev")]
    random.Random(0).shuffle(texts)
    for size in BATCHES:
        parse = ours(options) if options.system not in PEERS else theirs(options, size)
        chosen = texts[: TEXTS[size]]
        batches = [chosen[i : i + size] for i in range(0, len(chosen), size)]
        # Compiles each length and fills caches.
        for batch in batches + of_each_length(texts, size):
            parse(batch)
        times = []
        fresh = texts[TEXTS[size] : 2 * TEXTS[size]]
        for i in range(0, len(fresh), size):
            begun = time.perf_counter()
            parse(fresh[i : i + size])
            times.append(time.perf_counter() - begun)
        result_lines.append(
            PATH,
            {
                "system": options.system,
                "backend": os.environ["KERAS_BACKEND"],
                "dtype": options.dtype,
                "threads": options.threads,
                "batch": size,
                "median_ms": round(1000 * statistics.median(times), 4),
                "texts_per_second": round(len(fresh) / sum(times), 1),
            },
        )


def of_each_length(texts: list[str], size: int) -> list[list[str]]:
    """Fifty batches, from the shortest texts to the longest."""
    by_length = sorted(texts, key=len)
    last = len(by_length) - size
    return [by_length[i : i + size] for i in range(0, last + 1, max(1, last // 49))]


def ours(options: argparse.Namespace):
    import keras_docs

    dtype = {"bfloat16": "mixed_bfloat16"}.get(options.dtype, "float32")
    model = keras_docs.MultilingualNLU.from_preset(options.preset, dtype=dtype)
    if options.dtype == "int8":
        model.quantize("int8")
    return model.parse


def theirs(options: argparse.Namespace, batch_size: int):
    from peer_transformers import JointParser, JointPipeline

    parser = JointParser(options.preset, options.threads, options.dtype)
    return parser if "lean" in options.system else JointPipeline(parser, batch_size)


def report() -> str:
    lines = result_lines.read(PATH)
    groups: dict[tuple, list[dict]] = {}
    for line in lines:
        fields = ("threads", "batch", "system", "backend", "dtype")
        key = tuple(line[field] for field in fields)
        groups.setdefault(key, []).append(line)
    rows = []
    for (threads, batch, system, backend, dtype), runs in sorted(groups.items()):
        speed = statistics.median(run["texts_per_second"] for run in runs)
        ratios = []
        for peer_dtype in DTYPES:
            peer = groups[(threads, batch, "transformers", "torch", peer_dtype)]
            theirs = statistics.median(run["texts_per_second"] for run in peer)
            ratios.append(f"{speed / theirs:.2f}")
        latency = statistics.median(run["median_ms"] for run in runs)
        rows.append(
            [
                str(threads),
                str(batch),
                f"{system} ({backend})",
                dtype,
                f"{latency:.2f}",
                f"{speed:,.0f}",
                *ratios,
            ]
        )
    header = ["threads", "batch", "system", "numbers", "ms a batch", "texts/s"]
    header += [f"times the peer in {dtype}" for dtype in DTYPES]
    return result_lines.markdown(header, rows)


if __name__ == "__main__":
    main()
