"""Settings of XR-Linear that may differ from level to level."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from keras_docs.models.xr.label_tree import LabelTree

NEGATIVES = ("tfn", "man", "usn")


def per_level(value: Any, depth: int) -> list[Any]:
    """One value per level of a tree, whatever its depth.

    A list counts from the labels upwards: its last entry is the labels' level. Where
    the tree is deeper, the first entry serves all levels above; where it is flatter,
    the first entries are left out. So settings keep their meaning when a tree of
    another depth is built.

    Args:
        value: one value, or a list or tuple of them.
        depth: int, the number of levels.

    Returns:
        A list of `depth` values, from the top.

    Example:

    >>> per_level(["tfn", "tfn+man"], 4)
    ['tfn', 'tfn', 'tfn', 'tfn+man']
    """
    if not isinstance(value, list | tuple):
        return [value] * depth
    return ([value[0]] * (depth - len(value)) + list(value))[-depth:]


def check_levels(name: str, value: Any, is_valid: Callable, expected: str) -> Any:
    """Checks a value, or each entry of a list of them.

    Args:
        name: string, the argument's name.
        value: what was given.
        is_valid: function of one value.
        expected: string, for the message.

    Returns:
        The value; a tuple as a list.

    Raises:
        ValueError: an entry is not valid, or the list is empty.
    """
    entries = value if isinstance(value, list | tuple) else [value]
    if not entries or not all(is_valid(entry) for entry in entries):
        raise ValueError(
            f"`{name}` must be {expected}, or a list of such with one entry per level, "
            f"the labels' level last. Received: {value!r}."
        )
    return list(value) if isinstance(value, tuple) else value


def check_user_negatives(
    user_negatives: Mapping[int, Any], negatives: Any, tree: LabelTree, num_rows: int
) -> None:
    """Checks that negatives are given where the settings ask for them.

    Args:
        user_negatives: level -> matrix.
        negatives: the setting, per level.
        tree: the tree.
        num_rows: int, training rows.

    Raises:
        ValueError: a level has none, one that needs none has some, or a shape is wrong.
    """
    parts = map(negatives_of, per_level(negatives, tree.depth))
    needed = {level for level, part in enumerate(parts) if "usn" in part} - {0}
    if needed != set(user_negatives):
        raise ValueError(
            "`user_negatives` must have a matrix for each level below the top where "
            f'`negatives` has "usn", in this tree {sorted(needed)}. Received: '
            f"{sorted(user_negatives)}."
        )
    for level, matrix in user_negatives.items():
        expected = (num_rows, tree.level_sizes[level - 1])
        if matrix.shape != expected:
            raise ValueError(
                f"`user_negatives[{level}]` must be of shape {expected}: a row for "
                "each row of `x`, a column for each node of the level above. "
                f"Received: {matrix.shape}."
            )


def negatives_of(text: str) -> frozenset[str]:
    """The parts of a setting like `"tfn+man"`; `tfn` is always one."""
    return frozenset(text.split("+")) | {"tfn"}
