"""Other settings of the paper's network, within the paper's search space.

The paper (arXiv 2012.06678, appendix) tuned learning rate (1e-6 to 1e-3), weight decay
(1e-6 to 1e-1) and dropout (0 to 0.5) for each split; "faithful" in the other benchmarks
has one setting for all. Each candidate is fitted to the training rows of a split; its
validation AUC says which is the best, and its test AUC is kept beside it.

    KERAS_BACKEND=jax python paper_search.py --data DIR
    python paper_search.py --report
"""

from __future__ import annotations

import argparse
import time

import results
import supervised
from datasets import load, split
from tqdm import tqdm

PATH = results.FOLDER / "paper_search.jsonl"
UNTUNED = "as benchmarked: rate 1e-3, decay 0.004, dropout 0.1 and 0"
# Dropout of the Transformer layers and of the MLP.
CANDIDATES: dict[str, dict] = {
    "rate 1e-4": {"learning_rate": 1e-4},
    "rate 3e-4, dropout 0.3 and 0.3": {
        "learning_rate": 3e-4,
        "dropout": 0.3,
        "head_dropout": 0.3,
    },
    "rate 1e-3, dropout 0.5 and 0.5": {"dropout": 0.5, "head_dropout": 0.5},
    "rate 1e-4, decay 0.1, dropout 0.5 and 0.5": {
        "learning_rate": 1e-4,
        "weight_decay": 0.1,
        "dropout": 0.5,
        "head_dropout": 0.5,
    },
}


def fit_candidate(
    train,
    valid,
    record,
    seed: int,
    learning_rate: float = 1e-3,
    weight_decay: float = 0.004,
    dropout: float = 0.1,
    head_dropout: float = 0.0,
):
    """Fit the paper's network with some settings; return frame -> predictions."""
    import keras
    from networks import backbone_for, fit_paper_model, predictor_for, preprocessor_for

    keras.utils.set_random_seed(seed)
    preprocessor = preprocessor_for(train, record)
    backbone = backbone_for(preprocessor, dropout=dropout)
    model = predictor_for(backbone, preprocessor, dropout=head_dropout)
    model.compile(keras.optimizers.AdamW(learning_rate, weight_decay=weight_decay))
    return fit_paper_model(model, train, valid, record)


def run(candidate: str, name: str, number: int, data: str) -> dict:
    """Fit and score one candidate; return the result line."""
    frame, record = load(name, data)
    train, valid, test = split(frame, record, number)
    start = time.process_time()
    predict = fit_candidate(train, valid, record, number, **CANDIDATES[candidate])
    seconds = time.process_time() - start
    valid_score, score = (
        results.score(
            record.task,
            (part[record.target] == record.positive).to_numpy(),
            predict(part.drop(columns=record.target)),
        )
        for part in (valid, test)
    )
    return {
        "model": candidate,
        "set": name,
        "split": number,
        "score": round(score, 4),
        "valid_score": round(valid_score, 4),
        "fit_cpu_s": round(seconds, 1),
    }


def report() -> str:
    """Return the table: candidates against sets, validation AUC (test AUC)."""
    lines = results.read(PATH)
    jobs = list(dict.fromkeys((line["set"], line["split"]) for line in lines))
    found = {(line["model"], line["set"], line["split"]): line for line in lines}
    for line in results.read(supervised.PATH):
        if line["model"] == "faithful":
            found[UNTUNED, line["set"], line["split"]] = line
    body = []
    for candidate in (UNTUNED, *CANDIDATES):
        cells = [
            "{valid_score:.1f} ({score:.1f})".format(**line) if line else "-"
            for job in jobs
            for line in [found.get((candidate, *job))]
        ]
        body.append([candidate, *cells])
    header = [f"{name}, split {number}" for name, number in jobs]
    return results.markdown(["validation AUC x100 (test)", *header], body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder of the CSV files")
    parser.add_argument("--sets", default="insurance_co,dota2games,bank_marketing")
    parser.add_argument("--splits", default="0")
    parser.add_argument(
        "--candidates", nargs="+", default=list(CANDIDATES), choices=CANDIDATES
    )
    parser.add_argument("--report", action="store_true")
    args = parser.parse_args()
    if args.report:
        print(report())
        return
    if not args.data:
        parser.error("give --data DIR")
    done = results.done(PATH, "model", "set", "split")
    jobs = [
        (candidate, name, int(number))
        for name in args.sets.split(",")
        for number in args.splits.split(",")
        for candidate in args.candidates
    ]
    bar = tqdm([job for job in jobs if job not in done])
    for job in bar:
        bar.set_description("{1} {2} {0}".format(*job))
        results.append(PATH, run(*job, args.data))


if __name__ == "__main__":
    main()
