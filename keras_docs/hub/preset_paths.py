"""Names of files inside a preset: which are allowed, and where they really lead."""

import os
import re
import stat
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from keras_docs.hub.errors import PresetIncompleteError, PresetUnsafeError

# Data only: nothing that is a program, a pickle or an archive.
ALLOWED_SUFFIXES = frozenset(
    {".json", ".safetensors", ".h5", ".txt", ".npz", ".npy", ".csv", ".tsv"}
    | {".spm", ".model", ".vocab", ".merges", ".md", ".yaml", ".yml"}
    | {".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".pdf"}
)
MAX_NAME_BYTES = 1024
_WINDOWS_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
_FORBIDDEN_CHARACTERS = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')


def _problem_with_component(component: str) -> str | None:
    if component in ("", ".", ".."):
        return "is absolute, or has an empty, '.' or '..' part"
    if _FORBIDDEN_CHARACTERS.search(component):
        return 'has a control character or one of \\ : * ? " < > |'
    if component[-1] in ". " or component[0] == " ":
        return "has a part that begins or ends with a blank, or ends with a dot"
    if _WINDOWS_DEVICES.match(component):
        return "has a part that is a device name on Windows"
    if any(unicodedata.category(c) in ("Cf", "Cs", "Co") for c in component):
        return "has an invisible or private-use character"
    if len(component.encode("utf-8", "surrogatepass")) > 255:
        return "has a part of more than 255 bytes"
    return None


def check_relative_path(name: str, source: str = "the preset") -> str:
    """Check that a name can only mean one file inside the preset folder.

    Args:
        name: str. A path with forward slashes, relative to the preset folder.
        source: str. Where the name came from, for messages.

    Returns:
        The name, unchanged.

    Raises:
        PresetUnsafeError: If the name is absolute, climbs with `..`, or is spelled in
            a way that some file system reads as another name.

    Example:

    >>> check_relative_path("assets/tokenizer/vocabulary.txt")
    'assets/tokenizer/vocabulary.txt'
    """
    if not isinstance(name, str):
        problem = "is not a string"
    elif len(name) > MAX_NAME_BYTES:
        problem = f"is longer than {MAX_NAME_BYTES} characters"
    elif name != unicodedata.normalize("NFC", name):
        problem = "is not in Unicode normal form C"
    else:
        problems = (_problem_with_component(part) for part in name.split("/"))
        problem = next((text for text in problems if text), None)
    if problem:
        shown = name[:120] if isinstance(name, str) else name
        raise PresetUnsafeError(
            f"The file name {shown!r} in {source} {problem}; nothing was read. Names "
            "must be plain relative paths such as 'assets/tokenizer/vocabulary.txt'. "
            "Do not use this preset unless you trust its author."
        )
    return name


def check_preset_files(names: Iterable[str], source: str) -> list[str]:
    """Check the names of all files of a preset, also against each other.

    Args:
        names: iterable of str. Relative paths.
        source: str. Where they came from, for messages.

    Returns:
        The names, sorted.

    Raises:
        PresetUnsafeError: If a name is not plain, has a suffix that is not data, or is
            the same as another on a file system that ignores case, or if one is a
            folder of another.

    Example:

    >>> check_preset_files(["config.json", "assets/words.txt"], "example")
    ['assets/words.txt', 'config.json']
    """
    seen: dict[str, str] = {}
    names = sorted(check_relative_path(name, source) for name in names)
    for name in names:
        suffix = PurePosixPath(name).suffix.lower()
        if suffix not in ALLOWED_SUFFIXES:
            raise PresetUnsafeError(
                f"{name!r} in {source} is not a kind of file that presets hold. "
                f"Allowed: {' '.join(sorted(ALLOWED_SUFFIXES))}. Remove it."
            )
        folded = unicodedata.normalize("NFC", name.casefold())
        if folded in seen:
            raise PresetUnsafeError(
                f"{seen[folded]!r} and {name!r} in {source} are one file where case "
                "is ignored. Rename one of them."
            )
        seen[folded] = name
    for folded, name in seen.items():
        parent = next(
            (str(p) for p in PurePosixPath(folded).parents if str(p) in seen), None
        )
        if parent is not None:
            raise PresetUnsafeError(
                f"{seen[parent]!r} in {source} is both a file and the folder of "
                f"{name!r}."
            )
    return names


def _blob_folders(folder: Path) -> list[Path]:
    """Return where symbolic links of a Hub cache snapshot may lead."""
    folder = folder.absolute()
    for parent in (folder, *folder.parents):
        is_snapshot = parent.parent.name == "snapshots" and re.fullmatch(
            r"[0-9a-f]{40}", parent.name
        )
        repository = parent.parent.parent
        if is_snapshot and repository.name.startswith("models--"):
            # Newer clients keep blobs shared by repositories one level up.
            blobs = [repository / "blobs", repository.parent / "blobs"]
            return [path for path in blobs if not path.is_symlink()]
    return []


def locate_preset_file(folder: Path, name: str) -> Path:
    """Return the path of a file of a preset after checking where it leads.

    Args:
        folder: pathlib.Path. The preset folder.
        name: str. A path relative to it, with forward slashes.

    Returns:
        pathlib.Path of an existing regular file. It is a symbolic link only in a
        snapshot of the Hub cache, and then leads into that cache's blobs.

    Raises:
        PresetUnsafeError: If the name is not plain, a folder on the way is a link, the
            file is a link to elsewhere, or it is not a regular file.
        PresetIncompleteError: If there is no such file.

    Example:

    >>> path = locate_preset_file(Path("my_preset"), "config.json")  # doctest: +SKIP
    """
    check_relative_path(name, str(folder))
    path = Path(folder)
    parts = name.split("/")
    for part in parts[:-1]:
        path = path / part
        if path.is_symlink():
            raise PresetUnsafeError(
                f"{path} is a symbolic link; a preset's folders must be real. "
                "Replace the link by a copy."
            )
    path = path / parts[-1]
    try:
        if path.is_symlink():
            _check_link(Path(folder), path)
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PresetIncompleteError(
            f"{name} is missing from the preset in {folder}. Download or save the "
            "preset again."
        ) from error
    if not stat.S_ISREG(mode):
        raise PresetUnsafeError(f"{path} is not a regular file. Remove it.")
    return path


def _check_link(folder: Path, path: Path) -> None:
    try:
        target = path.resolve(strict=True)
    except (RuntimeError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise PresetUnsafeError(f"{path} is a link that leads nowhere.") from error
    for blobs in _blob_folders(folder):
        if target.is_relative_to(blobs.resolve()):
            return
    raise PresetUnsafeError(
        f"{path} is a symbolic link to {target}, outside the preset. Replace the link "
        "by a copy of the file if you trust it."
    )
