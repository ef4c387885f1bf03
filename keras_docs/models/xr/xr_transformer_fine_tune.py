"""Fine-tunes a text encoder on the levels of a label tree, from coarse to fine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
from scipy import sparse

from keras_docs.models.xr.label_tree import LabelTree
from keras_docs.models.xr.level_settings import negatives_of, per_level
from keras_docs.models.xr.level_tasks import (
    entries_of,
    level_targets,
    normalize_relevance,
)
from keras_docs.models.xr.xr_linear import XRLinear
from keras_docs.models.xr.xr_transformer_batches import LevelBatches
from keras_docs.models.xr.xr_transformer_checkpoint import EncoderCheckpoint
from keras_docs.models.xr.xr_transformer_embedder import TextEmbedder
from keras_docs.models.xr.xr_transformer_level_head import LevelHead, squared_hinge

# Entries of unit vectors are small: the classifiers need large weights, which a small
# cost would not pay for.
BOOTSTRAP = {"cost_positive": 10.0, "cost_negative": 10.0, "threshold": 0.0}
WEIGHT_DECAY = 0.01
# Biases and scales of normalizations are not decayed, nor the bootstrapped head.
NOT_DECAYED = ("bias", "gamma", "beta", "norm", "head")
LARGEST_GRADIENT = 1.0


class FineTuneSettings(NamedTuple):
    """How one level is learned; see `XRTransformer`."""

    steps: int
    batch_size: int
    learning_rate: float
    negatives: str
    num_matched: int


def fine_tune(
    embedder: TextEmbedder,
    tokens: Mapping[str, np.ndarray],
    y: sparse.csr_matrix,
    tree: LabelTree,
    config: dict[str, Any],
    checkpoint: EncoderCheckpoint,
    verbose: int,
) -> None:
    """Trains the encoder on each level in turn; the next goes on with its weights.

    Args:
        embedder: the encoder with its pooling.
        tokens: dict of int32 (rows, length).
        y: CSR (rows, labels) of ones.
        tree: the labels' tree.
        config: `XRTransformer.get_config()`.
        checkpoint: where the encoder is kept after each level.
        verbose: int, 1 shows progress.
    """
    # A node weighs as much as the share of the row's labels that lie below it.
    targets = [normalize_relevance(t, "max") for t in level_targets(y, tree)]
    for level, settings in enumerate(_settings_of_levels(tree, config)):
        is_left_out = tree.level_sizes[level] > config["max_nodes"]
        if settings.steps == 0 or is_left_out or checkpoint.restore(level):
            continue
        random = np.random.default_rng([config["seed"], level])
        drawn = _draw(len(tokens["token_ids"]), settings, random)
        rows = np.unique(drawn)
        upper = LabelTree(tree.parents[: level + 1])
        head, signed = _bootstrap(
            embedder.embed({name: a[rows] for name, a in tokens.items()}, verbose),
            targets[level][rows],
            upper,
            settings,
            config["seed"],
        )
        batches = LevelBatches(
            embedder,
            {name: a[rows] for name, a in tokens.items()},
            np.searchsorted(rows, drawn),
            signed,
            settings.batch_size,
            config["max_candidates"],
            config["seed"],
        )
        if verbose:
            print(f"Level {level + 1} of {tree.depth}: {upper.num_labels:,} nodes")
        _train(embedder, head, batches, settings, verbose)
        checkpoint.save(level)


def _settings_of_levels(tree: LabelTree, config: dict) -> list[FineTuneSettings]:
    names = FineTuneSettings._fields
    columns = [per_level(config[name], tree.depth) for name in names]
    return [FineTuneSettings(*row) for row in zip(*columns, strict=True)]


def _draw(
    num_rows: int, settings: FineTuneSettings, random: np.random.Generator
) -> np.ndarray:
    """The rows of all batches: every row once, then every row again, and so on."""
    count = settings.steps * settings.batch_size
    rounds = [random.permutation(num_rows) for _ in range(-(-count // num_rows))]
    return np.concatenate(rounds)[:count]


def _bootstrap(
    vectors: np.ndarray,
    target: sparse.csr_matrix,
    tree: LabelTree,
    settings: FineTuneSettings,
    seed: int,
) -> tuple[LevelHead, sparse.csr_matrix]:
    """A head that is linearly trained on the encoder as it is, and the candidates.

    Candidates of a row are the children of its parents' level nodes that are positive
    (`tfn`), or that this linear model reaches by beam search (`man`).
    """
    linear = XRLinear(vectors.shape[1], tree.num_labels, seed=seed, **BOOTSTRAP)
    linear.fit(vectors, target, tree=tree, verbose=0)
    weights, biases = linear.to_layers()[-1]
    head = LevelHead(weights.T.toarray(), biases, name="head")
    positive = entries_of(target)
    if tree.depth == 1:
        candidates = sparse.csr_matrix(np.ones(target.shape, "float32"))
    else:
        children = tree.to_chain()[-1]
        parents = sparse.csr_matrix(positive @ children)
        if "man" in negatives_of(settings.negatives):
            parents = parents + _matched(linear, vectors, tree, settings.num_matched)
        candidates = entries_of(parents @ children.T.tocsr())
    signed = target + positive - (candidates + positive).sign()
    return head, sparse.csr_matrix(signed)


def _matched(
    linear: XRLinear, vectors: np.ndarray, tree: LabelTree, count: int
) -> sparse.csr_matrix:
    """The nodes above that beam search reaches: CSR (rows, nodes)."""
    above = LabelTree(tree.parents[:-1])
    matcher = XRLinear.from_layers(above, linear.to_layers()[:-1])
    count = min(count, above.num_labels)
    nodes, _ = matcher.predict(vectors, count, beam_size=count, engine="numba")
    rows, places = np.nonzero(nodes >= 0)
    ones = np.ones(len(rows), "float32")
    shape = (len(vectors), above.num_labels)
    return sparse.csr_matrix((ones, (rows, nodes[rows, places])), shape=shape)


def _train(
    embedder: TextEmbedder,
    head: LevelHead,
    batches: LevelBatches,
    settings: FineTuneSettings,
    verbose: int,
) -> None:
    nodes = keras.Input((None,), dtype="int32", name="nodes")
    model = keras.Model(
        {**embedder.encoder.input, "nodes": nodes}, head(embedder.model.output, nodes)
    )
    rate = keras.optimizers.schedules.PolynomialDecay(
        settings.learning_rate, settings.steps, 0.0
    )
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=WEIGHT_DECAY, global_clipnorm=LARGEST_GRADIENT
    )
    optimizer.exclude_from_weight_decay(var_names=list(NOT_DECAYED))
    if embedder.encoder.dtype_policy.name == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    model.compile(optimizer, squared_hinge)
    # The batches come in random order already, and are as many as there are steps.
    model.fit(batches, shuffle=False, verbose=verbose)
