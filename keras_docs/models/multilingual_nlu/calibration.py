"""What is set on held-out texts: how sure is sure enough."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

TEMPERATURES = np.exp(np.linspace(np.log(0.2), np.log(5.0), 201))


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the lowest negative log-likelihood.

    Args:
        logits: float array (rows, classes).
        labels: int array (rows,).

    Returns:
        float between 0.2 and 5, to 1.6 %.

    Reference:
    - [Guo et al. 2017, On Calibration of Modern Neural
      Networks](https://arxiv.org/abs/1706.04599), section 4.2
    """
    logits = np.asarray(logits, "float64")
    right = logits[np.arange(len(labels)), labels]

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        highest = scaled.max(axis=1)
        total = np.log(np.exp(scaled - highest[:, None]).sum(axis=1)) + highest
        return float(np.mean(total - right / temperature))

    return float(min(TEMPERATURES, key=loss))


def slot_f1(right: Sequence[list[dict]], found: Sequence[list[dict]]) -> float:
    """Micro-averaged F1 of slots by type and place.

    Args:
        right: list of slots for each text, dicts of `type`, `start` and `end`.
        found: list as long.

    Returns:
        Float from 0 to 1; 0 if there are no slots.
    """
    both = total = 0
    for pair in zip(right, found, strict=True):
        here, there = (
            {(slot["type"], slot["start"], slot["end"]) for slot in slots}
            for slots in pair
        )
        both += len(here & there)
        total += len(here) + len(there)
    return 2 * both / total if total else 0.0
