"""Prints the README's table: each model on the splits that "default" has run.

python same_splits.py
"""

from __future__ import annotations

import numpy as np
import results
from datasets import PAPER_SETS
from supervised import PATH

MODELS = ("lr", "lightgbm", "catboost", "default")


def main() -> None:
    scores = {
        (line["set"], line["model"], line["split"]): line["score"]
        for line in results.read(PATH)
    }
    body, means = [], {model: [] for model in MODELS}
    for name in PAPER_SETS:
        splits = [k for s, m, k in scores if (s, m) == (name, "default")]
        cells = []
        for model in MODELS:
            found = [scores[key] for k in splits if (key := (name, model, k)) in scores]
            complete = bool(found) and len(found) == len(splits)
            cells.append(f"{np.mean(found):.1f}" if complete else "-")
            if complete:
                means[model].append(np.mean(found))
        body.append([name, len(splits), *cells])
    whole = {m: len(values) == len(PAPER_SETS) for m, values in means.items()}
    mean = [f"{np.mean(means[m]):.1f}" if whole[m] else "-" for m in MODELS]
    body.append(["**mean**", "", *mean])
    print(results.markdown(["AUC x100", "splits", *MODELS], body))


if __name__ == "__main__":
    main()
