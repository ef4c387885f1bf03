"""How the settings of `TabTransformer.from_dataframe` were chosen: on validation rows.

Each candidate is fitted to the training rows of a split and scored on its validation
rows; the test rows are not touched.

    KERAS_BACKEND=jax python default_search.py --data DIR
    python default_search.py --report
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import results
from datasets import load, split
from networks import kind_of_task, predict_with
from tqdm import tqdm

PATH = Path(__file__).parent / "results" / "default_search.jsonl"
ONE_MODEL = {"num_members": 1}
CANDIDATES: dict[str, dict] = {
    "no Transformer, 8 members": {"num_layers": 0},
    "1 layer, 8 members": {"num_layers": 1},
    "2 layers, 8 members": {"num_layers": 2},
    "1 layer, 1 member": {"num_layers": 1, **ONE_MODEL},
    "1 layer, 8 members, numbers outside": {"num_layers": 1, "num_bins": None},
    "the default with dropout 0.3": {"dropout": 0.3},
    "the default with a linear head": {"hidden_dims": []},
    "the default with 16 members": {"num_members": 16},
    "the default with weight decay 0.1": {},
}
# In place of AdamW(1e-3) with its weight decay of 0.004.
WEIGHT_DECAY = {"the default with weight decay 0.1": 0.1}


def run(candidate: str, name: str, number: int, data: str) -> dict:
    """Fit one candidate; return the result line with its validation score."""
    import keras

    import keras_docs

    keras.utils.set_random_seed(number)
    frame, record = load(name, data)
    train, valid, _ = split(frame, record, number)
    model = keras_docs.TabTransformer.from_dataframe(
        train,
        target=record.target,
        task=kind_of_task(record),
        columns=record.kinds,
        **CANDIDATES[candidate],
    )
    if candidate in WEIGHT_DECAY:
        decay = WEIGHT_DECAY[candidate]
        model.compile(keras.optimizers.AdamW(1e-3, weight_decay=decay))
    start = time.process_time()
    model.fit(train, validation_data=valid, verbose=0)
    seconds = time.process_time() - start
    truth = (valid[record.target] == record.positive).to_numpy()
    score = results.score(record.task, truth, predict_with(model, record)(valid))
    return {
        "model": candidate,
        "set": name,
        "split": number,
        "valid_score": round(score, 4),
        "fit_cpu_s": round(seconds, 1),
    }


def report() -> str:
    """Return the table of validation scores, a row per candidate.

    A column is a set and splits; a score is the mean over them, and stands only where
    the candidate ran all of them.
    """
    scores: dict[str, dict[str, dict[int, dict]]] = {}
    for line in results.read(PATH):
        runs = scores.setdefault(line["set"], {}).setdefault(line["model"], {})
        runs[line["split"]] = line
    candidates = [c for c in CANDIDATES if any(c in runs for runs in scores.values())]
    columns = [
        (name, splits)
        for name, runs in scores.items()
        for splits in sorted({tuple(sorted(found)) for found in runs.values()})
    ]
    rows, seconds = {c: [c] for c in candidates}, dict.fromkeys(candidates, 0.0)
    for name, splits in columns:
        found = {c: scores[name].get(c, {}) for c in candidates}
        runs = {c: [f[k] for k in splits if k in f] for c, f in found.items()}
        full = [c for c in candidates if len(runs[c]) == len(splits)]
        for c in candidates:
            valid = [line["valid_score"] for line in runs[c]]
            rows[c].append(f"{np.mean(valid):.2f}" if c in full else "-")
            if full == candidates:
                seconds[c] += sum(line["fit_cpu_s"] for line in runs[c])
    header = [f"{name}, {_splits(splits)}" for name, splits in columns]
    body = [[*rows[c], f"{seconds[c]:.0f}"] for c in candidates]
    return results.markdown(["validation AUC x100", *header, "CPU s"], body)


def _splits(numbers: tuple[int, ...]) -> str:
    word = "split" if len(numbers) == 1 else "splits"
    return f"{word} {', '.join(map(str, numbers))}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder of the CSV files")
    parser.add_argument("--sets", default="qsar_bio,blastchar,shrutime")
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
    for job in tqdm([job for job in jobs if job not in done]):
        results.append(PATH, run(*job, args.data))


if __name__ == "__main__":
    main()
