"""The error for a line that a reader cannot read."""

from __future__ import annotations

from pathlib import Path


def malformed_line(path: Path, number: int, what: str, line: str) -> ValueError:
    """Names the file, the line, what it must hold and what it holds.

    Args:
        path: the file.
        number: int, from 1.
        what: string, goes on after "Line 1 of data.tsv", like `"must hold a tab"`.
        line: string, as received; the message shows its start.

    Returns:
        A `ValueError` to raise.
    """
    return ValueError(f"Line {number} of {path} {what}. Received: {line!r:.120}.")
