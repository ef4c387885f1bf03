"""From margins to scores: the post-processors of PECOS.

A label's score is the product of one value per node on its path, or for the `log_`
forms the sum of the values' logs; `noop` is the label's own margin alone. Hinges are
exp(-max(0, 1 - z)^p).

Source: [Yu et al. 2020, PECOS, section 3.3](https://arxiv.org/abs/2010.05878).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from keras_docs.kernels.beam_search import HINGE, NOOP, SIGMOID


class PostProcessor(NamedTuple):
    """How beam search combines margins.

    Args:
        kind: int, NOOP, SIGMOID or HINGE.
        power: int, exponent of the hinge.
        is_log: bool. Scores are logs of values.
    """

    kind: int
    power: int
    is_log: bool

    def scores(self, log_values: np.ndarray) -> np.ndarray:
        """Scores from what beam search returns, which is logs."""
        if self.kind == NOOP or self.is_log:
            return log_values
        return np.exp(log_values)

    def log_values(self, margins: np.ndarray) -> np.ndarray:
        """Logs of the values of single nodes; margins themselves for `noop`."""
        if self.kind == NOOP:
            return margins
        if self.kind == SIGMOID:
            return -np.logaddexp(0, -margins)
        return -(np.maximum(0, 1 - margins) ** self.power)


POST_PROCESSORS: dict[str, PostProcessor] = {
    "noop": PostProcessor(NOOP, 1, False),
    "sigmoid": PostProcessor(SIGMOID, 1, False),
    "log_sigmoid": PostProcessor(SIGMOID, 1, True),
    **{f"l{p}_hinge": PostProcessor(HINGE, p, False) for p in (1, 2, 3, 4)},
    **{f"log_l{p}_hinge": PostProcessor(HINGE, p, True) for p in (1, 2, 3, 4)},
}


def post_processor(name: str) -> PostProcessor:
    """The post-processor of a name.

    Args:
        name: string, a key of `POST_PROCESSORS`. PECOS' spelling with hyphens is taken
            too.

    Raises:
        ValueError: there is none of that name.
    """
    found = POST_PROCESSORS.get(str(name).replace("-", "_"))
    if found is None:
        raise ValueError(
            f"`post_processor` must be one of {', '.join(POST_PROCESSORS)}. Received: "
            f"{name!r}."
        )
    return found
