"""The list of everything a preset holds: each file with its size and checksum."""

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from keras_docs.hub.atomic_file import write_file_atomically
from keras_docs.hub.errors import (
    PresetCorruptError,
    PresetFormatError,
    PresetIncompleteError,
    PresetVersionError,
)
from keras_docs.hub.preset_parts import MANIFEST_FILE
from keras_docs.hub.preset_paths import check_preset_files, locate_preset_file
from keras_docs.hub.strict_json import parse_json_object, read_json_object
from keras_docs.hub.verification_record import VerificationRecord

MANIFEST_VERSION = 1
MAX_MANIFEST_BYTES = 4 * 2**20
MAX_FILES = 10_000
MAX_FILE_BYTES = 2**44
_SHA256 = re.compile(r"[0-9a-f]{64}")


class FileEntry(NamedTuple):
    """Size in bytes and SHA-256 (hexadecimal) of one file of a preset."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a preset folder holds.

    Args:
        classes: dict. Part ("backbone", "task", "preprocessor") to the registered name
            of its class, such as "keras_docs>TabTransformerBackbone".
        versions: dict. Library name to the version that wrote the preset.
        files: dict. Relative path to `FileEntry`, without `manifest.json` itself.

    Example:

    >>> manifest = Manifest({"backbone": "keras_docs>X"}, {"keras": "3.15.1"}, {})
    >>> manifest.to_json()["manifest_version"]
    1
    """

    classes: dict[str, str]
    versions: dict[str, str]
    files: dict[str, FileEntry]

    def to_json(self) -> dict[str, Any]:
        """Return the plain-JSON form, as stored in `manifest.json`."""
        return {
            "manifest_version": MANIFEST_VERSION,
            "versions": dict(sorted(self.versions.items())),
            "classes": dict(sorted(self.classes.items())),
            "files": {
                name: entry._asdict() for name, entry in sorted(self.files.items())
            },
        }

    @property
    def total_size(self) -> int:
        """Bytes of all files together."""
        return sum(entry.size for entry in self.files.values())


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_on_disk(folder: Path) -> list[str]:
    """Return the files that a manifest of this folder has to list, unsorted."""
    names = []
    for parent, subfolders, files in os.walk(folder):
        subfolders[:] = [s for s in subfolders if s not in (".cache", ".git")]
        # A linked folder is listed as a file, to be refused instead of skipped.
        links = [name for name in subfolders if (Path(parent) / name).is_symlink()]
        for name in [*files, *links]:
            names.append((Path(parent) / name).relative_to(folder).as_posix())
    return [name for name in names if name not in (MANIFEST_FILE, ".gitattributes")]


def write_manifest(
    folder: str | os.PathLike[str],
    classes: Mapping[str, str],
    versions: Mapping[str, str],
) -> Manifest:
    """List and hash every file of a folder and write `manifest.json` into it.

    Args:
        folder: path of a complete preset folder.
        classes: dict. Part to registered class name.
        versions: dict. Library to version, for example
            `{"keras_docs": "0.1.0", "keras": "3.15.1"}`.

    Returns:
        The `Manifest` that was written.

    Raises:
        PresetUnsafeError: If the folder holds a link or a kind of file that a preset
            must not hold; the message names it.

    Example:

    >>> write_manifest("my_preset", {"backbone": "keras_docs>X"}, {"keras": "3.15.1"})
    ... # doctest: +SKIP
    """
    folder = Path(folder)
    names = check_preset_files(files_on_disk(folder), str(folder))
    files = {}
    for name in names:
        path = locate_preset_file(folder, name)
        files[name] = FileEntry(path.stat().st_size, file_sha256(path))
    manifest = Manifest(dict(classes), dict(versions), files)
    text = json.dumps(manifest.to_json(), indent=2, ensure_ascii=False) + "\n"
    # What is written must be readable: the same checks as for a stranger's file.
    parse_manifest(text.encode(), str(folder / MANIFEST_FILE))
    write_file_atomically(folder / MANIFEST_FILE, text.encode())
    return manifest


def read_manifest(folder: str | os.PathLike[str]) -> Manifest:
    """Read and check `manifest.json`; the files it lists are not looked at.

    Args:
        folder: path of a preset folder.

    Returns:
        The `Manifest`.

    Raises:
        PresetIncompleteError: If there is no manifest.
        PresetFormatError: If it is no valid manifest.
        PresetUnsafeError: If it lists a name that leads out of the folder.
        PresetVersionError: If a newer library wrote it in a form unknown here.

    Example:

    >>> read_manifest("my_preset").classes  # doctest: +SKIP
    {'backbone': 'keras_docs>TabTransformerBackbone'}
    """
    path = locate_preset_file(Path(folder), MANIFEST_FILE)
    data = read_json_object(path, max_bytes=MAX_MANIFEST_BYTES)
    return _check_manifest(data, str(path))


