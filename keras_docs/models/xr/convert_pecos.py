"""PECOS' XR-Linear models <-> `XRLinear`.

The format is that of libpecos 1.2: a folder `ranker` of one folder per level, each with
its weights `W.npz`, its clusters `C.npz` and a `param.json`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from keras_docs.hub.atomic_folder import atomic_folder
from keras_docs.hub.strict_json import read_json_object
from keras_docs.models.xr.connected_levels import connected_levels
from keras_docs.models.xr.csc_file import read_csc, write_csc
from keras_docs.models.xr.label_tree import LabelTree
from keras_docs.models.xr.label_tree_checks import parents_of_chain
from keras_docs.models.xr.level_settings import per_level
from keras_docs.models.xr.post_processors import POST_PROCESSORS
from keras_docs.models.xr.xr_linear import XRLinear

MODEL_CLASS = "pecos.xmc.xlinear.model###XLinearModel"
RANKER_CLASS = "pecos.xmc.base###HierarchicalMLModel"
LEVEL_CLASS = "pecos.xmc.base###MLModel"
# How PECOS says that no feature of a constant value was added.
NO_BIAS = -1.0


def load_pecos_xlinear(folder: str | Path) -> XRLinear:
    """Imports an XR-Linear model that PECOS saved.

    The model ranks as PECOS does with it: the same labels, scores within 2e-4 (sums of
    float32 in another order). Settings that only matter for training are not in PECOS'
    files and are `XRLinear`'s own. Clusters and labels that were pruned in PECOS are
    left out; labels keep their ids.

    Args:
        folder: what `XLinearModel.save(folder)` wrote; or a text2text model of one
            ranker, whose ranker is imported.

    Returns:
        An `XRLinear`.

    Raises:
        ValueError: a file is missing or damaged, levels do not fit each other, or the
            model is of a kind that has no counterpart here, such as the memory-mapped
            form, which only PECOS' own code can read.

    Example:
    ```python
    xr_linear = keras_docs.load_pecos_xlinear("pecos_model")
    labels, scores = xr_linear.predict(x, k=10)
    xr_linear.save_to_preset("my_preset")
    ```

    Reference:
    - [amzn/pecos, pecos/xmc/base.py](https://github.com/amzn/pecos)
    """
    ranker = _find_ranker(Path(folder))
    depth = _read_depth(ranker)
    levels = [_read_level(ranker / f"{t}.model") for t in range(depth)]
    processor = _common_post_processor(ranker, levels)
    tree, kept = _read_tree(ranker, levels)
    layers = []
    for level, nodes in zip(levels, kept, strict=True):
        features = level.num_features
        biases = np.zeros(len(nodes), "float32")
        if level.bias > 0:
            biases[:] = level.bias * level.weights[features].toarray()[0, nodes]
        layers.append((level.weights[:features, nodes], biases))
    return XRLinear.from_layers(
        tree,
        layers,
        bias=max(levels[0].bias, 0.0),
        post_processor=processor,
        beam_size=[level.topk for level in levels],
    )


def save_pecos_xlinear(model: XRLinear, folder: str | Path) -> None:
    """Exports an `XRLinear` for PECOS' `XLinearModel.load(folder)`.

    Args:
        model: a fitted `XRLinear`.
        folder: a new or empty folder. It appears as a whole or not at all.

    Raises:
        ValueError: the folder is not empty, or the model has not been fitted.

    Example:
    ```python
    keras_docs.save_pecos_xlinear(xr_linear, "pecos_model")
    ```
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ValueError(
            f"`folder` must be new or empty. Received {str(folder)!r}, which is a file "
            "or holds files. Choose another one, or remove it first."
        )
    layers, tree = model.to_layers(), model.tree
    chain = tree.to_chain()
    bias = _stored_bias(model, layers)
    processor = model.setting("post_processor").replace("_", "-")
    topks = per_level(model.setting("beam_size"), tree.depth)
    sizes = {"nr_features": model.num_features, "nr_labels": model.num_labels}
    with atomic_folder(target) as building:
        _write_json(building / "param.json", MODEL_CLASS, {})
        ranker = building / "ranker"
        ranker.mkdir()
        leaves = (1, *tree.level_sizes)[tree.depth - 1]
        _write_json(
            ranker / "param.json",
            RANKER_CLASS,
            sizes | {"depth": tree.depth, "nr_codes": leaves},
        )
        for t, (weights, biases) in enumerate(layers):
            level = ranker / f"{t}.model"
            level.mkdir()
            write_csc(level / "W.npz", _with_bias_row(weights, biases, bias))
            write_csc(level / "C.npz", chain[t])
            topk, shape = int(topks[t]), chain[t].shape
            settings = {"only_topk": topk, "post_processor": processor}
            settings = _with_class(f"{LEVEL_CLASS}.PredParams", settings)
            parameters = sizes | {"nr_labels": shape[0], "nr_codes": shape[1]}
            parameters |= {"bias": bias, "pred_kwargs": settings}
            _write_json(level / "param.json", LEVEL_CLASS, parameters)


class _Level(NamedTuple):
    """One level as PECOS stores it."""

    weights: Any
    chain: Any
    bias: float
    num_features: int
    topk: int
    post_processor: str


def _find_ranker(folder: Path) -> Path:
    """The folder of the levels, whichever PECOS folder was given."""
    if (folder / "xlinear_ensemble").is_dir():
        members = sorted((folder / "xlinear_ensemble").glob("*/ranker"))
        if len(members) != 1:
            names = ", ".join(str(member.parent) for member in members[:4])
            raise ValueError(
                f"{folder} is a text2text model of {len(members)} rankers. Import them "
                f"one by one: {names}."
            )
        return members[0]
    if (folder / "ranker").is_dir():
        return folder / "ranker"
    if (folder / "0.model").is_dir():
        return folder
    raise ValueError(
        f"{folder} is no XR-Linear model of PECOS: it has no folder `ranker`. Pass the "
        "folder that `XLinearModel.save` wrote; for an XR-Transformer, its folder "
        "`concat_model`."
    )


def _read_depth(ranker: Path) -> int:
    parameters = _read_parameters(ranker, "HierarchicalMLModel")
    folders = sum(1 for path in ranker.glob("*.model") if path.is_dir())
    depth = parameters.get("depth", folders)
    if not _is_count(depth) or depth != folders:
        raise ValueError(
            f"{ranker / 'param.json'} says depth {depth!r}, but there are {folders} "
            "level folders (0.model, 1.model, …). Copy the whole model again."
        )
    return depth


def _read_parameters(folder: Path, model_class: str) -> dict[str, Any]:
    path = folder / "param.json"
    parameters = read_json_object(path)
    if parameters.get("is_mmap"):
        raise ValueError(
            f"{folder} is in PECOS' memory-mapped form, which depends on its compiled "
            "code. Import the model that it was compiled from (the one with W.npz "
            "files), or train and save that one again."
        )
    if parameters.get("model") != model_class:
        raise ValueError(
            f"{path} must describe a {model_class} of PECOS. Received model "
            f"{parameters.get('model')!r}."
        )
    return parameters


def _read_level(folder: Path) -> _Level:
    parameters = _read_parameters(folder, "MLModel")
    weights = read_csc(folder / "W.npz")
    bias = parameters.get("bias", NO_BIAS)
    settings = parameters.get("pred_kwargs", {})
    topk = settings.get("only_topk") if isinstance(settings, dict) else None
    is_number = isinstance(bias, int | float) and not isinstance(bias, bool)
    if not is_number or not np.isfinite(bias) or not _is_count(topk):
        raise ValueError(
            f"{folder / 'param.json'} must give a number as bias, and at least 1 as "
            f"only_topk of pred_kwargs. Received: {bias!r} and {topk!r}."
        )
    num_features = weights.shape[0] - (bias > 0)
    for name, found in (
        ("nr_features", num_features),
        ("nr_labels", weights.shape[1]),
    ):
        if parameters.get(name, found) != found or found < 1:
            raise ValueError(
                f"{folder / 'param.json'} says {name} {parameters.get(name)!r}, but "
                f"W.npz of shape {weights.shape} with bias {bias} gives {found}. Copy "
                "the whole model again."
            )
    chain = _read_chain(folder, weights.shape[1])
    processor = str(settings.get("post_processor")).replace("-", "_")
    return _Level(weights, chain, float(bias), num_features, topk, processor)


def _read_chain(folder: Path, nodes: int) -> Any:
    from scipy.sparse import csc_matrix

    path = folder / "C.npz"
    if folder.name == "0.model" and not path.exists():
        return csc_matrix(np.ones((nodes, 1), "float32"))
    chain = read_csc(path)
    if chain.shape[0] != nodes:
        raise ValueError(
            f"{path} of shape {chain.shape} must have one row for each of the {nodes} "
            "columns of W.npz. Copy the whole model again."
        )
    return chain


def _common_post_processor(ranker: Path, levels: list[_Level]) -> str:
    names = {level.post_processor for level in levels}
    if len(names) > 1 or not names <= set(POST_PROCESSORS):
        raise ValueError(
            f"The levels of {ranker} must have one post_processor in common, of "
            f"{sorted(POST_PROCESSORS)}. Received: {sorted(names)}."
        )
    return names.pop()


def _read_tree(
    ranker: Path, levels: list[_Level]
) -> tuple[LabelTree, list[np.ndarray]]:
    if len({level.num_features for level in levels}) > 1:
        raise ValueError(
            f"The levels of {ranker} have different numbers of features: "
            f"{[level.num_features for level in levels]}. Copy the whole model again."
        )
    if levels[0].chain.shape[1] != 1:
        raise ValueError(
            f"{ranker} is the lower part of a split model: it starts from "
            f"{levels[0].chain.shape[1]} clusters that another model has to choose. "
            "Join both in PECOS (`upper + lower`) and save the result."
        )
    try:
        parents = parents_of_chain([level.chain for level in levels])
        parents, kept = connected_levels(parents)
    except ValueError as error:
        raise ValueError(f"The C.npz files of {ranker} make no tree: {error}") from None
    return LabelTree(parents), kept


def _stored_bias(model: XRLinear, layers: list) -> float:
    """The value of the constant feature, by which start scores are divided."""
    bias = float(model.setting("bias"))
    if bias > 0:
        return bias
    return 1.0 if any(biases.any() for _, biases in layers) else NO_BIAS


def _with_bias_row(weights: Any, biases: np.ndarray, bias: float) -> Any:
    from scipy.sparse import csc_matrix, vstack

    if bias <= 0:
        return weights
    return vstack([weights, csc_matrix(biases[None] / np.float32(bias))], format="csc")


def _with_class(name: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"__meta__": {"class_fullname": name}} | values


def _write_json(path: Path, class_name: str, values: dict[str, Any]) -> None:
    if values:
        values = {"model": class_name.split("###")[1]} | values
    path.write_text(json.dumps(_with_class(class_name, values), indent=1))


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
