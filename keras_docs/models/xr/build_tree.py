"""Builds the tree of labels that a configuration asks for."""

from __future__ import annotations

from typing import Any

from keras_docs.models.xr import label_representation as representations
from keras_docs.models.xr.hierarchical_kmeans import hierarchical_kmeans
from keras_docs.models.xr.label_tree import LabelTree
from keras_docs.models.xr.train_levels import TrainingData

# Each takes the training data, label features (or None) and a seed.
REPRESENTATIONS = {
    "pifa": lambda data, z, seed: representations.pifa(data.x, data.y),
    "pii": lambda data, z, seed: representations.pii(data.y),
    "graph_spectrum": lambda data, z, seed: representations.graph_spectrum(
        data.y, seed=seed
    ),
    "label_features": lambda data, z, seed: representations.label_features(z),
    "pifa_label_features": lambda data, z, seed: (
        representations.pifa_with_label_features(data.x, data.y, z)
    ),
}


def build_tree(
    data: TrainingData, label_features: Any, config: dict[str, Any], n_jobs: int
) -> LabelTree:
    """Clusters the labels.

    Args:
        data: what to learn from.
        label_features: matrix (num_labels, any), or `None`.
        config: `XRLinear.get_config()`.
        n_jobs: int.

    Returns:
        A `LabelTree`.

    Raises:
        ValueError: label features are missing, or given and not used.
    """
    name = config["label_representation"]
    if name.endswith("label_features") != (label_features is not None):
        raise ValueError(
            f"`label_features` must be given with `label_representation` "
            f'"label_features" or "pifa_label_features", and only then. The model has '
            f"{name!r}."
        )
    representation = REPRESENTATIONS[name](data, label_features, config["seed"])
    return hierarchical_kmeans(
        representation,
        branching=config["branching"],
        max_leaf_size=config["max_leaf_size"],
        seed=config["seed"],
        n_jobs=n_jobs,
    )
