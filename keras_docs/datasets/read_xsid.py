"""Reads the xSID data set."""

from __future__ import annotations

import re
from pathlib import Path

from keras_docs.datasets.conll_utterances import conll_utterances
from keras_docs.datasets.labelled_utterance import LabelledUtterance

_NAME = re.compile(r"([a-z-]+)\.(\w+)\.conll.*")
TOKEN_COLUMN, INTENT_COLUMN, TAG_COLUMN = 1, 2, 3


def read_xsid(path: str | Path) -> list[LabelledUtterance]:
    """Reads utterances of xSID, slots and intents in many languages and dialects.

    An utterance is some comments (`# id`, `# text`, `# intent`), a line for each token
    with number, token, intent and BIO tag, separated by tabs, and a blank line. The
    numbers of tokens are not read: some are wrong in the published files.

    Args:
        path: a file like `de.valid.conll`, whose name gives locale and partition;
            `.gz`, `.xz` and `.bz2` are decompressed.

    Returns:
        List of `LabelledUtterance`. The text is `# text` if it consists of the tokens,
        up to white space, else, as happens in some, the tokens joined by spaces.

    Raises:
        ValueError: the file is missing or damaged, or a line is malformed; names it.

    Example:
    ```python
    valid = read_xsid("xSID-0.6/de-ba.valid.conll")
    valid[0].locale, valid[0].partition  # ("de-ba", "valid")
    ```

    Reference: van der Goot et al., "From Masked Language Modeling to Translation:
    Non-English Auxiliary Tasks Improve Zero-shot Spoken Language Understanding",
    NAACL 2021, https://aclanthology.org/2021.naacl-main.197;
    https://github.com/mainlp/xsid.
    """
    path = Path(path)
    name = _NAME.fullmatch(path.name)
    locale, partition = name.groups() if name else ("", "")
    return conll_utterances(
        path, TOKEN_COLUMN, TAG_COLUMN, INTENT_COLUMN, locale, partition
    )
