"""Where on a page the values of fields are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

OUTSIDE = "O"
_ENDS = ".,:;()[]\"'"


def field_labels(
    words: Sequence[str], fields: Mapping[str, Sequence[str]]
) -> list[str]:
    """BIO tags of the words that spell a field's value.

    Spaces, case, and punctuation at a word's ends don't count; `_` is a space. A value
    is marked wherever it is written; where two are, the longer one has it.

    Args:
        words: list of strings, in reading order.
        fields: dict of a field's name to its values.

    Returns:
        List of tags: `O`, `B-name` or `I-name`.

    Example:
    ```python
    field_labels(["Total", "12.50"], {"total": ["12.50"]})  # ["O", "B-total"]
    ```
    """
    plain = [_plain(word) for word in words]
    by_start: dict[str, list[int]] = {}
    for i, word in enumerate(plain):
        if word:
            by_start.setdefault(word[0], []).append(i)
    found = []
    for name, values in fields.items():
        for value in values:
            wanted = "".join(map(_plain, value.replace("_", " ").split()))
            for start in by_start.get(wanted[:1], ()):
                end = _end_of(plain, start, wanted)
                if end is not None:
                    found.append((start - end, start, end, name))
    labels = [OUTSIDE] * len(words)
    for _, start, end, name in sorted(found):
        if all(label == OUTSIDE for label in labels[start:end]):
            labels[start:end] = [f"B-{name}"] + [f"I-{name}"] * (end - start - 1)
    return labels


def _end_of(plain: list[str], start: int, wanted: str) -> int | None:
    for end in range(start, len(plain)):
        if not wanted.startswith(plain[end]):
            return None
        wanted = wanted[len(plain[end]) :]
        if not wanted:
            return end + 1
    return None


def _plain(word: str) -> str:
    return word.casefold().strip(_ENDS)
