"""Write a file so that a reader sees either the old content or the new."""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from keras_docs.hub.errors import DiskFullError, HubCacheError

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_RIGHT = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_FOLDER = {errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ELOOP}


@contextlib.contextmanager
def clear_disk_errors(where: str | os.PathLike[str]) -> Iterator[None]:
    """Turn "no room" and "not writable" of the operating system into our errors."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise DiskFullError(
                f"No room left while writing to {where} ({error.strerror}). Free some "
                "space or choose another folder, then try again."
            ) from error
        if error.errno in _NO_RIGHT:
            raise HubCacheError(
                f"No right to write to {error.filename or where} ({error.strerror}). "
                "Choose another folder, for example by cache_dir= or HF_HUB_CACHE, or "
                "change its permissions."
            ) from error
        if error.errno in _NO_FOLDER:
            raise HubCacheError(
                f"{error.filename or where} cannot be used: {error.strerror}. Remove "
                "what is in the way or choose another folder, for example by "
                "cache_dir= or HF_HUB_CACHE."
            ) from error
        raise


def sync_folder(folder: Path) -> None:
    """Make the entries of a folder durable, where the system can do that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_file_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a file aside, then rename it into place.

    Args:
        path: pathlib.Path. The file; its folder exists.
        data: bytes. The content.
        durable: bool. Whether it must survive a power cut right after this call.

    Example:

    >>> write_file_atomically(Path("card.json"), b"{}")  # doctest: +SKIP
    """
    path = Path(path)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        with open(aside, "xb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)