def parse_manifest(data: bytes, source: str = MANIFEST_FILE) -> Manifest:
    """Check the bytes of a manifest; see `read_manifest`."""
    parsed = parse_json_object(data, source, max_bytes=MAX_MANIFEST_BYTES)
    return _check_manifest(parsed, source)


def _installed_version() -> str:
    try:
        return version("keras-docs")
    except PackageNotFoundError:
        return "an uninstalled checkout"


def _string_map(data: dict[str, Any], key: str, source: str) -> dict[str, str]:
    value = data.get(key)
    if not isinstance(value, dict) or not all(
        isinstance(v, str) and len(v) <= 200 for v in value.values()
    ):
        raise PresetFormatError(
            f"{source}: {key!r} must be an object of short strings. Save the preset "
            "again."
        )
    return value


def _check_manifest(data: dict[str, Any], source: str) -> Manifest:
    written = data.get("manifest_version")
    if type(written) is not int or written < 1:
        raise PresetFormatError(
            f"{source}: 'manifest_version' is {str(written)[:40]!r}, expected "
            f"{MANIFEST_VERSION}. This is not a manifest of a preset."
        )
    if written > MANIFEST_VERSION:
        versions = data.get("versions")
        writer = versions.get("keras_docs") if isinstance(versions, dict) else None
        raise PresetVersionError(
            f"{source} has manifest_version {written}, written by keras_docs "
            f"{str(writer or 'of a later version')[:40]}; {_installed_version()} reads "
            f"up to {MANIFEST_VERSION}. Update: pip install --upgrade keras-docs"
        )
    unknown = sorted(set(data) - {"manifest_version", "versions", "classes", "files"})
    if unknown:
        raise PresetFormatError(
            f"{source} has the unknown key {unknown[0][:80]!r}. It was not written by "
            "this library, or was edited."
        )
    return Manifest(
        _string_map(data, "classes", source),
        _string_map(data, "versions", source),
        _check_files(data.get("files"), source),
    )


def _check_files(files: object, source: str) -> dict[str, FileEntry]:
    if not isinstance(files, dict) or len(files) > MAX_FILES:
        raise PresetFormatError(
            f"{source}: 'files' must be an object of at most {MAX_FILES:,} files."
        )
    check_preset_files(files, source)
    if any(name.casefold() == MANIFEST_FILE for name in files):
        raise PresetFormatError(f"{source} lists itself.")
    for name, entry in files.items():
        valid = (
            isinstance(entry, dict)
            and set(entry) == {"size", "sha256"}
            and type(entry["size"]) is int
            and 0 <= entry["size"] <= MAX_FILE_BYTES
            and isinstance(entry["sha256"], str)
            and _SHA256.fullmatch(entry["sha256"])
        )
        if not valid:
            raise PresetFormatError(
                f"{source}: the entry of {name!r} must have a size in bytes and a "
                "sha256 of 64 hexadecimal digits. Save the preset again."
            )
    return {name: FileEntry(**entry) for name, entry in files.items()}


def verify_manifest(
    folder: str | os.PathLike[str],
    files: Iterable[str] | None = None,
    *,
    record: VerificationRecord | None = None,
) -> Manifest:
    """Check that the files a manifest lists are there, whole and unchanged.

    A file that was verified before and has the same size and modification time since
    is not hashed again; `record` remembers that. Files that are not listed are neither
    read nor complained about.

    Args:
        folder: path of a preset folder with a `manifest.json`.
        files: iterable of str, or None. The files to check, all by default.
        record: VerificationRecord, or None. Where verified files are remembered; by
            default one for this folder in the user's cache.

    Returns:
        The `Manifest`.

    Raises:
        PresetIncompleteError: If a listed file is missing, or a file of `files` is not
            listed.
        PresetCorruptError: If size or SHA-256 differ.
        PresetError: As `read_manifest`.

    Example:

    >>> manifest = verify_manifest("my_preset")  # doctest: +SKIP
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    names = sorted(manifest.files if files is None else files)
    if record is None:
        record = VerificationRecord.of_folder(folder)
    for name in names:
        if name == MANIFEST_FILE:
            continue
        if name not in manifest.files:
            raise PresetIncompleteError(
                f"{name} is not listed in the manifest of {folder}, so it cannot be "
                "trusted. Save the preset again."
            )
        verify_file(folder, name, manifest.files[name], record)
    with contextlib.suppress(OSError):
        record.save()
    return manifest


def verify_file(
    folder: Path, name: str, entry: FileEntry, record: VerificationRecord
) -> None:
    """Check one file of a preset against its size and SHA-256."""
    path = locate_preset_file(folder, name)
    size = path.stat().st_size
    if size != entry.size:
        raise PresetCorruptError(
            f"{name} in {folder} has {size:,} bytes, but {entry.size:,} were "
            "published. It is truncated or was changed. Download or save the preset "
            "again."
        )
    if record.digest(name, path, "sha256", file_sha256) != entry.sha256:
        raise PresetCorruptError(
            f"{name} in {folder} has the right size but not the published SHA-256: "
            "its content was changed or damaged. Download or save the preset again."
        )
