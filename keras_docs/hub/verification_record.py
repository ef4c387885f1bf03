"""Remember which files were hashed, so that a warm load hashes nothing."""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from keras_docs.hub.atomic_file import write_file_atomically
from keras_docs.hub.errors import PresetError
from keras_docs.hub.strict_json import read_json_object

# File systems stamp times in ticks of up to 10 ms: within one tick, a change after
# hashing would not be seen.
_TICK_SECONDS = 0.02


def user_cache_folder() -> Path:
    """Return the folder for small files this library may recreate at any time."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "keras_docs"


class VerificationRecord:
    """Digests of files, valid while size and modification time stay the same.

    It saves time and is no protection against a person who can write both the files
    and the record. A record that is missing, unreadable or not writable only costs
    hashing again.

    Args:
        path: pathlib.Path, or None. The JSON file of the record, outside the preset
            folder; None keeps nothing.

    Example:

    >>> record = VerificationRecord(Path("record.json"))
    >>> record.digest("a", Path("a"), "sha256", file_sha256)  # doctest: +SKIP
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._entries = self._read()
        self._changed = False

    @classmethod
    def of_folder(cls, folder: str | os.PathLike[str]) -> "VerificationRecord":
        """Return the record of a local folder, kept in the user's cache."""
        key = hashlib.sha256(os.fsencode(os.path.realpath(folder))).hexdigest()[:32]
        try:
            return cls(user_cache_folder() / "verified" / f"{key}.json")
        except RuntimeError:  # a user without a home folder
            return cls(None)

    def _read(self) -> dict[str, list]:
        if self.path is None:
            return {}
        with contextlib.suppress(PresetError, OSError):
            entries = read_json_object(self.path).get("verified")
            if isinstance(entries, dict):
                return entries
        return {}

    def digest(
        self,
        name: str,
        path: Path,
        algorithm: str,
        compute: Callable[[Path], str],
    ) -> str:
        """Return the digest of a file, from memory if the file is unchanged.

        Args:
            name: str. Key of the file in this record.
            path: pathlib.Path. The file.
            algorithm: str. Name of the digest.
            compute: callable. From path to digest.

        Returns:
            str. The digest.
        """
        key = f"{algorithm} {name}"
        stamp = self._stamp(path)
        entry = self._entries.get(key)
        if isinstance(entry, list) and entry[:-1] == stamp:
            return str(entry[-1])
        age = time.time() - stamp[1] / 1e9
        if 0 <= age < _TICK_SECONDS:
            time.sleep(_TICK_SECONDS)
        stamp = self._stamp(path)
        result = compute(path)
        if self._stamp(path) == stamp:
            self._entries[key] = [*stamp, result]
            self._changed = True
        return result

    def forget(self, name: str) -> None:
        """Drop what is known about one file."""
        for key in [k for k in self._entries if k.split(" ", 1)[1:] == [name]]:
            del self._entries[key]
            self._changed = True

    def save(self) -> None:
        """Write the record if it changed.

        Raises:
            OSError: If the place is not writable.
        """
        if not self._changed or self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"verified": self._entries})
        write_file_atomically(self.path, text.encode(), durable=False)
        self._changed = False

    @staticmethod
    def _stamp(path: Path) -> list[int]:
        status = os.stat(path)
        return [status.st_size, status.st_mtime_ns]
