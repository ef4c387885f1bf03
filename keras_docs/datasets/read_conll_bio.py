"""Reads utterances with slots as BIO tags, a token a line."""

from __future__ import annotations

from pathlib import Path

from keras_docs.datasets.conll_utterances import conll_utterances
from keras_docs.datasets.labelled_utterance import LabelledUtterance


def read_conll_bio(
    path: str | Path,
    *,
    token_column: int = 0,
    tag_column: int = -1,
    locale: str = "",
    partition: str = "",
) -> list[LabelledUtterance]:
    """Reads utterances with BIO tags.

    A line is a token and its columns, separated by tabs or, without tabs, by spaces.
    Tags are `O`, `B-type` or `I-type`. Blank lines separate utterances. Comments above
    an utterance, `# intent = ...`, `# text = ...` and `# id = ...` (or with a colon),
    give what they name; other comments are left aside.

    Args:
        path: the file; `.gz`, `.xz` and `.bz2` are decompressed.
        token_column: int, the column of the token, from 0; -1 is the last.
        tag_column: int, the column of the tag.
        locale: string like `"de-DE"`, of all utterances.
        partition: string like `"train"`, of all utterances.

    Returns:
        List of `LabelledUtterance`. Without `# intent` the intent is `""`. The text is
        `# text` if it consists of the tokens, up to white space, else the tokens joined
        by spaces.

    Raises:
        ValueError: the file is missing or damaged, or a line is malformed; names it.

    Example:
    ```python
    train = read_conll_bio("train.conll", locale="en-US", partition="train")
    ```

    Reference: Tjong Kim Sang and De Meulder, "Introduction to the CoNLL-2003 Shared
    Task", CoNLL 2003, https://aclanthology.org/W03-0419, Section 2.
    """
    return conll_utterances(
        Path(path), token_column, tag_column, None, locale, partition
    )
