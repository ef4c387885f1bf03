"""The number of a label, or an error that tells where it was met."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any


def label_id(label: Any, ids: Mapping[str, int], where: str) -> int:
    """Looks up a label of a word or of an entity.

    Args:
        label: string.
        ids: dict of the labels that are known.
        where: string, begins the errors.

    Raises:
        ValueError: it is not known.
    """
    if label not in ids:
        nearest = difflib.get_close_matches(str(label), ids, n=1)
        hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
        raise ValueError(
            f"{where} has the label {label!r:.60}, which is not one of the "
            f"{len(ids)} that the preprocessor knows.{hint} `adapt(pages)` "
            "learns others, or give `labels`."
        )
    return ids[label]
