"""Makes the features of every set once, the same files for all models.

Text sets are read in two ways: `white_space` tokens as PECOS splits them, and
lower-cased `words`. bibtex and delicious come as features (`given`), whose rows are
scaled to length 1, as those of the texts are.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.preprocessing import normalize
from tqdm import tqdm

import keras_docs
from keras_docs.datasets.labelled_texts import LabelledTexts
from keras_docs.datasets.read_labelled_texts import read_labelled_texts

# Columns of the documents: title and abstract; the last one.
TEXT_COLUMNS = {"tibkat-gnd": (4, 5), "yso-finna-en": (-1,), "debian-tags": (-1,)}
TOKENS = {
    "white_space": {"token_pattern": r"\S+", "lowercase": False},
    "words": {},
}
GIVEN = ("bibtex", "delicious")
MATRICES = ("X.trn", "Y.trn", "X.tst", "Y.tst")


def cases(sets: list[str], tokens: list[str]) -> list[dict[str, str]]:
    """Return the pairs of set and tokens that there are, as parts of a result line."""
    return [
        {"set": name, "tokens": kind}
        for name in sets
        for kind in (["given"] if name in GIVEN else tokens)
    ]


def folder_of(work: Path, case: dict) -> Path:
    return work / f"{case['set']}-{case['tokens']}"


def label_matrix(data: LabelledTexts) -> sparse.csr_matrix:
    starts = np.cumsum([0, *map(len, data.labels)])
    columns = np.concatenate([np.sort(row) for row in data.labels]).astype("int32")
    shape = len(data.labels), len(data.label_ids)
    return sparse.csr_matrix((np.ones(len(columns), "f4"), columns, starts), shape)


def make_from_texts(source: Path, folder: Path, tokens: str) -> None:
    columns = TEXT_COLUMNS[source.name]
    vectorizer = keras_docs.TfidfVectorizer(**TOKENS[tokens])
    for part in ("trn", "tst"):
        data = read_labelled_texts(source, part, text_columns=columns)
        encode = vectorizer.fit_transform if part == "trn" else vectorizer.transform
        save(folder / f"X.{part}.npz", encode(data.texts))
        save(folder / f"Y.{part}.npz", label_matrix(data))
        (folder / f"texts.{part}.txt").write_text("\n".join(data.texts))


def save(path: Path, values) -> None:
    # Old SciPy in the peers' environment reads matrices, not arrays.
    sparse.save_npz(path, sparse.csr_matrix(values, dtype="float32"), compressed=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--work", type=Path, required=True, help="where features go")
    parser.add_argument("--sets", default=",".join([*GIVEN, *TEXT_COLUMNS]))
    parser.add_argument("--tokens", default=",".join(TOKENS))
    args = parser.parse_args()
    for case in tqdm(cases(args.sets.split(","), args.tokens.split(","))):
        folder, source = folder_of(args.work, case), args.data / case["set"]
        folder.mkdir(parents=True, exist_ok=True)
        if case["tokens"] != "given":
            make_from_texts(source, folder, case["tokens"])
            continue
        for name in MATRICES:
            values = sparse.load_npz(source / f"{name}.npz")
            is_features = name.startswith("X")
            save(folder / f"{name}.npz", normalize(values) if is_features else values)


if __name__ == "__main__":
    main()
