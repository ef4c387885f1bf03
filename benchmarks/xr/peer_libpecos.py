"""libpecos in its own process: one task, one JSON line. Runs in its environment."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from pecos.utils.featurization.text.vectorizers import Tfidf
from pecos.xmc import Indexer, LabelEmbeddingFactory
from pecos.xmc.xlinear.model import XLinearModel
from scipy import sparse
from timed import (
    BEAM,
    TOP,
    arguments,
    matrix,
    quality,
    ranking_times,
    resident_bytes,
    texts,
    timed,
)

# As our own settings of the same names.
TFIDF = {
    "max_feature": 200_000,
    "min_df_cnt": 2,
    "max_df_ratio": 0.98,
    "sublinear_tf": True,
    "add_one_idf": True,
}


def train(x, y, threads: int, line: dict) -> XLinearModel:
    """Train with default settings, each stage timed."""
    y = y.tocsc()
    z = timed(
        "representation",
        lambda: LabelEmbeddingFactory.pifa(y, x, threads=threads),
        line,
    )
    tree = timed("tree", lambda: Indexer.gen(z, threads=threads, seed=0), line)
    return timed(
        "rankers", lambda: XLinearModel.train(x, y, C=tree, threads=threads), line
    )


def predict(model: XLinearModel, x, threads: int):
    return model.predict(x, only_topk=TOP, beam_size=BEAM, threads=threads)


def ranked(result: sparse.csr_matrix) -> np.ndarray:
    """Return label ids (rows, TOP); its rows are in descending order of scores."""
    ids = np.full((result.shape[0], TOP), -1)
    lengths = np.diff(result.indptr)
    ids[np.arange(TOP) < lengths[:, None]] = result.indices
    return ids


def measure_training(folder: Path, threads: int, mode: str) -> dict:
    line: dict = {}
    x, y = matrix(folder, "X.trn"), matrix(folder, "Y.trn")
    model = train(x, y, threads, line)
    if not (folder / "libpecos").is_dir():
        model.save(str(folder / "libpecos"))
    result = predict(model, matrix(folder, "X.tst"), threads)
    return line | quality(matrix(folder, "Y.tst"), ranked(result))


def measure_from_text(folder: Path, threads: int, mode: str) -> dict:
    line: dict = {}
    corpus = texts(folder, "trn")

    def vectorize():
        vectorizer = Tfidf.train(corpus, TFIDF | {"threads": threads})
        return vectorizer, vectorizer.predict(corpus, threads=threads)

    vectorizer, x = timed("text", vectorize, line)
    model = train(x, matrix(folder, "Y.trn"), threads, line)
    x = vectorizer.predict(texts(folder, "tst"), threads=threads)
    result = predict(model, x, threads)
    return line | quality(matrix(folder, "Y.tst"), ranked(result))


def load(folder: Path, mode: str) -> XLinearModel:
    return XLinearModel.load(
        str(folder / "libpecos"), is_predict_only=True, weight_matrix_type=mode
    )


def measure_ranking(folder: Path, threads: int, mode: str) -> dict:
    model, x = load(folder, mode), matrix(folder, "X.tst")
    np.save(folder / "libpecos_ids.npy", ranked(predict(model, x, threads)))
    return ranking_times(lambda rows, count: predict(model, rows, count), x, threads)


def measure_loading(folder: Path, threads: int, mode: str) -> dict:
    line: dict = {}
    x = matrix(folder, "X.tst")
    before = resident_bytes()
    model = timed("load", lambda: load(folder, mode), line)
    timed("first", lambda: predict(model, x[:1], threads), line)
    predict(model, x, threads)
    return line | {"resident_bytes": resident_bytes() - before}


TASKS = {
    "train": measure_training,
    "from_text": measure_from_text,
    "rank": measure_ranking,
    "load": measure_loading,
}


def main() -> None:
    args = arguments(tuple(TASKS))
    print(json.dumps(TASKS[args.task](args.folder, args.threads, args.mode)))


if __name__ == "__main__":
    main()
