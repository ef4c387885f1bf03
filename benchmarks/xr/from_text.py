"""From texts and labels to a trained ranker, with everybody's own defaults.

Ours: `XRRanker().fit(texts, labels)`, and the same with three trees. libpecos: its own
vectorizer with our settings for the vocabulary, then one XR-Linear model.
"""

from __future__ import annotations

import features
import measuring
from training import SCORES, STAGES, keys

PATH = measuring.RESULTS / "from_text.jsonl"
ENSEMBLES = {"XRRanker()": "1", "XRRanker(ensemble=3)": "3"}
MODELS = ("libpecos", *ENSEMBLES)


def with_totals(lines: list[dict]) -> list[dict]:
    """Add the sum of libpecos' stages, with and without the reading of texts."""
    for line in lines:
        if line["model"] == "libpecos":
            for clock in ("s", "cpu_s"):
                line[f"trees_{clock}"] = sum(line[f"{x}_{clock}"] for x in STAGES)
                line[f"fit_{clock}"] = line[f"trees_{clock}"] + line[f"text_{clock}"]
    return lines


def report() -> str:
    lines = with_totals(measuring.read(PATH))
    rows = []
    for case in keys(lines, "set", "threads"):
        base = measuring.least(lines, "fit_s", model="libpecos", **case)
        base_cpu = measuring.least(lines, "fit_cpu_s", model="libpecos", **case)
        for model in MODELS:
            if not any({**case, "model": model}.items() <= x.items() for x in lines):
                continue
            wall, cpu, *scores = (
                measuring.least(lines, field, model=model, **case)
                for field in ("fit_s", "fit_cpu_s", *SCORES)
            )
            times = [f"{wall:.1f}", f"{wall / base:.2f}"]
            times += [f"{cpu:.1f}", f"{cpu / base_cpu:.2f}"]
            scores = [f"{value:.2f}" for value in scores]
            rows.append([*case.values(), model, *scores, *times])
    header = ["set", "threads", "model", *SCORES, "wall s", "/ libpecos"]
    return measuring.markdown([*header, "CPU s", "/ libpecos"], rows)


def main() -> None:
    args = measuring.parser(__doc__, "debian-tags,tibkat-gnd").parse_args()

    def measure(job: dict) -> dict:
        if job["model"] == "libpecos":
            return measuring.run_task(args, measuring.LIBPECOS, "from_text", job)
        size = ENSEMBLES[job["model"]]
        return measuring.run_task(args, measuring.OURS, "from_text", job, size)

    jobs = [
        {**case, "threads": int(threads), "model": model, "repeat": repeat}
        for case in features.cases(args.sets.split(","), args.tokens.split(","))
        for repeat in range(args.repeats)
        for threads in args.threads.split(",")
        for model in MODELS
    ]
    measuring.measure_all(PATH, jobs, measure, args.seconds)


if __name__ == "__main__":
    main()
