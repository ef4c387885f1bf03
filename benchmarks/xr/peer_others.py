"""napkinXC and Omikuji in their own process, with their defaults; one JSON line."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
from scipy import sparse
from timed import BEAM, TOP, arguments, matrix, quality, timed


def ids_of(rankings: list[list[int]]) -> np.ndarray:
    ids = np.full((len(rankings), TOP), -1)
    for row, ranked in enumerate(rankings):
        ids[row, : len(ranked[:TOP])] = ranked[:TOP]
    return ids


def measure_napkinxc(folder: Path, threads: int) -> tuple[dict, np.ndarray]:
    from napkinxc.models import PLT

    line: dict = {}
    y = matrix(folder, "Y.trn")
    labels = [
        y.indices[a:b].tolist()
        for a, b in zip(y.indptr[:-1], y.indptr[1:], strict=True)
    ]
    x, x_test = matrix(folder, "X.trn"), matrix(folder, "X.tst")
    with tempfile.TemporaryDirectory() as output:
        # Beam search: the exact search of its default takes several times as long.
        settings = {"tree_search_type": "beam", "beam_search_width": BEAM}
        model = PLT(output, threads=threads, seed=0, **settings)
        timed("train", lambda: model.fit(x, labels), line)
        model.predict(x_test[:10], top_k=TOP)
        found = timed("batch", lambda: model.predict(x_test, top_k=TOP), line)
    return line, ids_of(found)


def write_svmlight(x: sparse.csr_matrix, y: sparse.csr_matrix, path: Path) -> None:
    """Write the format of the Extreme Classification Repository."""
    with path.open("w") as file:
        file.write(f"{x.shape[0]} {x.shape[1]} {y.shape[1]}\n")
        for row in range(x.shape[0]):
            labels = y.indices[y.indptr[row] : y.indptr[row + 1]]
            part = slice(x.indptr[row], x.indptr[row + 1])
            features = zip(x.indices[part], x.data[part], strict=True)
            values = " ".join(f"{column}:{value:.6g}" for column, value in features)
            file.write(f"{','.join(map(str, labels))} {values}\n")


def measure_omikuji(folder: Path, threads: int) -> tuple[dict, np.ndarray]:
    import omikuji

    line: dict = {}
    x, x_test = matrix(folder, "X.trn"), matrix(folder, "X.tst")
    settings = omikuji.Model.default_hyper_param()
    settings.n_trees = 1
    with tempfile.TemporaryDirectory() as output:
        path = Path(output) / "train.txt"
        write_svmlight(x, matrix(folder, "Y.trn"), path)
        # It reads the file within its training.
        model = timed(
            "train",
            lambda: omikuji.Model.train_on_data(str(path), settings, threads),
            line,
        )
    rows = [
        list(zip(row.indices.tolist(), row.data.tolist(), strict=True))
        for row in x_test
    ]
    found = timed(
        "batch",
        lambda: [model.predict(row, beam_size=BEAM, top_k=TOP) for row in rows],
        line,
    )
    return line, ids_of([[label for label, _ in ranked] for ranked in found])


MODELS = {"napkinXC": measure_napkinxc, "Omikuji": measure_omikuji}


def main() -> None:
    args = arguments(("train",))
    line, ids = MODELS[args.mode](args.folder, args.threads)
    line["batch_cpu_ms"] = 1000 * line.pop("batch_cpu_s") / len(ids)
    line["batch_ms"] = 1000 * line.pop("batch_s") / len(ids)
    print(json.dumps(line | quality(matrix(args.folder, "Y.tst"), ids)))


if __name__ == "__main__":
    main()
