"""Every file of a preset against its manifest, hashed afresh."""

import os
from collections.abc import Iterable
from pathlib import Path

from keras_docs.hub.errors import PresetError
from keras_docs.hub.manifest import read_manifest, verify_file
from keras_docs.hub.preset_check import PresetCheck
from keras_docs.hub.preset_parts import MANIFEST_FILE
from keras_docs.hub.verification_record import VerificationRecord


def check_files(
    folder: str | os.PathLike[str], names: Iterable[str] | None = None
) -> list[PresetCheck]:
    """Hash every file that a manifest lists, and report each one that is wrong.

    Unlike a load, this trusts no record of earlier checks and does not stop at the
    first damaged file.

    Args:
        folder: path of a preset folder.
        names: iterable of str, or None. The files to check, all by default.

    Returns:
        list of `PresetCheck`: one that passed, or one for each wrong file. A folder
        without a manifest has one that was skipped.

    Example:

    >>> check_files("my_preset")  # doctest: +SKIP
    [PresetCheck(name='files', outcome='passed', detail='8 files, 1.0 MB')]
    """
    folder = Path(folder)
    if not os.path.lexists(folder / MANIFEST_FILE):
        return [
            PresetCheck(
                "files", "skipped", "there is no manifest.json to check against"
            )
        ]
    try:
        manifest = read_manifest(folder)
    except PresetError as error:
        return [PresetCheck(MANIFEST_FILE, "failed", str(error))]
    names = sorted(manifest.files if names is None else names)
    names = [name for name in names if name != MANIFEST_FILE]
    damaged = []
    for name in names:
        try:
            verify_file(folder, name, manifest.files[name], VerificationRecord(None))
        except (PresetError, OSError) as error:
            damaged.append(PresetCheck(name, "failed", str(error)))
    size = sum(manifest.files[name].size for name in names)
    whole = f"{len(names)} files, {size / 1e6:.1f} MB"
    return damaged or [PresetCheck("files", "passed", whole)]
