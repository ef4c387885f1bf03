"""What linear models of all languages make of MASSIVE's utterances they did not learn.

    python tools/massive_intent_targets.py --data massive --out intent_targets.npz

The ids of the training part, and of nine tenths of the development part, are cut into
folds. For each locale and fold, a linear SVM (that of `benchmarks/nlu/linear_floor.py`)
learns from the other folds. Translations of one utterance have one id, and are in one
fold: the mean of their margins is what 52 models say of an utterance of which they know
no translation. Its softmax, at the temperature with the likeliest labels, is
what `train_multilingual_nlu.py --intent-targets` teaches besides the labels: which
intents an utterance could have been given, too. Stopped, it goes on after the locales
that are done.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from joblib import Memory, Parallel, delayed
from massive_epochs import is_held_out
from scipy.special import softmax
from tqdm import tqdm

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.datasets.read_massive import read_massive
from keras_docs.models.multilingual_nlu.calibration import fit_temperature

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "benchmarks" / "nlu"))

from linear_floor import fit_intents  # noqa: E402

FOLDS = 5
# Of an intent that a fold's training part lacks.
ABSENT = -2.0
# Of the margins, so that temperatures from 0.2 to 5 are enough.
SCALE = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder of <locale>.jsonl")
    parser.add_argument("--out", type=Path, required=True, help="the .npz to write")
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    english = utterances(args.data, "en-US")
    ids = np.array([int(row.id) for row in english])
    intents = sorted({row.intent for row in english})
    locales = sorted({row.locale for row in read_massive(args.data, partition="dev")})
    kept = Path(f"{args.out}_kept")
    once = Memory(kept, verbose=0).cache(margins)
    found = Parallel(args.workers, return_as="generator")(
        delayed(once)(args.data, locale, ids, intents) for locale in locales
    )
    total = np.zeros((len(ids), len(intents)))
    for one in tqdm(found, total=len(locales), desc="locales"):
        total += one
    mean = total / len(locales)
    index = {name: number for number, name in enumerate(intents)}
    labels = np.array([index[row.intent] for row in english])
    print(f"right: {np.mean(mean.argmax(1) == labels):.4f}")
    logits = SCALE * mean
    probabilities = softmax(logits / fit_temperature(logits, labels), axis=1)
    save(args.out, ids, labels, intents, probabilities)
    shutil.rmtree(kept)


def utterances(data: str, locale: str) -> list[LabelledUtterance]:
    """What training may see of a locale."""
    rows = read_massive(data, locales=[locale], partition="train")
    dev = read_massive(data, locales=[locale], partition="dev")
    return rows + [row for row in dev if not is_held_out(row)]


def margins(
    data: str, locale: str, ids: np.ndarray, intents: Sequence[str]
) -> np.ndarray:
    """Of each id and intent, by a model that learned from the other folds.

    Returns:
        Float array (ids, intents).
    """
    by_id = {int(row.id): row for row in utterances(data, locale)}
    folds = np.random.default_rng(0).integers(FOLDS, size=len(ids))
    found = np.full((len(ids), len(intents)), ABSENT)
    for fold in range(FOLDS):
        apart = np.flatnonzero(folds == fold)
        others = np.flatnonzero(folds != fold)
        model = fit_intents([by_id[ids[place]] for place in others])
        columns = [intents.index(name) for name in model.classes_]
        found[np.ix_(apart, columns)] = model.decision_function(
            [by_id[ids[place]].text for place in apart]
        )
    return found


def save(
    path: Path,
    ids: np.ndarray,
    labels: np.ndarray,
    intents: Sequence[str],
    probabilities: np.ndarray,
) -> None:
    order = np.argsort(ids)
    aside = path.with_suffix(".part.npz")
    np.savez_compressed(
        aside,
        ids=ids[order],
        labels=labels[order],
        intents=intents,
        probabilities=probabilities[order].astype("float32"),
    )
    aside.rename(path)


def load(
    path: str, intents: Sequence[str], weight: float
) -> tuple[np.ndarray, np.ndarray]:
    """What `save` wrote, mixed with the labels.

    Args:
        path: the file.
        intents: list of strings, in the order of a model's.
        weight: float from 0 to 1, of the linear models' probabilities.

    Returns:
        The records' ids in rising order, int (ids,), and the probabilities of their
        intents, float32 (ids, intents).
    """
    with np.load(path) as file:
        names = list(file["intents"])
        columns = [names.index(name) for name in intents]
        labels = np.eye(len(names), dtype="float32")[file["labels"]]
        mixed = weight * file["probabilities"] + (1 - weight) * labels
        return file["ids"], mixed[:, columns]


if __name__ == "__main__":
    main()
