"""Any handle to a local, complete, verified folder."""

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from keras_docs.hub.errors import PresetError, PresetFormatError
from keras_docs.hub.hub_download import HubDownload
from keras_docs.hub.hub_settings import HubSettings
from keras_docs.hub.local_preset import local_preset
from keras_docs.hub.manifest import read_manifest, verify_manifest
from keras_docs.hub.plain_preset import (
    check_config,
    check_plain_files,
    select_plain_files,
)
from keras_docs.hub.preset_handle import PresetHandle
from keras_docs.hub.preset_parts import (
    MANIFEST_FILE,
    PARTS,
    check_parts,
    select_files,
)
from keras_docs.hub.preset_paths import locate_preset_file
from keras_docs.hub.strict_json import read_json_object


def resolve_preset(
    handle: str | os.PathLike[str],
    *,
    revision: str | None = None,
    token: str | bool | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    local_files_only: bool | None = None,
    parts: Iterable[str] = PARTS,
    converters: Collection[str] = (),
) -> Path:
    """Find a preset, download what is needed, verify it, and return its folder.

    A handle is a built-in name, `hf://org/repo`, `hf://org/repo@revision`,
    `hf://org/repo@revision/subfolder`, `kaggle://org/model/keras/variant[/version]`
    (fetched by `kagglehub`), or a folder. A name that is both built-in and a folder
    means the built-in preset; write `./name` for the folder.

    From the Hub, one commit is chosen and listed once, and only the files that `parts`
    need are downloaded. Every file is checked against the preset's `manifest.json`
    before anything reads it; without a manifest, against the checksums the Hub gives. A
    warm load makes one request (none when pinned to a commit) and hashes nothing. If
    the Hub cannot be reached, a complete cached copy is used, with a warning.
    `HF_ENDPOINT`, `HF_HUB_CACHE`, `HF_HUB_OFFLINE` and `HF_TOKEN` are honoured.

    Args:
        handle: str or path. What to find.
        revision: str or None. Branch, tag or commit, if not in the handle.
        token: str, bool or None. Token for the Hub; None uses the one you logged in
            with, False sends none.
        cache_dir: path or None. Hub cache folder.
        local_files_only: bool or None. True makes no request.
        parts: iterable of str among "backbone", "task", "preprocessor" and "card". What
            will be loaded.
        converters: collection of str. Transformers `model_type`s the caller can
            convert.

    Returns:
        pathlib.Path of a folder in which every file the parts need is verified. Files
        of other parts may be missing from it.

    Raises:
        PresetError: The subclass says what happened: `PresetHandleError`,
            `PresetNotFoundError`, `PresetRevisionError`, `PresetIncompleteError`,
            `PresetCorruptError`, `PresetUnsafeError`, `PresetFormatError`,
            `UnsupportedCheckpointError`, `PresetVersionError`, `HubUnreachableError`,
            `HubAccessError`, `HubGatedError`, `HubRateLimitError`, `OfflineError`,
            `HubCacheError`, `DiskFullError`.

    Example:

    >>> folder = resolve_preset("hf://org/repo@v1")  # doctest: +SKIP
    >>> folder = resolve_preset("./my_preset", parts=["backbone"])  # doctest: +SKIP
    """
    parts = check_parts(parts)
    parsed = PresetHandle.parse(handle, revision)
    if parsed.scheme == "hf":
        settings = HubSettings.from_environment(token, cache_dir, local_files_only)
        return HubDownload(parsed, settings, parts, converters).run()
    if parsed.scheme == "kaggle":
        folder = _download_from_kaggle(parsed)
    else:
        folder = local_preset(parsed.location, isinstance(handle, os.PathLike))
    _verify_local(folder, str(parsed), parts, converters)
    return folder


def _download_from_kaggle(handle: PresetHandle) -> Path:
    """Fetch a whole Kaggle model version, as KerasHub does file by file."""
    try:
        import kagglehub
    except ImportError as error:
        raise PresetError(
            f"{handle} needs the package kagglehub. Run: pip install kagglehub"
        ) from error
    try:
        return Path(kagglehub.model_download(handle.location))
    except Exception as error:
        raise PresetError(
            f"{handle} could not be fetched by kagglehub: {str(error)[:300]}. Check "
            "the handle, the connection and your Kaggle login."
        ) from error


def _verify_local(
    folder: Path, asked: str, parts: tuple[str, ...], converters: Collection[str]
) -> None:
    if os.path.lexists(folder / MANIFEST_FILE):
        chosen = select_files(read_manifest(folder).files, parts)
        verify_manifest(folder, chosen)
        return
    if not os.path.lexists(folder / "config.json"):
        names = sorted(path.name for path in folder.iterdir())[:8]
        raise PresetFormatError(
            f"{asked} is no preset: it has neither manifest.json nor config.json. It "
            f"has: {', '.join(names) or 'nothing'}."
        )
    config = read_json_object(locate_preset_file(folder, "config.json"))
    kind = check_config(config, asked, converters)
    present = [
        path.relative_to(folder).as_posix()
        for path in [*folder.iterdir(), *(folder / "assets").rglob("*")]
        if not path.is_dir()
    ]
    chosen = select_plain_files(present, kind, parts, asked)
    check_plain_files(folder, chosen)
