"""What a user said, and how it ended."""

from __future__ import annotations

from typing import NamedTuple


class DialogueTurn(NamedTuple):
    """One utterance of a dialogue; `mine_rephrases` takes lists of them.

    Args:
        text: string.
        success: bool, whether the user got what was wanted, as far as is known from
            what followed (the answer was heard to the end, nothing was cancelled).
            `None`: not known.
        time: float, in seconds from any fixed moment, or `None`.

    Example:
    ```python
    [DialogueTurn("wake me fife", False, 0.0), DialogueTurn("alarm at five", True, 6.5)]
    ```
    """

    text: str
    success: bool | None = None
    time: float | None = None
