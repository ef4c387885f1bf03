"""Where an absorbing Markov chain ends."""

from __future__ import annotations

import numpy as np


def absorption_probabilities(transient: np.ndarray, absorbing: np.ndarray):
    """The probabilities of each end, from each start.

    Args:
        transient: floats (states, states), Q: probabilities to go from one transient
            state to another.
        absorbing: floats (states, ends), R: probabilities to go to an absorbing state.
            Each row of Q and of R together has the sum 1.

    Returns:
        Float64 array (states, ends): B = (I - Q)⁻¹ R.

    Raises:
        ValueError: rows are no probabilities, or there are states from which no end
            can be reached.

    Example:
    ```python
    # From state 0 to state 1 or to the end, from state 1 always back to state 0.
    absorption_probabilities(np.array([[0, 0.5], [1, 0]]), np.array([[0.5], [0]]))
    # [[1.0], [1.0]]
    ```

    Reference: Kemeny and Snell 1960, "Finite Markov Chains", theorem 3.3.7.
    """
    transient, absorbing = np.asarray(transient, float), np.asarray(absorbing, float)
    sums = transient.sum(axis=1) + absorbing.sum(axis=1)
    if not np.allclose(sums, 1) or min(transient.min(), absorbing.min()) < 0:
        raise ValueError(
            "Each row of `transient` and `absorbing` together must hold probabilities "
            f"with the sum 1. Received rows with the sums {np.unique(sums)[:5]}."
        )
    try:
        found = np.linalg.solve(np.eye(len(transient)) - transient, absorbing)
    except np.linalg.LinAlgError:
        found = np.full_like(absorbing, np.nan)
    if not np.allclose(found.sum(axis=1), 1):
        raise ValueError(
            "`absorbing` cannot be reached from every state. Leave out the states from "
            "which the chain never ends."
        )
    return found
