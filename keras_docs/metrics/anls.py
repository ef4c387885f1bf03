"""How close answers are to one of the accepted ones."""

from __future__ import annotations

from collections.abc import Sequence

from keras_docs.metrics.precision_recall_f1 import check_pairs


def anls(
    gold: Sequence[Sequence[str] | str],
    predicted: Sequence[str],
    threshold: float = 0.5,
) -> float:
    """Average normalised Levenshtein similarity, the score of DocVQA.

    An answer scores 1 minus its edit distance to the nearest accepted answer, divided
    by the longer one's length; and 0 if that quotient is not below `threshold`. Case
    and white space at the ends, or repeated, don't count.

    Implementations differ where the quotient is 0.5 exactly, as for "ac" and "ab": here
    and in the official script that scores 0.

    Args:
        gold: list of accepted answers, strings or lists of strings, for each question.
        predicted: list of strings.
        threshold: float, the quotient from which on an answer is wrong.

    Returns:
        Float from 0 to 1, the mean over questions.

    Raises:
        ValueError: the lists are empty or differ in length, or a question has no
            accepted answer.

    Example:
    ```python
    anls([["12.50", "12.50 EUR"], ["May"]], ["12,50", "June"])  # 0.4
    ```

    Reference: Biten et al., "Scene Text Visual Question Answering", ICCV 2019,
    https://arxiv.org/abs/1905.13648, section 3.4.
    """
    check_pairs(gold, predicted, "question")
    total = 0.0
    for i, (accepted, answer) in enumerate(zip(gold, predicted, strict=True)):
        accepted = [accepted] if isinstance(accepted, str) else list(accepted)
        if not accepted:
            raise ValueError(
                f"`gold` must have an accepted answer for each question. Question {i} "
                'has none. For one without an answer, accept "".'
            )
        total += max(_similarity(text, answer, threshold) for text in accepted)
    return total / len(gold)


def _similarity(one: str, other: str, threshold: float) -> float:
    one, other = (" ".join(text.lower().split()) for text in (one, other))
    if one == other:
        return 1.0
    distance = _edit_distance(one, other) / max(len(one), len(other))
    return 1.0 - distance if distance < threshold else 0.0


def _edit_distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            cost = min(row[j] + 1, row[j - 1] + 1, before + (a != b))
            before, row[j] = row[j], cost
    return row[-1]
