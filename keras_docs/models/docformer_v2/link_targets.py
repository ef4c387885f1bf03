"""What a model that links entities is to learn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from keras_docs.models.docformer_v2.page_rows import PageRow


def link_targets(
    rows: Sequence[PageRow], entity_labels: np.ndarray
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """No further inputs, which entities are linked, and the weight of each pair.

    Args:
        rows: list of samples, pages with `links`, and windows.
        entity_labels: int32 array (rows, entities), from `entity_features`.

    Returns:
        Empty dict; int32 (rows, entities, entities), 1 where the first is linked to
        the second; and float32 of the same shape: 1 for pairs of different entities
        that are both in the window.

    Raises:
        ValueError: a link is no pair of the page's entities.
    """
    width = entity_labels.shape[1]
    is_there = entity_labels > 0
    targets = np.zeros((len(rows), width, width), "int32")
    for row, (sample, page, _) in enumerate(rows):
        count = len(page.parts.get("entities") or ())
        for link in page.parts["links"]:
            if len(link) != 2 or not all(0 <= int(i) < count for i in link):
                raise ValueError(
                    f"Page {sample.page}: a link is a pair (from, to) of indices "
                    f"of its {count} entities. Received: {link!r:.80}."
                )
            targets[row, link[0], link[1]] = 1
    pairs = is_there[:, :, None] & is_there[:, None] & ~np.eye(width, dtype=bool)
    return {}, targets * pairs, pairs.astype("float32")
