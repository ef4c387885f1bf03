"""Models compared on the splits that they have in common.

`python same_splits.py` prints the main README's table of means, and how far our models
are above others, split by split.
"""

from __future__ import annotations

import numpy as np
import results
from datasets import PAPER_SETS, SPLITS
from supervised import PATH

MODELS = ("lr", "lightgbm", "catboost", "default")
# A model and those that it is compared with, split by split.
PAIRS = {"default": ("lr", "lightgbm", "catboost"), "faithful": ("mlp", "lr")}

Scores = dict[tuple[str, str], dict[int, float]]  # (set, model) -> split -> score


def read_scores() -> Scores:
    scores: Scores = {}
    for line in results.read(PATH):
        splits = scores.setdefault((line["set"], line["model"]), {})
        splits[line["split"]] = line["score"]
    return scores


def means(scores: Scores) -> str:
    """Return the table of means over the splits that "default" has run."""
    body, of_model = [], {model: [] for model in MODELS}
    for name in PAPER_SETS:
        splits = scores[name, "default"]
        cells = []
        for model in MODELS:
            found = scores.get((name, model), {})
            complete = splits.keys() <= found.keys()
            mean = np.mean([found[k] for k in splits]) if complete else None
            cells.append(f"{mean:.1f}" if complete else "-")
            if complete:
                of_model[model].append(mean)
        body.append([name, len(splits), *cells])
    whole = {m: len(values) == len(PAPER_SETS) for m, values in of_model.items()}
    last = [f"{np.mean(of_model[m]):.1f}" if whole[m] else "-" for m in MODELS]
    body.append(["**mean**", "", *last])
    return results.markdown(["AUC x100", "splits", *MODELS], body)


def differences(scores: Scores, model: str) -> str:
    """Return the table of how far a model is above others on the same splits."""
    body = [
        [name, *(_difference(scores, name, model, peer) for peer in PAIRS[model])]
        for name in PAPER_SETS
        if (name, model) in scores
    ]
    header = [f"{model} minus {peer}" for peer in PAIRS[model]]
    return results.markdown(["AUC x100", *header], body)


def _difference(scores: Scores, name: str, model: str, peer: str) -> str:
    ours, theirs = scores[name, model], scores.get((name, peer), {})
    found = [ours[k] - theirs[k] for k in ours if k in theirs]
    if not found:
        return "-"
    if len(found) == 1:
        return f"{found[0]:+.2f} (n1)"
    error = np.std(found, ddof=1) / len(found) ** 0.5
    number = f" (n{len(found)})" if len(found) < SPLITS else ""
    return f"{np.mean(found):+.2f} ± {error:.2f}{number}"


def report() -> str:
    """Return the tables of differences."""
    scores = read_scores()
    return "\n\n".join(differences(scores, model) for model in PAIRS)


def main() -> None:
    print(means(read_scores()), report(), sep="\n\n")


if __name__ == "__main__":
    main()
