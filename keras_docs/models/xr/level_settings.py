"""Settings of XR-Linear that may differ from level to level."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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


def negatives_of(text: str) -> frozenset[str]:
    """The parts of a setting like `"tfn+man"`; `tfn` is always one."""
    return frozenset(text.split("+")) | {"tfn"}
