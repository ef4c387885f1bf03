"""Text from strangers' files, made fit for a terminal."""


def printable(text: object) -> str:
    """Returns text without the control characters that could steer a terminal.

    Args:
        text: anything; its `str()` is used.

    Returns:
        A string; line breaks stay, other control characters become U+FFFD.

    Example:

    >>> printable("red: \\x1b[31m")
    'red: \\ufffd[31m'
    """
    return "".join(
        character if character.isprintable() or character == "\n" else "\ufffd"
        for character in str(text)
    )
