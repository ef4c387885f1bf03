"""Unknown keyword arguments raise, with the nearest known name."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable


def constructor_arguments(cls: type) -> set[str]:
    """Names of the keyword arguments that the constructor of `cls` lists."""
    return {
        parameter.name
        for parameter in inspect.signature(cls.__init__).parameters.values()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    } - {"self"}


def check_arguments(cls: type, kwargs: dict, known: Iterable[str]) -> None:
    """Raises a `TypeError` for the first keyword argument that `cls` does not know.

    Args:
        cls: the class that is being built.
        kwargs: the keyword arguments that no named argument took.
        known: names that are accepted in `kwargs`.

    Raises:
        TypeError: an argument is unknown; names it and the nearest known one.
    """
    known = set(known)
    for name in kwargs:
        if name in known:
            continue
        candidates = sorted(known | constructor_arguments(cls))
        nearest = difflib.get_close_matches(name, candidates, n=1, cutoff=0.5)
        hint = f" Did you mean `{nearest[0]}`?" if nearest else ""
        raise TypeError(
            f"`{cls.__name__}` got an unknown argument `{name}`.{hint} "
            f"It takes: {', '.join(candidates)}."
        )
