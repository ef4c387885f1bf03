"""F1 of links between entities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from keras_docs.metrics.precision_recall_f1 import PrecisionRecallF1, check_pairs


def linking_f1(
    gold: Sequence[Iterable[tuple[int, int]]],
    predicted: Sequence[Iterable[tuple[int, int]]],
) -> PrecisionRecallF1:
    """Micro-averaged precision, recall and F1 of directed links.

    A link is a pair of entities of one page, such as (question, answer); both must be
    right, in this order. Entities are usually given.

    Args:
        gold: list of collections of pairs, one collection for each page. A pair that is
            there twice counts once.
        predicted: list as long.

    Returns:
        `PrecisionRecallF1`, of all pages together.

    Raises:
        ValueError: the lists are empty or differ in length, or a link is no pair.

    Example:
    ```python
    linking_f1([[(0, 1), (2, 3)]], [[(0, 1), (3, 2)]]).f1  # 0.5
    ```

    Reference: Jaume et al., "FUNSD", 2019, https://arxiv.org/abs/1905.13538, section 4.
    """
    check_pairs(gold, predicted, "page")
    right = found = total = 0
    for i, (one, other) in enumerate(zip(gold, predicted, strict=True)):
        wanted, got = _pairs(one, i), _pairs(other, i)
        right += len(wanted & got)
        found += len(got)
        total += len(wanted)
    return PrecisionRecallF1.of(right, found, total)


def _pairs(links: Iterable[tuple[int, int]], page: int) -> set[tuple[int, int]]:
    pairs = set()
    for link in links:
        try:
            head, tail = link
            pairs.add((int(head), int(tail)))
        except (TypeError, ValueError):
            raise ValueError(
                f"A link must be a pair of indices of entities. Received for page "
                f"{page}: {link!r:.60}."
            ) from None
    return pairs
