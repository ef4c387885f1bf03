"""Where on a page a text is written."""

from __future__ import annotations

from collections.abc import Sequence

_ENDS = ".,:;()"


def words_of_text(text: str, words: Sequence[str]) -> list[int]:
    """The words that spell a text, wherever they do.

    Spaces and case don't count, and of words neither does punctuation at their ends.

    Args:
        text: string.
        words: list of strings, in reading order.

    Returns:
        List of int, indices of words in order; empty if the text is not there.

    Example:
    ```python
    words_of_text("12.50 eur", ["Total:", "12.50", "EUR."])  # [1, 2]
    ```
    """
    wanted = "".join(text.casefold().split())
    plain = ["".join(word.casefold().split()) for word in words]
    found: set[int] = set()
    for start in range(len(words)):
        rest = wanted
        for end in range(start, len(words)):
            ends = [plain[end], plain[end].strip(_ENDS)]
            match = next((part for part in ends if part and rest.startswith(part)), "")
            if not match:
                break
            rest = rest[len(match) :]
            if not rest:
                found.update(range(start, end + 1))
                break
    return sorted(found)
