"""What can go wrong between a preset handle and a verified local folder.

Every error is a `PresetError`, which is a `ValueError`. Each message says what was
asked for, what was found, and what to do.
"""


class PresetError(ValueError):
    """Base of all errors raised while finding, checking or saving a preset."""


class PresetHandleError(PresetError):
    """The handle is not written in any form we know."""


class PresetNotFoundError(PresetError):
    """There is no such built-in preset, folder, repository or subfolder."""


class PresetRevisionError(PresetError):
    """The repository exists, but has no such branch, tag or commit."""


class PresetIncompleteError(PresetError):
    """The preset exists, but a file it needs is missing."""


class PresetCorruptError(PresetError):
    """A file does not have the size or the checksum that was published."""


class PresetUnsafeError(PresetError):
    """A file name, link or file type could reach outside the preset folder."""


class PresetFormatError(PresetError):
    """A file of the preset cannot be understood, or this is no preset at all."""


class UnsupportedCheckpointError(PresetFormatError):
    """A Hugging Face Transformers checkpoint that we have no converter for.

    Args:
        message: str. The text to show.
        model_type: str. The checkpoint's `model_type`.
    """

    def __init__(self, message: str, model_type: str) -> None:
        super().__init__(message)
        self.model_type = model_type


class PresetInvalidError(PresetError):
    """The preset is whole, but fails a check that every published preset passes.

    Args:
        message: str. The text to show.
        check: str. The name of the first check that failed.
    """

    def __init__(self, message: str, check: str) -> None:
        super().__init__(message)
        self.check = check


class PresetVersionError(PresetError):
    """The preset was written by a newer library than the installed one."""


class HubUnreachableError(PresetError):
    """The Hub did not answer, or answered with a server error, after retries."""


class HubAccessError(PresetError):
    """The Hub refuses access: bad token, missing right, private or gated."""


class HubGatedError(HubAccessError):
    """The repository's conditions must be accepted on its page first."""


class HubRateLimitError(PresetError):
    """The Hub still answered 429 (too many requests) after retries."""


class HubConflictError(PresetError):
    """The repository changed while publishing, or the tag already exists."""


class OfflineError(PresetError):
    """Offline, and the cache does not hold every file that is needed."""


class HubCacheError(PresetError):
    """The cache folder cannot be read or written."""


class DiskFullError(HubCacheError):
    """There is not enough room on the disk (or in the quota)."""
