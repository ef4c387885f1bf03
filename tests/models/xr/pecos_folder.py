"""PECOS models as files, written with nothing of ours."""

import json

import numpy as np
from scipy.sparse import csc_matrix, save_npz

FEATURES = 9
# Root -> 2 -> 4 leaves -> 8 labels in no order.
PARENTS = [[0, 0], [0, 0, 1, 1], [3, 1, 0, 2, 2, 0, 1, 3]]


def write_pecos(
    folder,
    parents=PARENTS,
    bias=1.0,
    post_processor="l3-hinge",
    topk=8,
    features=FEATURES,
    seed=0,
):
    """An XR-Linear model of random weights."""
    rng = np.random.default_rng(seed)
    (folder / "ranker").mkdir(parents=True)
    write_json(folder / "param.json", {"__meta__": {"class_fullname": "XLinearModel"}})
    ranker = {"model": "HierarchicalMLModel", "depth": len(parents)}
    write_json(folder / "ranker/param.json", ranker)
    above = 1
    for t, level in enumerate(parents):
        level = np.asarray(level)
        rows = features + (bias > 0)
        weights = rng.normal(size=(rows, len(level))) * (
            rng.random((rows, len(level))) < 0.6
        )
        chain = np.zeros((len(level), above))
        kept = np.flatnonzero(level >= 0)
        chain[kept, level[kept]] = 1
        target = folder / f"ranker/{t}.model"
        target.mkdir()
        save_npz(target / "W.npz", csc_matrix(weights, dtype="float32"))
        save_npz(target / "C.npz", csc_matrix(chain, dtype="float32"))
        parameters = {
            "model": "MLModel",
            "nr_labels": len(level),
            "nr_features": features,
            "nr_codes": above,
            "bias": bias,
            "pred_kwargs": {"only_topk": topk, "post_processor": post_processor},
        }
        write_json(target / "param.json", parameters)
        above = len(level)
    return folder


def write_json(path, values):
    path.write_text(json.dumps(values))
