"""The part of the Hub's cache that belongs to one repository."""

import contextlib
import hashlib
import json
import os
import re
from pathlib import Path
from typing import NamedTuple

from keras_docs.hub.atomic_file import write_file_atomically
from keras_docs.hub.errors import PresetError
from keras_docs.hub.preset_handle import COMMIT
from keras_docs.hub.preset_paths import locate_preset_file
from keras_docs.hub.strict_json import read_json_object
from keras_docs.hub.verification_record import VerificationRecord


class RemoteFile(NamedTuple):
    """What the Hub says of a file: size, git blob id, and SHA-256 if it is large."""

    size: int | None
    blob_id: str | None
    sha256: str | None


class HubCache:
    """Snapshots, refs, and our own notes on one repository.

    Files lie where `huggingface_hub` puts them, so that all its tools see them. Our
    notes (the listing of each commit, and which files were verified) lie beside them
    in `keras_docs/`, and go when the repository is removed from the cache.

    Args:
        cache_dir: pathlib.Path. The Hub's cache folder.
        repository: str. "org/repo".

    Example:

    >>> HubCache(Path("cache"), "org/repo").folder.name
    'models--org--repo'
    """

    def __init__(self, cache_dir: Path, repository: str) -> None:
        self.folder = Path(cache_dir) / f"models--{repository.replace('/', '--')}"

    def snapshot(self, commit: str) -> Path:
        """Return the folder of the files of a commit."""
        return self.folder / "snapshots" / commit

    def record(self, commit: str) -> VerificationRecord:
        """Return the record of the verified files of a commit."""
        return VerificationRecord(self.folder / "keras_docs" / f"{commit}.verified")

    def read_ref(self, revision: str) -> str | None:
        """Return the commit a branch or tag was last seen at, or None."""
        if COMMIT.fullmatch(revision):
            return revision
        with contextlib.suppress(OSError, UnicodeDecodeError):
            commit = (self.folder / "refs" / revision).read_text().strip()
            return commit if COMMIT.fullmatch(commit) else None
        return None

    def write_ref(self, revision: str, commit: str) -> None:
        """Remember the commit of a branch or tag; a read-only cache is left alone."""
        if revision == commit or self.read_ref(revision) == commit:
            return
        path = self.folder / "refs" / revision
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file_atomically(path, commit.encode(), durable=False)

    def read_listing(self, commit: str) -> dict[str, RemoteFile] | None:
        """Return the files of a commit as the Hub listed them, or None."""
        path = self.folder / "keras_docs" / f"{commit}.listing"
        with contextlib.suppress(PresetError, OSError, TypeError):
            files = read_json_object(path).get("files")
            if isinstance(files, dict):
                return {name: RemoteFile(*entry) for name, entry in files.items()}
        return None

    def write_listing(self, commit: str, files: dict[str, RemoteFile]) -> None:
        """Remember the files of a commit; a read-only cache is left alone."""
        path = self.folder / "keras_docs" / f"{commit}.listing"
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"files": files})
            write_file_atomically(path, text.encode(), durable=False)

    def has(self, commit: str, name: str) -> bool:
        """Return whether a file of a commit is there (whole or not)."""
        return (self.snapshot(commit) / name).exists()

    def drop(self, commit: str, name: str) -> None:
        """Remove a damaged file, so that it is downloaded again."""
        path = locate_preset_file(self.snapshot(commit), name)
        # A snapshot entry links to a blob, which may link to a shared blob.
        chain = [path]
        while chain[-1].is_symlink():
            chain.append(chain[-1].parent / os.readlink(chain[-1]))
        for link in chain:
            link.unlink(missing_ok=True)

    def drop_partial_files(self) -> None:
        """Remove what earlier downloads left unfinished."""
        for path in (self.folder / "blobs").glob("*.incomplete"):
            path.unlink(missing_ok=True)


def checksum_by_name(path: Path) -> RemoteFile:
    """Return the checksum that the Hub's cache gives a blob as its name, if any."""
    blob = os.path.basename(os.readlink(path)) if path.is_symlink() else ""
    is_git = re.fullmatch(r"[0-9a-f]{40}", blob)
    is_sha256 = re.fullmatch(r"[0-9a-f]{64}", blob)
    return RemoteFile(None, blob if is_git else None, blob if is_sha256 else None)


def git_blob_id(path: Path) -> str:
    """Return the id git gives a file: the SHA-1 of a header and its content."""
    size = os.stat(path).st_size
    digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with open(path, "rb") as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()
