"""Loading a model from disk, and the memory it needs to answer.

The same weights, files in the page cache. "First" is the first answer after loading,
when what was put off is done. Memory is what the process holds in RAM after a pass
over the test rows, less what it held before loading; mapped files count.
"""

from __future__ import annotations

import features
import measuring
from inference import MODELS, ensure_converted, run
from training import keys

PATH = measuring.RESULTS / "loading.jsonl"


def report() -> str:
    lines = measuring.read(PATH)
    rows = []
    for case in keys(lines, "set"):
        for model in MODELS:
            load, cpu, first, memory = (
                measuring.least(lines, field, model=model, **case)
                for field in ("load_s", "load_cpu_s", "first_s", "resident_bytes")
            )
            cells = [f"{value:.3f}" for value in (load, cpu, first)]
            rows.append([case["set"], model, *cells, f"{memory / 2**20:.0f}"])
    header = ["set", "model", "load, s", "CPU s", "first answer, s", "memory, MiB"]
    return measuring.markdown(header, rows)


def main() -> None:
    args = measuring.parser(__doc__, "debian-tags,tibkat-gnd,yso-finna-en").parse_args()
    cases = features.cases(args.sets.split(","), args.tokens.split(","))
    for case in cases:
        ensure_converted(args, case)
    jobs = [
        {**case, "threads": 1, "model": model, "repeat": repeat}
        for case in cases
        for repeat in range(args.repeats)
        for model in MODELS
    ]
    measuring.measure_all(PATH, jobs, lambda job: run(args, "load", job), args.seconds)


if __name__ == "__main__":
    main()
