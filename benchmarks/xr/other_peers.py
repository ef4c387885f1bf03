"""napkinXC (probabilistic label trees) and Omikuji (Parabel), with their defaults."""

from __future__ import annotations

import features
import measuring
from training import SCORES, keys

PATH = measuring.RESULTS / "other_peers.jsonl"
MODELS = ("Omikuji", "napkinXC")


def report() -> str:
    lines = measuring.read(PATH)
    rows = []
    for case in keys(lines, "set", "threads", "model"):
        fields = (*SCORES, "train_s", "train_cpu_s", "batch_ms", "batch_cpu_ms")
        *scores, wall, cpu, batch, batch_cpu = (
            measuring.least(lines, field, **case) for field in fields
        )
        cells = [f"{value:.2f}" for value in scores]
        cells += [f"{wall:.1f}", f"{cpu:.1f}", f"{batch:.3f}", f"{batch_cpu:.3f}"]
        rows.append([*case.values(), *cells])
    header = ["set", "threads", "model", *SCORES, "training, wall s", "CPU s"]
    return measuring.markdown([*header, "query, wall ms", "CPU ms"], rows)


def main() -> None:
    args = measuring.parser(__doc__, "debian-tags,tibkat-gnd").parse_args()
    jobs = [
        {**case, "threads": int(threads), "model": model, "repeat": repeat}
        for case in features.cases(args.sets.split(","), args.tokens.split(","))
        for repeat in range(args.repeats)
        for threads in args.threads.split(",")
        for model in MODELS
    ]
    measuring.measure_all(
        PATH,
        jobs,
        lambda job: measuring.run_task(
            args, measuring.OTHERS, "train", job, job["model"]
        ),
        args.seconds,
    )


if __name__ == "__main__":
    main()
