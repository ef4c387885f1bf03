"""The tokens that MASSIVE's slots are scored on."""

from __future__ import annotations

import re

# Their files have no spaces between words, and the published preparation cuts them into
# characters; other such languages (my-MM, km-KH, th-TH) have spaces in MASSIVE.
CHARACTER_LOCALES = ("ja-JP", "zh-CN", "zh-TW")
_WORD = re.compile(r"\S+")
_CHARACTER = re.compile(r"(?:(?=[\x00-\x7f])\S)+|\S")


def massive_tokens(text: str, locale: str = "") -> list[tuple[str, int, int]]:
    """Cuts an utterance into the tokens that get a label each.

    Tokens are the words between white space. In ja-JP, zh-CN and zh-TW each character
    is a token, but neighbouring ASCII characters stay together.

    Args:
        text: string, the utterance.
        locale: string like `"de-DE"`.

    Returns:
        List of (token, start, end): the token is `text[start:end]`.

    Example:
    ```python
    massive_tokens("播放 lady gaga", "zh-CN")
    # [("播", 0, 1), ("放", 1, 2), ("lady", 3, 7), ("gaga", 8, 12)]
    ```

    Reference: the preparation of https://github.com/alexa/massive, for FitzGerald et
    al., https://arxiv.org/abs/2204.08582. Of its 859,092 utterances one, with the word
    "boøwy", has other tokens there, and the same slots.
    """
    pattern = _CHARACTER if locale in CHARACTER_LOCALES else _WORD
    return [(match[0], *match.span()) for match in pattern.finditer(text)]
