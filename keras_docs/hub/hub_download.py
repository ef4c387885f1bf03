"""From a Hub handle to a verified folder in the cache."""

import contextlib
import glob
import shutil
import warnings
from collections.abc import Collection
from pathlib import Path

from keras_docs.hub.errors import (
    DiskFullError,
    HubCacheError,
    HubRateLimitError,
    HubUnreachableError,
    OfflineError,
    PresetCorruptError,
    PresetIncompleteError,
    PresetNotFoundError,
)
from keras_docs.hub.hub_cache import (
    HubCache,
    RemoteFile,
    checksum_by_name,
    git_blob_id,
)
from keras_docs.hub.hub_requests import call_hub, root_cause, status_of
from keras_docs.hub.hub_settings import HubSettings
from keras_docs.hub.manifest import Manifest, file_sha256, read_manifest, verify_file
from keras_docs.hub.plain_preset import (
    check_config,
    check_plain_files,
    select_plain_files,
)
from keras_docs.hub.preset_handle import COMMIT, PresetHandle
from keras_docs.hub.preset_parts import MANIFEST_FILE, select_files
from keras_docs.hub.preset_paths import check_relative_path, locate_preset_file
from keras_docs.hub.strict_json import read_json_object


class HubDownload:
    """One load from the Hub: one commit, listed once, each file fetched once.

    Args:
        handle: PresetHandle of scheme "hf".
        settings: HubSettings.
        parts: tuple of str. The parts that will be loaded.
        converters: collection of str. The Transformers `model_type`s the caller can
            convert.

    Example:

    >>> download = HubDownload(handle, settings, ("backbone",))  # doctest: +SKIP
    >>> folder = download.run()  # doctest: +SKIP
    """

    def __init__(
        self,
        handle: PresetHandle,
        settings: HubSettings,
        parts: tuple[str, ...],
        converters: Collection[str] = (),
    ) -> None:
        self.handle = handle
        self.settings = settings
        self.parts = parts
        self.converters = converters
        self.revision = handle.revision or "main"
        self.cache = HubCache(settings.cache_dir, handle.location)
        self.prefix = f"{handle.subfolder}/" if handle.subfolder else ""
        self.online = not settings.offline
        self.commit = ""
        self.listing: dict[str, RemoteFile] | None = None
        self.manifest: Manifest | None = None

    def run(self) -> Path:
        """Return the folder with every needed file, verified."""
        if not self.online:
            return self._load_offline()
        try:
            self._locate()
        except (HubUnreachableError, HubRateLimitError) as error:
            return self._load_despite(error)
        return self._load()

    def _locate(self) -> None:
        """Find the commit and what it holds, with at most one request."""
        if COMMIT.fullmatch(self.revision):
            listing = self.cache.read_listing(self.revision)
            if listing is not None:
                self.commit, self.listing = self.revision, listing
                return
        from huggingface_hub import HfApi

        api = HfApi(endpoint=self.settings.endpoint, token=self.settings.token)
        info = call_hub(
            lambda: api.model_info(
                self.handle.location, revision=self.revision, files_metadata=True
            ),
            str(self.handle),
        )
        self.commit = str(info.sha)
        if not COMMIT.fullmatch(self.commit):
            raise HubUnreachableError(
                f"{self.handle}: {self.settings.endpoint} answered without a commit. "
                "Is HF_ENDPOINT a Hub?"
            )
        self.listing = {
            file.rfilename: RemoteFile(
                file.size, file.blob_id, file.lfs.sha256 if file.lfs else None
            )
            for file in info.siblings or []
        }

    def _load_offline(self) -> Path:
        commit = self.cache.read_ref(self.revision)
        if commit is None or not self.cache.snapshot(commit).is_dir():
            raise OfflineError(
                f"{self.handle} is not in the cache {self.settings.cache_dir}, and no "
                "request may be made (HF_HUB_OFFLINE or local_files_only). Load it "
                "once while online, or set cache_dir= to the cache that has it."
            )
        self.commit = commit
        self.listing = self.cache.read_listing(commit)
        return self._load()

    def _load_despite(self, error: HubUnreachableError | HubRateLimitError) -> Path:
        """Use what is cached when the Hub cannot be asked, if it is complete."""
        self.online = False
        try:
            folder = self._load_offline()
        except OfflineError:
            raise error from None
        warnings.warn(
            f"{error} Using the cached commit {self.commit} of {self.handle}, which "
            "may not be the latest.",
            stacklevel=4,
        )
        return folder

    def _load(self) -> Path:
        self.record = self.cache.record(self.commit)
        folder = self.cache.snapshot(self.commit) / self.handle.subfolder
        names = self._here()
        if self._has(MANIFEST_FILE, names):
            self._obtain([MANIFEST_FILE])
            self.manifest = read_manifest(folder)
            chosen = select_files(self.manifest.files, self.parts)
            self._check_published(self.manifest, names)
            self._obtain(chosen)
        else:
            self._obtain(["config.json"])
            config = read_json_object(folder / "config.json")
            kind = check_config(config, str(self.handle), self.converters)
            chosen = select_plain_files(names, kind, self.parts, str(self.handle))
            self._obtain(chosen)
            check_plain_files(folder, chosen)
        self._remember()
        return folder

    def _here(self) -> list[str] | None:
        """Return the listed names in the subfolder; None if no listing is known."""
        if self.listing is None:
            return None
        names = [n for n in self.listing if n.startswith(self.prefix)]
        names = [name[len(self.prefix) :] for name in names]
        if not names and self.prefix:
            folders = sorted({n.split("/")[0] for n in self.listing if "/" in n})
            raise PresetNotFoundError(
                f"{self.handle}: the repository has no folder "
                f"{self.handle.subfolder!r}. It has: {', '.join(folders) or 'none'}."
            )
        return names

    def _has(self, name: str, names: list[str] | None) -> bool:
        if names is not None:
            if name not in names and "config.json" not in names:
                raise PresetNotFoundError(
                    f"{self.handle} is no preset: it has neither manifest.json nor "
                    f"config.json. It has: {', '.join(sorted(names)[:8]) or 'nothing'}."
                )
            return name in names
        if self.cache.has(self.commit, self.prefix + name):
            return True
        raise OfflineError(
            f"{self.handle} is in the cache, but not what its commit {self.commit} "
            "should hold, so nobody can tell whether it is complete. Load it once "
            "while online."
        )

    def _check_published(self, manifest: Manifest, names: list[str] | None) -> None:
        """Compare the manifest with the Hub's listing, before downloading more."""
        for name, entry in manifest.files.items() if names is not None else ():
            remote = self.listing.get(self.prefix + name)
            if remote is None:
                raise PresetIncompleteError(
                    f"{self.handle}: {name} is in its manifest but not in the "
                    "repository. Ask its author to upload the preset again."
                )
            if remote.size not in (None, entry.size) or (
                remote.sha256 not in (None, entry.sha256)
            ):
                raise PresetCorruptError(
                    f"{self.handle}: {name} in the repository is not the file its "
                    "manifest lists. Ask its author to upload the preset again."
                )

    def _obtain(self, names: list[str]) -> None:
        """Bring files into the cache and verify them; fetch a bad one once more."""
        for name in names:
            check_relative_path(name, str(self.handle))
        self._download([n for n in names if not self._cached(n)])
        bad = [name for name in names if self._problem(name)]
        if bad and self.online:
            self._drop(bad)
            self._download(bad)
        for name in bad:
            problem = self._problem(name)
            if problem is not None:
                raise self._corrupt(name, problem) from problem

    def _cached(self, name: str) -> bool:
        return self.cache.has(self.commit, self.prefix + name)

    def _drop(self, names: list[str]) -> None:
        for name in names:
            self.record.forget(self.prefix + name)
            try:
                self.cache.drop(self.commit, self.prefix + name)
            except OSError as error:
                raise HubCacheError(
                    f"{name} in {self.cache.folder} is damaged and cannot be removed "
                    f"({error.strerror}). Remove it, or set cache_dir=."
                ) from error

    def _corrupt(self, name: str, problem: PresetCorruptError) -> PresetCorruptError:
        if not self.online:
            return PresetCorruptError(
                f"{problem} (No request may be made now: go online once, and the file "
                "is fetched again.)"
            )
        self._drop([name])
        return PresetCorruptError(
            f"{self.handle}: {name} was downloaded twice and was wrong both times. "
            f"{problem} If that does not help, tell its author."
        )

    def _problem(self, name: str) -> PresetCorruptError | None:
        """Return what is wrong with the content of a cached file, or None."""
        entry = self.manifest.files.get(name) if self.manifest else None
        snapshot = self.cache.snapshot(self.commit)
        full_name = self.prefix + name
        try:
            if entry is not None:
                verify_file(snapshot, full_name, entry, self.record)
            else:
                self._check_by_hub(snapshot, full_name)
        except PresetCorruptError as error:
            return error
        return None

    def _check_by_hub(self, snapshot: Path, name: str) -> None:
        """Check a file without manifest entry by the checksum the Hub gives."""
        path = locate_preset_file(snapshot, name)
        remote = (self.listing or {}).get(name) or checksum_by_name(path)
        if remote.sha256:
            found = self.record.digest(name, path, "sha256", file_sha256)
        elif remote.blob_id:
            found = self.record.digest(name, path, "git", git_blob_id)
        else:
            return
        if found != (remote.sha256 or remote.blob_id):
            raise PresetCorruptError(
                f"{name} in {snapshot} does not have the checksum the Hub lists. Its "
                "content was changed or damaged. Load it again while online."
            )

    def _download(self, names: list[str]) -> None:
        if not names:
            return
        if not self.online:
            raise OfflineError(
                f"{self.handle} is only partly in the cache {self.settings.cache_dir}: "
                f"{', '.join(names[:5])} ({len(names)} in all) must be downloaded, and "
                "the Hub may not or cannot be asked. Load it once while online."
            )
        self._check_room(names)
        call_hub(lambda: self._fetch(names), str(self.handle))
        missing = [name for name in names if not self._cached(name)]
        if missing:
            raise PresetIncompleteError(
                f"{self.handle}: {missing[0]} could not be downloaded; the repository "
                "does not have it."
            )

    def _fetch(self, names: list[str]) -> None:
        from huggingface_hub import snapshot_download

        try:
            snapshot_download(
                self.handle.location,
                revision=self.commit,
                allow_patterns=[glob.escape(self.prefix + name) for name in names],
                cache_dir=self.settings.cache_dir,
                token=self.settings.token,
                endpoint=self.settings.endpoint,
            )
        except Exception as error:
            # A partial file longer than the whole: some clients ask for what lies
            # behind its end, again at every load.
            if status_of(root_cause(error)) == 416:
                self.cache.drop_partial_files()
            raise

    def _check_room(self, names: list[str]) -> None:
        listing = self.listing or {}
        sizes = [
            listing[self.prefix + n].size for n in names if self.prefix + n in listing
        ]
        needed = sum(size or 0 for size in sizes)
        place = self.settings.cache_dir
        while not place.exists() and place != place.parent:
            place = place.parent
        free = shutil.disk_usage(place).free
        if needed > free:
            raise DiskFullError(
                f"{self.handle} needs {needed:,} bytes, but {free:,} are free in "
                f"{place}. Free some space, or set cache_dir= or HF_HUB_CACHE."
            )

    def _remember(self) -> None:
        """Note ref, listing and verified files for the next, offline or warm, load."""
        if self.online and self.listing is not None:
            self.cache.write_ref(self.revision, self.commit)
            if self.cache.read_listing(self.commit) != self.listing:
                self.cache.write_listing(self.commit, self.listing)
        with contextlib.suppress(OSError):
            self.record.save()
