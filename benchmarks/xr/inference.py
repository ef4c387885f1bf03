"""Ranking with the same weights: those of libpecos' model, which ours imports.

Batches of all test rows, and queries that come one at a time; beam 10, the best 10
labels. libpecos runs in both of its layouts that are fast; the faster counts.
"""

from __future__ import annotations

import features
import measuring
from training import keys

PATH = measuring.RESULTS / "inference.jsonl"
LAYOUTS = ("HASH_CHUNKED", "BINARY_SEARCH_CHUNKED")
MODELS = (*LAYOUTS, "ours")


def report() -> str:
    lines = measuring.read(PATH)
    return "\n\n".join(
        [
            "Batch, milliseconds a query:",
            batch_table(lines),
            "One at a time, milliseconds:",
            single_table(lines),
        ]
    )


def batch_table(lines: list[dict]) -> str:
    rows = []
    for case in keys(lines, "set"):
        equal = measuring.least(lines, "equal_top_10", model="ours", **case)
        for threads in (1, 2):
            cells = []
            for clock in ("ms", "cpu_ms"):
                times = [
                    measuring.least(lines, f"batch_{threads}_{clock}", model=x, **case)
                    for x in MODELS
                ]
                cells += [f"{value:.4f}" for value in times]
                cells.append(f"{min(times[:2]) / times[2]:.2f}")
            rows.append([case["set"], threads, *cells, f"{100 * equal:.2f} %"])
    names = ["libpecos, hash", "binary search", "ours", "best / ours"]
    header = ["set", "threads", *names, *(f"{name} (CPU)" for name in names)]
    return measuring.markdown([*header, "equal top 10"], rows)


def single_table(lines: list[dict]) -> str:
    rows = []
    for case in keys(lines, "set"):
        fields = ("p50_ms", "p95_ms", "single_cpu_ms")
        times = [
            [measuring.least(lines, field, model=model, **case) for field in fields]
            for model in MODELS
        ]
        cells = [" / ".join(f"{value:.3f}" for value in each) for each in times]
        columns = zip(*times, strict=True)
        ratios = [f"{min(theirs) / own:.1f}" for *theirs, own in columns]
        rows.append([case["set"], *cells, " / ".join(ratios)])
    header = ["set", "libpecos, hash: p50 / p95 / mean CPU", "binary search", "ours"]
    return measuring.markdown([*header, "best / ours"], rows)


def ensure_converted(args, case: dict) -> None:
    """Give ours the weights that libpecos learned, as a preset."""
    folder = features.folder_of(args.work, case)
    if not (folder / "libpecos").is_dir():
        raise SystemExit(f"{folder} has no model of libpecos. Run training.py first.")
    if not (folder / "preset").is_dir():
        measuring.run_task(args, measuring.OURS, "convert", case)


def run(args, task: str, job: dict) -> dict:
    if job["model"] == "ours":
        return measuring.run_task(args, measuring.OURS, task, job)
    return measuring.run_task(args, measuring.LIBPECOS, task, job, mode=job["model"])


def main() -> None:
    sets = "bibtex,delicious,debian-tags,tibkat-gnd,yso-finna-en"
    args = measuring.parser(__doc__, sets).parse_args()
    cases = features.cases(args.sets.split(","), args.tokens.split(","))
    for case in cases:
        ensure_converted(args, case)
    jobs = [
        {**case, "threads": 2, "model": model, "repeat": repeat}
        for case in cases
        for repeat in range(args.repeats)
        for model in MODELS
    ]
    measuring.measure_all(PATH, jobs, lambda job: run(args, "rank", job), args.seconds)


if __name__ == "__main__":
    main()
