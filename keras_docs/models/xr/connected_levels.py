"""Cuts from a tree's levels what no path from the root to a label passes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def connected_levels(
    parents: Sequence[np.ndarray],
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Removes clusters without labels, and all that is below a removed cluster.

    Args:
        parents: the levels as `LabelTree` takes them, but any node may have the parent
            -1, which removes it, and clusters may have no child.

    Returns:
        The levels of a tree in which clusters are numbered anew and labels keep their
        ids (-1 for those removed); and per level the former ids of its nodes, which
        are all of them in the last level.

    Raises:
        ValueError: no label is left.
    """
    alive = [np.ones(1, bool)]
    for level in parents:
        alive.append((level >= 0) & alive[-1][level])
    for t in range(len(parents) - 1, -1, -1):
        used = np.zeros(len(alive[t]), bool)
        used[parents[t][alive[t + 1]]] = True
        alive[t] &= used
    if not alive[0].any():
        raise ValueError(
            "No label is connected to the root: all of them were pruned. Export the "
            "model without an output constraint, or with one that leaves labels."
        )
    levels, kept = [], []
    for t, level in enumerate(parents):
        new_ids = np.cumsum(alive[t]) - 1
        is_last = t == len(parents) - 1
        kept.append(np.arange(len(level)) if is_last else np.flatnonzero(alive[t + 1]))
        renumbered = np.where(alive[t + 1], new_ids[level], -1)
        levels.append(renumbered[kept[t]].astype("int32"))
    return levels, kept
