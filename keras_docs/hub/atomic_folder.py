"""Replace a preset folder as a whole: a kill at any moment leaves old or new."""

import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from keras_docs.hub.atomic_file import clear_disk_errors, sync_folder
from keras_docs.hub.errors import PresetError
from keras_docs.hub.preset_parts import is_preset_file
from keras_docs.hub.strict_json import read_json_object

try:
    import fcntl
except ImportError:  # Windows has no flock; leftovers are then judged by age.
    fcntl = None

_MARKERS = ("config.json", "manifest.json", "task.json")
_ABANDONED_SECONDS = 24 * 3600


@contextlib.contextmanager
def atomic_folder(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Build a folder aside and swap it into place when the block ends well.

    The block gets an empty temporary folder beside the target. When it ends, the files
    are flushed to disk, the old folder is renamed away, the new one takes its place,
    and the old one is removed. If the block raises, the old folder stays as it was. If
    the process dies between the two renames, the next save or load of this target puts
    the new folder in place (`recover_folder`).

    Args:
        target: path of the folder to create or replace.

    Yields:
        pathlib.Path of the temporary folder to fill.

    Raises:
        PresetError: If the target is a file, or holds files that no preset holds, which
            would be lost.
        DiskFullError: If there is no room.
        HubCacheError: If the place is not writable.

    Example:

    >>> with atomic_folder("my_preset") as folder:  # doctest: +SKIP
    ...     (folder / "config.json").write_text("{}")
    """
    target = Path(os.path.realpath(Path(target).expanduser()))
    with clear_disk_errors(target), contextlib.ExitStack() as claims:
        target.parent.mkdir(parents=True, exist_ok=True)
        recover_folder(target)
        _refuse_to_lose_files(target)
        building, token = _new_building_folder(target, claims)
        ready = _beside(target, token, "ready")
        try:
            yield building
            _sync_tree(building)
            os.rename(building, ready)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        _swap(ready, target, _beside(target, token, "old"), claims)


def recover_folder(target: str | os.PathLike[str]) -> None:
    """Finish or undo what a process killed in `atomic_folder` left behind.

    Args:
        target: path of the folder that was to be replaced.

    Example:

    >>> recover_folder("my_preset")
    """
    target = Path(os.path.realpath(Path(target).expanduser()))
    pattern = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{12}}\.(\w+)")
    leftovers: dict[str, list[Path]] = {"ready": [], "old": [], "saving": []}
    with contextlib.ExitStack() as claims:
        with contextlib.suppress(OSError):
            for path in target.parent.iterdir():
                match = pattern.fullmatch(path.name)
                if match and match[1] in leftovers and _claim(path, claims):
                    leftovers[match[1]].append(path)
        # A "ready" folder was complete and on disk, so it is preferred to the old one.
        for state in ("ready", "old"):
            for path in _newest_first(leftovers[state]):
                if not target.exists():
                    with contextlib.suppress(OSError):
                        os.rename(path, target)
        for path in sum(leftovers.values(), []):
            shutil.rmtree(path, ignore_errors=True)


def _beside(target: Path, token: str, state: str) -> Path:
    return target.with_name(f".{target.name}.{token}.{state}")


def _newest_first(paths: list[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _claim(folder: Path, claims: contextlib.ExitStack) -> bool:
    """Lock a folder until `claims` closes; the system unlocks it if we die.

    Returns False if another living process has it, or if it is gone.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return _is_old(folder)  # Windows cannot open folders
    claims.callback(os.close, descriptor)
    if fcntl is None:
        return _is_old(folder)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return _is_old(folder)  # a file system without locks
    # It may have been removed while we waited to look at it.
    return folder.exists()


def _is_old(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime > _ABANDONED_SECONDS
    except OSError:
        return False


def _new_building_folder(
    target: Path, claims: contextlib.ExitStack
) -> tuple[Path, str]:
    for _ in range(20):
        token = secrets.token_hex(6)
        building = _beside(target, token, "saving")
        building.mkdir()
        # Another process may take it for a leftover before it is locked.
        if _claim(building, claims) or building.exists():
            return building, token
    raise PresetError(f"Other processes keep removing temporary folders of {target}.")


def _swap(ready: Path, target: Path, old: Path, claims: contextlib.ExitStack) -> None:
    moved = False
    for _ in range(20):
        try:
            # The lock keeps another process from taking our old folder for a leftover.
            _claim(target, claims)
            os.rename(target, old)
            moved = True
        except FileNotFoundError:
            pass
        try:
            os.rename(ready, target)
            break
        except OSError:
            # Another process saved here between our two renames: the last one wins.
            if not target.exists():
                raise
            if moved:
                shutil.rmtree(old, ignore_errors=True)
    else:
        raise PresetError(
            f"{target} is being replaced by other processes again and again. Save to a "
            "folder of its own for each process."
        )
    sync_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def _sync_tree(folder: Path) -> None:
    for parent, _, files in os.walk(folder, topdown=False):
        for name in files:
            descriptor = os.open(os.path.join(parent, name), os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        sync_folder(Path(parent))


def _refuse_to_lose_files(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise PresetError(
            f"{target} is a file; a preset is saved as a folder. Choose another name."
        )
    if not any(target.iterdir()):
        return
    way_out = "Choose an empty or new folder, or move the other files away."
    if not any((target / marker).is_file() for marker in _MARKERS):
        raise PresetError(
            f"{target} is not empty and is not a preset (none of "
            f"{', '.join(_MARKERS)} is in it), so it is not replaced. {way_out}"
        )
    listed = _listed_files(target)
    for parent, subfolders, files in os.walk(target):
        subfolders[:] = [name for name in subfolders if name != ".cache"]
        for name in files:
            relative = (Path(parent) / name).relative_to(target).as_posix()
            if relative not in listed and not is_preset_file(relative):
                raise PresetError(
                    f"Saving to {target} would delete {relative}, which is no file of "
                    f"a preset. {way_out}"
                )


def _listed_files(target: Path) -> set[str]:
    with contextlib.suppress(PresetError, OSError):
        files = read_json_object(target / "manifest.json").get("files")
        return set(files) if isinstance(files, dict) else set()
    return set()
