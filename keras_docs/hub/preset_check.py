"""The outcome of one check of a preset."""

from typing import Literal, NamedTuple


class PresetCheck(NamedTuple):
    """What was checked, how it went, and what was seen.

    Args:
        name: str. What was checked, such as "weights are finite".
        outcome: str. "passed", "failed" or "skipped".
        detail: str. What was seen, or what is wrong and what to do.

    Example:

    >>> PresetCheck("files", "passed", "10 files, 1.0 MB").outcome
    'passed'
    """

    name: str
    outcome: Literal["passed", "failed", "skipped"]
    detail: str
