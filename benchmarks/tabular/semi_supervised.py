"""Semi-supervised benchmark: 50, 200 or 500 labelled rows, the other rows unlabelled.

The protocol of the paper (arXiv 2012.06678, section 3.4): the first p training rows
keep their label; the whole validation part serves early stopping. Pre-training sees
the features of all training rows, once per split, and is shared by the three p.
Lines go to `results/semi_supervised.jsonl`; `--report` prints the tables.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
import pandas as pd
import results
from baselines import BASELINES
from datasets import SPLITS, load, split
from supervised import encode, fit_baseline
from tqdm import tqdm

PATH = results.FOLDER / "semi_supervised.jsonl"
# Our faithful model: labelled rows only, or pretrained with one of two objectives.
NETWORKS = ("none", "mlm", "rtd")
SETS = "bank_marketing,1995_income,blastchar,adult_automl,shrutime"


def first_labelled(train: pd.DataFrame, target: str, number: int) -> pd.DataFrame:
    """Return the first rows; more of them only where a class would be absent."""
    first_of_class = train.reset_index(drop=True).drop_duplicates(target).index
    return train.head(max(number, int(first_of_class.max()) + 1))


def run(model: str, name: str, number: int, labels: list[int], args):
    """Yield one result line per number of labelled rows."""
    frame, record = load(name, args.data)
    train, valid, test = split(frame, record, number)
    classes = np.unique(train[record.target].to_numpy().astype(str))
    pretrained, start = None, time.process_time()
    if model in NETWORKS:
        from networks import fine_tune, pretrain

        features = [x.drop(columns=record.target) for x in (train, valid)]
        pretrained = pretrain(model, *features, record, number, args.pretrain_epochs)
    pretrain_cpu_s = time.process_time() - start
    for count in labels:
        known = first_labelled(train, record.target, count)
        start = time.process_time()
        if model in NETWORKS:
            predict = fine_tune(pretrained, known, valid, record, number)
        else:
            predict = fit_baseline(model, known, valid, record, number, threads=1)
        cpu = time.process_time() - start
        scores = [
            results.score(
                record.task,
                encode(part, record, classes),
                predict(part.drop(columns=record.target)),
            )
            for part in (test, valid)
        ]
        yield {
            "model": model,
            "set": name,
            "split": number,
            "labels": count,
            "score": round(scores[0], 4),
            "valid_score": round(scores[1], 4),
            "fit_cpu_s": round(cpu, 2),
            "pretrain_cpu_s": round(pretrain_cpu_s, 2),
        }


def report() -> str:
    """Return one table: sets and numbers of labels against models."""
    lines = results.read(PATH)
    models = [m for m in (*BASELINES, *NETWORKS) if any(x["model"] == m for x in lines)]
    body = []
    for name in dict.fromkeys(x["set"] for x in lines):
        for count in sorted({x["labels"] for x in lines if x["set"] == name}):
            found = [x for x in lines if (x["set"], x["labels"]) == (name, count)]
            cells = [
                results.mean_sd(
                    [x["score"] for x in found if x["model"] == m], splits=SPLITS
                )
                for m in models
            ]
            body.append([name, count, *cells])
    return results.markdown(["AUC x100", "labels", *models], body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder of the CSV files")
    parser.add_argument("--models", default=",".join([*BASELINES, *NETWORKS]))
    parser.add_argument("--sets", default=SETS)
    parser.add_argument("--labels", default="50,200,500")
    parser.add_argument("--splits", default=",".join(map(str, range(SPLITS))))
    parser.add_argument("--pretrain-epochs", type=int, default=10)
    parser.add_argument("--report", action="store_true")
    args = parser.parse_args()
    if args.report:
        print(report())
        return
    models = args.models.split(",")
    unknown = set(models) - {*BASELINES, *NETWORKS}
    if unknown or not args.data:
        parser.error(
            f"give --data DIR and --models among {', '.join([*BASELINES, *NETWORKS])}"
        )
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    done = results.done(PATH, "model", "set", "split", "labels")
    jobs = []
    for name in args.sets.split(","):
        for number in map(int, args.splits.split(",")):
            for model in models:
                missing = [
                    count
                    for count in map(int, args.labels.split(","))
                    if (model, name, number, count) not in done
                ]
                if missing:
                    jobs.append((model, name, number, missing))
    bar = tqdm(jobs)
    for model, name, number, missing in bar:
        bar.set_description(f"{name} {number} {model}")
        for line in run(model, name, number, missing, args):
            results.append(PATH, line)


if __name__ == "__main__":
    main()
