"""Precision, recall and their harmonic mean."""

from __future__ import annotations

from typing import NamedTuple


class PrecisionRecallF1(NamedTuple):
    """Scores from 0 to 1; 0 where nothing was there to divide by.

    Args:
        precision: float, the share of what was predicted that is right.
        recall: float, the share of what is right that was predicted.
        f1: float, their harmonic mean.
    """

    precision: float
    recall: float
    f1: float

    @classmethod
    def of(cls, right: int, predicted: int, gold: int) -> PrecisionRecallF1:
        """From counts.

        Args:
            right: int, how many were both predicted and right.
            predicted: int.
            gold: int, how many there are to find.
        """
        total = predicted + gold
        return cls(
            right / predicted if predicted else 0.0,
            right / gold if gold else 0.0,
            2 * right / total if total else 0.0,
        )


def check_pairs(gold: object, predicted: object, what: str) -> None:
    """Raises a `ValueError` unless there is a prediction for each gold element.

    Args:
        gold: a list.
        predicted: a list.
        what: string, what an element is: `"question"`.
    """
    for name, value in (("gold", gold), ("predicted", predicted)):
        if isinstance(value, str | bytes) or not hasattr(value, "__len__"):
            raise ValueError(
                f"`{name}` must be a list with an element for each {what}. Received: "
                f"{value!r:.80}."
            )
    if not len(gold) or len(gold) != len(predicted):
        raise ValueError(
            f"`gold` and `predicted` must have one element for each {what}, and at "
            f"least one. Received: {len(gold)} and {len(predicted)} elements."
        )
