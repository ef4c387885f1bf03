"""A failing utterance and one that does what its users wanted."""

from __future__ import annotations

from typing import NamedTuple


class Rephrase(NamedTuple):
    """What `mine_rephrases` returns a list of.

    Args:
        defective: string, the utterance that fails.
        rephrase: string, the utterance with which its users most often succeed.
        support: int, dialogues in which `defective` was said without success.
        confidence: float from 0 to 1, the probability that who says `defective`
            succeeds with `rephrase` in the end, over any number of further attempts.
    """

    defective: str
    rephrase: str
    support: int
    confidence: float
