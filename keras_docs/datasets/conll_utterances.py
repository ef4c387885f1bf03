"""Blocks of a CoNLL-like file as labelled utterances."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from keras_docs.datasets.bio_slots import bio_slots
from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.datasets.malformed_line import malformed_line
from keras_docs.datasets.text_lines import text_lines

_KEY_AND_VALUE = re.compile(r"# +([^\s:=]+) *[:=] *(.*)")
_TAG = re.compile(r"O|[BI]-\S+")


def conll_utterances(
    path: Path,
    token_column: int,
    tag_column: int,
    intent_column: int | None,
    locale: str,
    partition: str,
) -> list[LabelledUtterance]:
    """Reads utterances that are separated by blank lines.

    Args:
        path: the file; `.gz`, `.xz` and `.bz2` are decompressed.
        token_column: int, from 0; negative ones count from the end.
        tag_column: int, the column of `O`, `B-type` and `I-type`.
        intent_column: int or None, the column that names the intent of an utterance
            without the comment `# intent`.
        locale: string, of all utterances.
        partition: string, of all utterances.

    Returns:
        List of `LabelledUtterance`.

    Raises:
        ValueError: the file is missing or damaged, or a line is malformed; names it.
    """
    utterances = []
    for number, comments, lines in _blocks(path):
        columns = [_columns(line) for line in lines]
        try:
            tokens = [row[token_column] for row in columns]
            tags = [row[tag_column] for row in columns]
            named = "" if intent_column is None else columns[0][intent_column]
        except IndexError:
            short = min(range(len(lines)), key=lambda i: len(columns[i]))
            wanted = [token_column, tag_column]
            wanted += [] if intent_column is None else [intent_column]
            raise malformed_line(
                path,
                number + short,
                f"must have the columns {wanted}, separated by tabs or spaces",
                lines[short],
            ) from None
        text, spans = _align(tokens, comments.get("text"))
        for i, (span, tag) in enumerate(zip(spans, tags, strict=True)):
            try:
                bio_slots(text, [span], [tag])
            except ValueError as error:
                raise malformed_line(
                    path, number + i, f"is malformed: {error}", lines[i]
                ) from None
        utterances.append(
            LabelledUtterance(
                text,
                comments.get("intent", named),
                bio_slots(text, spans, tags),
                locale,
                comments.get("id", ""),
                partition,
            )
        )
    return utterances


def _blocks(path: Path) -> Iterator[tuple[int, dict[str, str], list[str]]]:
    """The number of the first token's line, the comments, and the tokens' lines."""
    comments: dict[str, str] = {}
    lines: list[str] = []
    number = 0
    for number, line in enumerate(text_lines(path), 1):
        line = line.rstrip()
        pair = None if lines else _KEY_AND_VALUE.fullmatch(line)
        if pair:
            comments[pair[1]] = pair[2].strip()
        elif line and (lines or not _is_free_comment(line)):
            lines.append(line)
        elif lines:
            yield number - len(lines), comments, lines
            comments, lines = {}, []
    if lines:
        yield number - len(lines) + 1, comments, lines
    elif comments:
        what = "must be followed by tokens, as a comment of an utterance"
        raise malformed_line(path, number, what, str(comments))


def _is_free_comment(line: str) -> bool:
    # A token may be "#": what has columns, or ends in a tag, is none.
    return line[0] == "#" and "\t" not in line and not _TAG.fullmatch(line.split()[-1])


def _columns(line: str) -> list[str]:
    return line.split("\t") if "\t" in line else line.split()


def _align(
    tokens: Sequence[str], text: str | None
) -> tuple[str, list[tuple[int, int]]]:
    """The text, and where its tokens are."""
    spans, end = [], 0
    for token in tokens:
        start = -1 if text is None else text.find(token, end)
        # Nothing but white space is between tokens.
        if start < 0 or text[end:start].strip():
            return _join(tokens)
        end = start + len(token)
        spans.append((start, end))
    return (text or "", spans) if not text[end:].strip() else _join(tokens)


def _join(tokens: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    spans, start = [], 0
    for token in tokens:
        spans.append((start, start + len(token)))
        start += len(token) + 1
    return " ".join(tokens), spans
