"""The tree whose leaves hold the labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_docs.models.xr.label_tree_checks import checked_parents, parents_of_chain
from keras_docs.models.xr.npz_arrays import NpzArrays, write_npz

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from scipy.sparse import csc_matrix

ROOT = -1


class LabelTree:
    """A tree over labels: the root, levels of clusters, and the labels at the bottom.

    Level 0 holds the root's children and the last level the labels, in their own ids. A
    leaf is a node of the level above the labels. The root itself is node 0 of level -1.
    Nothing in a tree changes once it is made.

    Args:
        parents: sequence of integer arrays, one per level from the top. `parents[t]`
            has one entry per node of level `t`: the id of its parent in level `t - 1`.
            `parents[0]` is all 0, the root. In the last level -1 stands for a label
            that is not in the tree (pruned), which is never predicted.

    Attributes:
        parents: tuple of int32 arrays, read-only.
        depth: int, the number of levels.
        level_sizes: tuple of ints, the number of nodes of each level.
        num_labels: int, the size of the last level, pruned labels included.

    Raises:
        ValueError: an array is no 1D array of integers, an id is out of range, or a
            cluster has no child.

    Example:

    >>> tree = keras_docs.LabelTree([[0, 0], [0, 1, 1, 0, 1]])
    >>> tree
    LabelTree(2-5: 5 labels, 2 to 3 in each of 2 leaves)
    >>> tree.children(0, 1)
    array([1, 2, 4], dtype=int32)
    >>> tree.path(2)
    (1, 2)

    Reference:
    - [Yu et al. 2020, PECOS](https://arxiv.org/abs/2010.05878)
    """

    def __init__(self, parents: Sequence[Any]) -> None:
        self.parents = checked_parents(parents)
        self.depth = len(self.parents)
        self.level_sizes = tuple(len(level) for level in self.parents)
        self.num_labels = self.level_sizes[-1]
        above = (1, *self.level_sizes[:-1])
        self._child_lists = [
            _child_lists(level, size)
            for level, size in zip(self.parents, above, strict=True)
        ]

    @classmethod
    def from_chain(cls, chain: Sequence[Any]) -> LabelTree:
        """A tree from the matrices by which PECOS describes one.

        Args:
            chain: sequence of SciPy sparse matrices or arrays. `chain[t]` of shape
                `(level_sizes[t], level_sizes[t - 1])` is non-zero at `(child, parent)`;
                `chain[0]` has one column.

        Returns:
            A `LabelTree`. A row of the last matrix without an entry is a pruned label.

        Raises:
            ValueError: the shapes do not follow each other, or a node has several
                parents.

        Example:

        >>> tree = LabelTree([[0, 0], [0, 1, 1, 0, 1]])
        >>> LabelTree.from_chain(tree.to_chain()) == tree
        True
        """
        return cls(parents_of_chain(chain))

    def to_chain(self) -> list[csc_matrix]:
        """The tree as PECOS describes it; see `from_chain`.

        Returns:
            A list of float32 SciPy CSC matrices of ones, one per level.
        """
        from scipy.sparse import csc_matrix

        return [
            csc_matrix(
                (np.ones(len(ids), "float32"), ids, starts.astype("int32")),
                shape=(size, len(starts) - 1),
            )
            for (starts, ids), size in zip(
                self._child_lists, self.level_sizes, strict=True
            )
        ]

    def children(self, level: int, node: int) -> np.ndarray:
        """The children of a node, which are nodes of the next level.

        Args:
            level: int, the node's level; -1 for the root.
            node: int, the node's id in its level.

        Returns:
            int32 array of ids of level `level + 1`, ascending, read-only.

        Raises:
            ValueError: there is no such node, or it is a label.
        """
        starts, ids = self.child_lists(level)
        node = _check_index("node", node, len(starts) - 1, f"level {level}")
        return ids[starts[node] : starts[node + 1]]

    def child_lists(self, level: int) -> tuple[np.ndarray, np.ndarray]:
        """The children of all nodes of a level, one list after the other.

        Args:
            level: int from -1 (the root) to `depth - 2` (the leaves).

        Returns:
            `starts`, an int64 array of one more entry than the level has nodes, and
            `ids`, an int32 array: the children of `node` are
            `ids[starts[node]:starts[node + 1]]`. Both are read-only.

        Raises:
            ValueError: there is no such level of clusters.
        """
        return self._child_lists[self._check_level(level, self.depth - 2) + 1]

    def labels_under(self, level: int, node: int) -> np.ndarray:
        """The labels below a node.

        Args:
            level: int, the node's level; -1 for the root.
            node: int, the node's id in its level.

        Returns:
            int32 array of label ids, ascending. A label is below itself.

        Raises:
            ValueError: there is no such node.
        """
        level = self._check_level(level, self.depth - 1)
        size = (1, *self.level_sizes)[level + 1]
        nodes = np.array([_check_index("node", node, size, f"level {level}")], "int32")
        for below in range(level, self.depth - 1):
            starts, ids = self.child_lists(below)
            nodes = np.concatenate([ids[starts[n] : starts[n + 1]] for n in nodes])
        return np.sort(nodes)

    def path(self, label: int) -> tuple[int, ...]:
        """The way from the root to a label.

        Args:
            label: int, the label's id.

        Returns:
            A tuple of node ids, one per level from level 0; the last is `label`.

        Raises:
            ValueError: there is no such label, or it was pruned.
        """
        node = _check_index("label", label, self.num_labels, "the tree")
        if self.parents[-1][node] < 0:
            raise ValueError(
                f"`label` {node} was pruned from this tree, so no path leads to it. "
                "Ask for a label of `labels_under(-1, 0)`."
            )
        path = [node]
        for level in self.parents[:0:-1]:
            path.append(int(level[path[-1]]))
        return tuple(path[::-1])

    def siblings(self, label: int) -> np.ndarray:
        """The other labels of a label's leaf.

        Args:
            label: int, the label's id.

        Returns:
            int32 array of label ids, ascending, without `label`.

        Raises:
            ValueError: there is no such label, or it was pruned.
        """
        leaf = (0, *self.path(label))[-2]
        labels = self.children(self.depth - 2, leaf)
        return labels[labels != label]

    def subtree(self, level: int, node: int) -> LabelTree:
        """The tree below a node, which becomes the root.

        Args:
            level: int, the node's level, at most `depth - 2`; -1 for the root.
            node: int, the node's id in its level.

        Returns:
            A `LabelTree` with as many labels and the same label ids; labels that are
            not below `node` are pruned. Clusters are numbered anew, in their order.

        Raises:
            ValueError: there is no such node, or it is a label.
        """
        nodes = self.children(level, node)
        parents = [np.zeros(len(nodes), "int32")]
        for below in range(level + 1, self.depth - 1):
            starts, ids = self.child_lists(below)
            counts = np.diff(starts)[nodes]
            parents.append(np.repeat(np.arange(len(nodes), dtype="int32"), counts))
            nodes = np.concatenate([ids[starts[n] : starts[n + 1]] for n in nodes])
            # Clusters keep their order, so that children stay ascending.
            order = np.argsort(nodes, kind="stable")
            nodes, parents[-1] = nodes[order], parents[-1][order]
        labels = np.full(self.num_labels, -1, "int32")
        labels[nodes] = parents[-1]
        return LabelTree([*parents[:-1], labels])

    def save(self, path: str | Path) -> None:
        """Writes the tree to a `.npz` file, whole or not at all.

        Args:
            path: the file; its folder exists.
        """
        write_npz(path, {f"parents_{t}": p for t, p in enumerate(self.parents)})

    @classmethod
    def load(cls, path: str | Path) -> LabelTree:
        """Reads a tree that `save` wrote; everything in the file is checked.

        Args:
            path: the file.

        Returns:
            A `LabelTree`.

        Raises:
            ValueError: the file is missing, damaged, or holds no label tree.
        """
        arrays = NpzArrays(path)
        names = [f"parents_{t}" for t in range(len(arrays.dtypes))]
        if not names or set(names) != set(arrays.dtypes):
            raise arrays.error(
                "is no label tree: expected the arrays parents_0, parents_1, …, found "
                f"{sorted(arrays.dtypes)[:5]}"
            )
        for name in names:
            if arrays.dtypes[name] != np.int32 or len(arrays.shapes[name]) != 1:
                raise arrays.error(
                    f"is no label tree: {name} must be a 1D int32 array, but is "
                    f"{arrays.dtypes[name]} of shape {arrays.shapes[name]}"
                )
        try:
            return cls([arrays.read(name) for name in names])
        except ValueError as error:
            raise ValueError(f"{path} holds no usable label tree: {error}") from None

    def plot(self, label_names: Sequence[str] | None = None) -> Figure:
        """Draws the tree; see `keras_docs.plot_label_tree`."""
        from keras_docs.plots.plot_label_tree import plot_label_tree

        return plot_label_tree(self, label_names)

    def _check_level(self, level: int, last: int) -> int:
        if not isinstance(level, int | np.integer) or not ROOT <= level <= last:
            raise ValueError(
                f"`level` must be an integer from -1 (the root) to {last} in this tree "
                f"of {self.depth} levels. Received: {level!r}."
            )
        return int(level)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LabelTree):
            return NotImplemented
        return self.level_sizes == other.level_sizes and all(
            np.array_equal(a, b)
            for a, b in zip(self.parents, other.parents, strict=True)
        )

    # Equal trees may be different objects; no dict of trees is needed.
    __hash__ = None

    def __repr__(self) -> str:
        sizes = np.diff(self._child_lists[-1][0])
        kept, leaves = int(sizes.sum()), len(sizes)
        pruned = self.num_labels - kept
        low, high = int(sizes.min()), int(sizes.max())
        inside = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        where = f"in each of {leaves:,} leaves" if leaves > 1 else "in 1 leaf"
        return (
            f"LabelTree({'-'.join(map(str, self.level_sizes))}: {kept:,} labels, "
            f"{inside} {where}{f', {pruned:,} pruned' if pruned else ''})"
        )


def _child_lists(parents: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    ids = np.argsort(parents, kind="stable").astype("int32")
    ids = ids[np.count_nonzero(parents < 0) :]
    starts = np.zeros(size + 1, "int64")
    np.cumsum(np.bincount(parents[parents >= 0], minlength=size), out=starts[1:])
    for array in (starts, ids):
        array.flags.writeable = False
    return starts, ids


def _check_index(name: str, value: Any, size: int, where: str) -> int:
    if not isinstance(value, int | np.integer) or not 0 <= value < size:
        raise ValueError(
            f"`{name}` must be an integer from 0 to {size - 1} in {where}. Received: "
            f"{value!r}."
        )
    return int(value)
