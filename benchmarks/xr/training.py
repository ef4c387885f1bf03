"""Training with equal settings: seconds of each stage, and the quality reached.

Every model reads the same features: libpecos, ours on a tree of our own, and ours on
libpecos' tree, which leaves the training of the rankers alone to compare.
"""

from __future__ import annotations

import features
import measuring

PATH = measuring.RESULTS / "training.jsonl"
SAME_TREE = "ours, libpecos' tree"
MODELS = ("libpecos", SAME_TREE, "ours")
STAGES = ("representation", "tree", "rankers")
SCORES = ("P@1", "P@3", "P@5", "R@10")


def report() -> str:
    lines = measuring.read(PATH)
    return "\n\n".join(
        ["Quality, percent:", quality_table(lines), "Time:", time_table(lines)]
    )


def keys(lines: list[dict], *fields: str) -> list[dict]:
    """Return each combination of the fields' values, in order of appearance."""
    values = dict.fromkeys(tuple(line[field] for field in fields) for line in lines)
    return [dict(zip(fields, value, strict=True)) for value in values]


def lines_of(lines: list[dict], case: dict) -> list[dict]:
    return [line for line in lines if case.items() <= line.items()]


def quality_table(lines: list[dict]) -> str:
    rows = []
    for case in keys(lines, "set", "tokens"):
        peer = [
            measuring.least(lines, score, model="libpecos", **case) for score in SCORES
        ]
        for model in MODELS:
            if not any(line["model"] == model for line in lines_of(lines, case)):
                continue
            own = [
                measuring.least(lines, score, model=model, **case) for score in SCORES
            ]
            cells = [
                f"{value:.2f}"
                + ("" if model == "libpecos" else f" ({value - base:+.2f})")
                for value, base in zip(own, peer, strict=True)
            ]
            rows.append([case["set"], case["tokens"], model, *cells])
    return measuring.markdown(["set", "tokens", "model", *SCORES], rows)


def time_table(lines: list[dict]) -> str:
    rows = []
    lines = [line for line in lines if line["tokens"] != "words"]
    for case in keys(lines, "set", "threads"):

        def seconds(model, stages, clock, case=case):
            return sum(
                measuring.least(lines, f"{stage}_{clock}", model=model, **case)
                for stage in stages
            )

        for what, stages, model in (
            ("rankers, same tree", ("rankers",), SAME_TREE),
            ("all", STAGES, "ours"),
        ):
            cells = []
            for clock in ("s", "cpu_s"):
                theirs = seconds("libpecos", stages, clock)
                own = seconds(model, stages, clock)
                cells += [f"{theirs:.2f}", f"{own:.2f}", f"{theirs / own:.2f}"]
            rows.append([case["set"], case["threads"], what, *cells])
    header = ["set", "threads", "what", "libpecos, wall s", "ours", "ratio"]
    header += ["libpecos, CPU s", "ours", "ratio"]
    return measuring.markdown(header, rows)


def main() -> None:
    sets = "bibtex,delicious,debian-tags,tibkat-gnd,yso-finna-en"
    args = measuring.parser(__doc__, sets).parse_args()

    def measure(job: dict) -> dict:
        if job["model"] == "libpecos":
            return measuring.run_task(args, measuring.LIBPECOS, "train", job)
        mode = "libpecos' tree" if job["model"] == SAME_TREE else ""
        return measuring.run_task(args, measuring.OURS, "train", job, mode)

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
