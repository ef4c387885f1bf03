"""F1 of entities in BIO tags."""

from __future__ import annotations

from collections.abc import Sequence

from keras_docs.metrics.precision_recall_f1 import PrecisionRecallF1, check_pairs


def entity_f1(
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    strict: bool = True,
) -> PrecisionRecallF1:
    """Micro-averaged precision, recall and F1 of entities.

    An entity is a run of tags `B-type`, `I-type`, `I-type`, …; it is right if a
    predicted one has the same words and type. FUNSD and CORD are scored so. FUNSD's
    figures in the literature are not all comparable: say whether the boxes given were
    of words or of whole segments.

    Args:
        gold: list of lists of tags, one for each page: `O`, `B-type` or `I-type`.
        predicted: list of lists as long.
        strict: bool. With `True`, an `I-type` that continues nothing is no entity. With
            `False` it begins one, as in `conlleval` and in seqeval's default, which
            many published figures use.

    Returns:
        `PrecisionRecallF1`, of all pages together.

    Raises:
        ValueError: the lists are empty or differ in length, or a tag is malformed.

    Example:
    ```python
    gold = [["B-KEY", "I-KEY", "O", "B-VALUE"]]
    entity_f1(gold, [["B-KEY", "O", "O", "B-VALUE"]]).f1  # 0.5
    ```

    Reference: Ramshaw and Marcus, "Text Chunking using Transformation-Based Learning",
    1995, https://aclanthology.org/W95-0107; seqeval,
    https://github.com/chakki-works/seqeval, with `mode="strict", scheme=IOB2` or
    without.
    """
    check_pairs(gold, predicted, "page")
    right = found = total = 0
    for i, (one, other) in enumerate(zip(gold, predicted, strict=True)):
        if len(one) != len(other):
            raise ValueError(
                "`gold` and `predicted` must have a tag for each word. Received for "
                f"page {i}: {len(one)} and {len(other)} tags."
            )
        wanted, got = _spans(one, strict, i), _spans(other, strict, i)
        right += len(wanted & got)
        found += len(got)
        total += len(wanted)
    return PrecisionRecallF1.of(right, found, total)


def _spans(tags: Sequence[str], strict: bool, page: int) -> set[tuple[str, int, int]]:
    spans: set[tuple[str, int, int]] = set()
    current, start = None, 0
    # The last one ends what is open.
    for i, tag in enumerate([*tags, "O"]):
        prefix, _, kind = str(tag).partition("-")
        if tag != "O" and (prefix not in ("B", "I") or not kind):
            raise ValueError(
                f"Tags must be O, B-type or I-type. Received for page {page}, word {i}:"
                f" {tag!r:.60}."
            )
        if current is not None and (prefix != "I" or kind != current):
            spans.add((current, start, i))
            current = None
        if prefix == "B" or (prefix == "I" and current is None and not strict):
            current, start = kind, i
    return spans
