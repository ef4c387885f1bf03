"""How likely a true label is to be annotated at all."""

from __future__ import annotations

from typing import Any

import numpy as np


def label_propensities(
    label_counts: Any, num_rows: int, a: float = 0.55, b: float = 1.5
) -> np.ndarray:
    """Propensity of each label, from how often it was seen in training.

    Annotators miss rare labels more often. With N_l rows of label l among N rows:
    p_l = 1 / (1 + C exp(-a ln(N_l + b))), with C = (ln N - 1) (b + 1)^a.

    Args:
        label_counts: int array (labels,), training rows of each label.
        num_rows: int, training rows.
        a: float. 0.55 by default; 0.5 for Wikipedia, 0.6 for Amazon data sets.
        b: float. 1.5 by default; 0.4 for Wikipedia, 2.6 for Amazon data sets.

    Returns:
        float32 array (labels,) in (0, 1].

    Raises:
        ValueError: a count is negative or beyond `num_rows`, or there are fewer than 3
            rows, for which the formula gives no probability.

    Example:
    ```python
    label_propensities([0, 10, 1000], num_rows=10_000)  # [0.0842, 0.2199, 0.7669]
    ```

    Reference: Jain, Prabhu and Varma, "Extreme Multi-label Loss Functions for
    Recommendation, Tagging, Ranking & Other Missing Label Applications", KDD 2016,
    Section 4, https://doi.org/10.1145/2939672.2939756.
    """
    counts = np.asarray(label_counts, dtype=np.float64)
    if num_rows < 3:
        raise ValueError(f"`num_rows` must be at least 3. Received: {num_rows!r}.")
    if counts.ndim != 1 or not ((counts >= 0) & (counts <= num_rows)).all():
        raise ValueError(
            "`label_counts` must hold one number per label, from 0 to num_rows="
            f"{num_rows}. Received an array of shape {counts.shape}, from "
            f"{counts.min(initial=np.inf)} to {counts.max(initial=-np.inf)}."
        )
    c = (np.log(num_rows) - 1) * (b + 1) ** a
    return (1 / (1 + c * (counts + b) ** -a)).astype(np.float32)
