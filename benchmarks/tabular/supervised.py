"""Supervised benchmark: every model on every table, 5 splits of 65/15/20.

Each result is one line of `results/supervised.jsonl`, written as soon as it exists; a
second start runs only what is missing. `--report` prints the table.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
import pandas as pd
import results
from baselines import BASELINES
from datasets import PAPER_SETS, SETS, SPLITS, categorical_columns, load, split
from tqdm import tqdm

PATH = results.FOLDER / "supervised.jsonl"
NETWORKS = ("mlp", "faithful", "default")
MODELS = (*BASELINES, *NETWORKS)


def encode(frame: pd.DataFrame, record, classes: np.ndarray) -> np.ndarray:
    """Return the target as 0/1, class indices or numbers."""
    target = frame[record.target].to_numpy()
    if record.task == "regression":
        return target.astype(float)
    if record.task == "binary":
        return (target == record.positive).astype(int)
    return np.searchsorted(classes, target.astype(str))


def fit_baseline(model: str, train, valid, record, seed, threads):
    """Fit one of `BASELINES` on frames; return frame -> predictions."""
    classes = np.unique(train[record.target].to_numpy().astype(str))
    categorical = categorical_columns(train, record)

    def features(frame):
        return frame.drop(columns=record.target, errors="ignore")

    predict = BASELINES[model](
        features(train),
        encode(train, record, classes),
        features(valid),
        encode(valid, record, classes),
        record.task,
        categorical,
        seed,
        threads,
    )
    return lambda frame: predict(features(frame))


def fit(model: str, train, valid, record, seed: int, threads: int):
    """Fit a model by name; return a function from frames to predictions."""
    if model in BASELINES:
        return fit_baseline(model, train, valid, record, seed, threads)
    from networks import fit_network

    return fit_network(model, train, valid, record, seed)


def run(model: str, name: str, number: int, data: str, threads: int) -> dict:
    """Fit and score one model on one split of one set; return the result line."""
    frame, record = load(name, data)
    train, valid, test = split(frame, record, number)
    classes = np.unique(train[record.target].to_numpy().astype(str))
    start = time.process_time()
    predict = fit(model, train, valid, record, number, threads)
    fitted = time.process_time()
    # The target is not handed to the model: a leak would show as an error here.
    features = [part.drop(columns=record.target) for part in (valid, test)]
    valid_prediction = predict(features[0])
    warm = time.process_time()
    prediction = predict(features[1])
    end = time.process_time()
    scores = [
        results.score(record.task, encode(part, record, classes), values)
        for part, values in ((valid, valid_prediction), (test, prediction))
    ]
    return {
        "model": model,
        "set": name,
        "split": number,
        "metric": "rmse" if record.task == "regression" else "auc",
        "score": round(scores[1], 4),
        "valid_score": round(scores[0], 4),
        "fit_cpu_s": round(fitted - start, 2),
        "predict_rows_per_cpu_s": round(len(test) / max(end - warm, 1e-4)),
        "train_rows": len(train),
    }


def report() -> str:
    """Return the tables of the AUC sets and of the regression sets."""
    lines = results.read(PATH)
    parts = []
    for title, metric in (("AUC x100", "auc"), ("RMSE", "rmse")):
        chosen = [x for x in lines if x["metric"] == metric]
        models = [m for m in MODELS if any(x["model"] == m for x in chosen)]
        if not models:
            continue
        body, means = [], {m: [] for m in models}
        for name, record in SETS.items():
            found = {
                m: [x["score"] for x in chosen if (x["model"], x["set"]) == (m, name)]
                for m in models
            }
            if not any(found.values()):
                continue
            for m in models:
                if name in PAPER_SETS and found[m]:
                    means[m].append(np.mean(found[m]))
            paper = "{} ± {}".format(*record.paper) if record.paper else "-"
            digits = 1 if metric == "auc" else 0
            cells = [results.mean_sd(found[m], digits, SPLITS) for m in models]
            body.append([name, *cells, *([paper] if metric == "auc" else [])])
        if metric == "auc":
            body.append(["**mean of the paper's sets**", *_means(means), "83.0"])
        extra = ["paper's TabTransformer"] if metric == "auc" else []
        header = [title, *models, *extra]
        parts.append(results.markdown(header, body))
    return "\n\n".join(parts)


def _means(means: dict[str, list[float]]) -> list[str]:
    complete = {m: len(v) == len(PAPER_SETS) for m, v in means.items()}
    return [f"{np.mean(v):.1f}" if complete[m] else "-" for m, v in means.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder of the CSV files")
    parser.add_argument("--models", default=",".join(BASELINES))
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--splits", default=",".join(map(str, range(SPLITS))))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--report", action="store_true")
    args = parser.parse_args()
    if args.report:
        print(report())
        return
    unknown = set(args.models.split(",")) - set(MODELS)
    if unknown or not args.data:
        parser.error(f"give --data DIR and --models among {', '.join(MODELS)}")
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    done = results.done(PATH, "model", "set", "split")
    jobs = [
        (model, name, int(number))
        for name in args.sets.split(",")
        for number in args.splits.split(",")
        for model in args.models.split(",")
    ]
    bar = tqdm([job for job in jobs if job not in done])
    for model, name, number in bar:
        bar.set_description(f"{name} {number} {model}")
        results.append(PATH, run(model, name, number, args.data, args.threads))


if __name__ == "__main__":
    main()
