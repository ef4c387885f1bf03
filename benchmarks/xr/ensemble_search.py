"""How the trees of `XRRanker(ensemble=3)` were chosen: on held-out training rows.

    python ensemble_search.py --data DIR
    python ensemble_search.py --report

A random ninth of the training rows of tibkat-gnd is held out (seed 0); the others train
each member of each candidate once. The test rows are not read. A line per candidate
goes to `results/ensemble_search.jsonl`; a run goes on with those that are missing.
"""

from __future__ import annotations

import argparse
import functools
import os
from pathlib import Path

import measuring
import numpy as np

PATH = measuring.RESULTS / "ensemble_search.jsonl"
SET, PLACES = "tibkat-gnd", 20
Member = tuple[tuple[str, object], ...]


def member(seed: int, **settings: object) -> Member:
    return tuple({"threshold": 0.03, "seed": seed, **settings}.items())


PLAIN = [member(seed) for seed in range(3)]
CANDIDATES: dict[str, list[Member]] = {
    "3 trees": PLAIN,
    "3 trees, leaves of 200": [member(i, max_leaf_size=200) for i in range(3)],
    "3 trees, leaves of 400": [member(i, max_leaf_size=400) for i in range(3)],
    "2 trees and one of 8 children a node": [*PLAIN[:2], member(1, branching=8)],
    "2 trees and one of 32 children a node": [*PLAIN[:2], member(2, branching=32)],
    "2 trees and one of leaves of 50": [*PLAIN[:2], member(1, max_leaf_size=50)],
    "2 trees and one of leaves of 200": [*PLAIN[:2], member(2, max_leaf_size=200)],
    "2 trees and one of leaves of 400": [*PLAIN[:2], member(2, max_leaf_size=400)],
    "2 trees and one by PII": [*PLAIN[:2], member(1, label_representation="pii")],
    "2 trees and one with matcher-aware negatives": [
        *PLAIN[:2],
        member(1, negatives="tfn+man"),
    ],
}


class HeldOut:
    """The rows to train on and those to judge by."""

    def __init__(self, data: Path):
        import keras_docs
        from keras_docs.datasets.read_labelled_texts import read_labelled_texts

        found = read_labelled_texts(data / SET, "trn")
        order = np.random.default_rng(0).permutation(len(found.texts))
        held, kept = np.split(order, [len(order) // 9])

        def labels(rows):
            return [[str(label) for label in found.labels[row]] for row in rows]

        preprocessor = keras_docs.XRRankerPreprocessor()
        texts = [found.texts[row] for row in kept]
        self.x, self.y = preprocessor.fit_transform(texts, labels(kept))
        self.held = preprocessor.encode_features([found.texts[row] for row in held])
        known = {label: place for place, label in enumerate(preprocessor.labels)}
        self.truth = [{known.get(label) for label in row} for row in labels(held)]
        # Each member is in several candidates.
        self.ranking = functools.cache(self._ranking)

    def _ranking(self, settings: Member):
        import keras_docs

        model = keras_docs.XRLinear(self.x.shape[1], self.y.shape[1], **dict(settings))
        model.fit(self.x, self.y, verbose=0)
        return model.predict(self.held, PLACES)

    def scores(self, members: list[Member]) -> dict[str, float]:
        from keras_docs.models.xr.combine_rankings import combine_rankings

        rankings = [self.ranking(each) for each in members]
        found = combine_rankings(rankings, 5, "average")[0].tolist()
        hits = np.array(
            [
                [label in true for label in row]
                for row, true in zip(found, self.truth, strict=True)
            ]
        )
        return {f"P@{k}": round(100 * hits[:, :k].mean(), 2) for k in (1, 3, 5)}


def report() -> str:
    rows = [
        [line["candidate"], *(f"{line[f'P@{k}']:.2f}" for k in (1, 3, 5))]
        for line in measuring.read(PATH)
    ]
    return measuring.markdown(["held-out rows", "P@1", "P@3", "P@5"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the sets")
    parser.add_argument("--report", action="store_true", help="print the table only")
    args = parser.parse_args()
    if not args.report:
        os.environ.setdefault("KERAS_BACKEND", "jax")
        done = {line["candidate"] for line in measuring.read(PATH)}
        missing = {name: x for name, x in CANDIDATES.items() if name not in done}
        rows = HeldOut(args.data) if missing else None
        for name, members in missing.items():
            line = {"candidate": name, **rows.scores(members)}
            measuring.append(PATH, line)
    print(report())


if __name__ == "__main__":
    main()
