"""Robustness benchmark: AUC against the share of spoiled categorical test cells.

As figures 4 and 5 of the paper (arXiv 2012.06678): models are trained on clean rows;
in the test rows a share of the categorical cells becomes a random value of the same
column ("noise", uniform over the column's training categories) or empty ("missing").
Lines go to `results/robustness.jsonl`; `--report` prints the table and writes the plot.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
import results
from datasets import SPLITS, categorical_columns, load, split
from supervised import MODELS, encode, fit
from tqdm import tqdm

PATH = results.FOLDER / "robustness.jsonl"
PLOT = results.FOLDER / "robustness.png"
KINDS = ("noise", "missing")
RATES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)


def spoil(
    test: pd.DataFrame,
    values: dict[str, np.ndarray],
    kind: str,
    rate: float,
    seed: int,
) -> pd.DataFrame:
    """Return a copy of the rows with a share of the categorical cells spoiled.

    The same seed spoils the same cells for every model, and a cell spoiled at one rate
    is spoiled at every higher rate.
    """
    rng = np.random.default_rng(seed)
    spoiled = {}
    for column, known in values.items():
        hit = rng.random(len(test)) < rate
        noise = known[rng.integers(len(known), size=len(test))]
        cells = test[column].astype(object).to_numpy()
        spoiled[column] = np.where(hit, noise if kind == "noise" else None, cells)
    spoiled = pd.DataFrame(spoiled, index=test.index)
    return test.assign(**{c: spoiled[c].astype(test[c].dtype) for c in spoiled})


def run(model: str, name: str, number: int, data: str):
    """Fit once, then yield one result line per kind and rate."""
    frame, record = load(name, data)
    train, valid, test = split(frame, record, number)
    columns = categorical_columns(train, record)
    values = {c: train[c].dropna().unique() for c in columns}
    values = {c: np.asarray(v, dtype=object) for c, v in values.items()}
    classes = np.unique(train[record.target].to_numpy().astype(str))
    target = encode(test, record, classes)
    predict = fit(model, train, valid, record, number, threads=1)
    for kind in KINDS:
        for rate in RATES:
            rows = spoil(test, values, kind, rate, seed=number)
            prediction = predict(rows.drop(columns=record.target))
            yield {
                "model": model,
                "set": name,
                "split": number,
                "kind": kind,
                "rate": rate,
                "score": round(results.score(record.task, target, prediction), 4),
            }


def report() -> str:
    """Return the table: set, kind and model against the rates."""
    lines = results.read(PATH)
    body = []
    for key in dict.fromkeys((x["set"], x["kind"], x["model"]) for x in lines):
        found = [x for x in lines if (x["set"], x["kind"], x["model"]) == key]
        cells = [
            results.mean_sd(
                [x["score"] for x in found if x["rate"] == rate], splits=SPLITS
            )
            for rate in RATES
        ]
        body.append([*key, *cells])
    return results.markdown(["set", "cells", "model", *map(str, RATES)], body)


def plot() -> None:
    """Draw AUC relative to the same model on clean rows, one panel per set and kind."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = results.read(PATH)
    sets = list(dict.fromkeys(x["set"] for x in lines))
    size = (4 * len(sets), 6)
    figure, panels = pyplot.subplots(
        2, len(sets), figsize=size, squeeze=False, sharex=True, layout="constrained"
    )
    for row, kind in zip(panels, KINDS, strict=True):
        for axes, name in zip(row, sets, strict=True):
            chosen = [x for x in lines if (x["set"], x["kind"]) == (name, kind)]
            for model in dict.fromkeys(x["model"] for x in chosen):
                means = [
                    np.mean(
                        [
                            x["score"]
                            for x in chosen
                            if (x["model"], x["rate"]) == (model, rate)
                        ]
                    )
                    for rate in RATES
                ]
                relative = np.divide(means, means[0])
                axes.plot(RATES, relative, marker="o", label=model)
            axes.set_title(name)
            axes.set_xlabel(f"share of {kind} cells")
            axes.set_ylabel("AUC relative to clean rows")
            axes.legend()
    figure.savefig(PLOT, dpi=120)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder of the CSV files")
    parser.add_argument("--models", default="faithful,mlp,default,lightgbm")
    parser.add_argument("--sets", default="bank_marketing,1995_income,blastchar")
    parser.add_argument("--splits", default=",".join(map(str, range(SPLITS))))
    parser.add_argument("--report", action="store_true")
    args = parser.parse_args()
    if args.report:
        print(report())
        plot()
        return
    unknown = set(args.models.split(",")) - set(MODELS)
    if unknown or not args.data:
        parser.error(f"give --data DIR and --models among {', '.join(MODELS)}")
    lines = len(KINDS) * len(RATES)
    written = [(x["model"], x["set"], x["split"]) for x in results.read(PATH)]
    jobs = [
        (model, name, int(number))
        for name in args.sets.split(",")
        for number in args.splits.split(",")
        for model in args.models.split(",")
    ]
    bar = tqdm([job for job in jobs if written.count(job) < lines])
    for job in bar:
        bar.set_description("{1} {2} {0}".format(*job))
        # All lines of a job are written together, so that none can be half done.
        results.append(PATH, *run(*job, args.data))


if __name__ == "__main__":
    main()
