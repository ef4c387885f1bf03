"""Publish a preset folder on the Hub, as one commit."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from keras_docs.hub.errors import (
    HubConflictError,
    HubUnreachableError,
    PresetCorruptError,
    PresetHandleError,
    PresetRevisionError,
)
from keras_docs.hub.hub_cache import git_blob_id
from keras_docs.hub.hub_requests import call_hub
from keras_docs.hub.hub_settings import HubSettings
from keras_docs.hub.manifest import file_sha256, verify_manifest
from keras_docs.hub.preset_handle import COMMIT, PresetHandle
from keras_docs.hub.preset_parts import MANIFEST_FILE, is_preset_file
from keras_docs.hub.preset_paths import locate_preset_file


def upload_preset(
    handle: str,
    folder: str | os.PathLike[str],
    *,
    private: bool | None = None,
    revision: str | None = None,
    commit_message: str | None = None,
    token: str | bool | None = None,
    tag: str | None = None,
    validate: Callable[[Path], object] | None = None,
) -> str:
    """Publish a preset folder on the Hub and return a handle pinned to it.

    The folder is verified against its manifest first, then validated by the caller's
    function. All files go up in one commit on top of the commit seen at the start, so
    a change by somebody else meanwhile is never overwritten. Files of an older version
    of the preset that this one lacks are removed in the same commit. At the end the
    Hub's listing is compared with the folder.

    Args:
        handle: str. `hf://org/repo` or `hf://org/repo/subfolder`. The repository is
            created if it does not exist.
        folder: path of a preset folder with a `manifest.json`.
        private: bool or None. Whether a new repository is private; the default of your
            account if None. An existing repository must agree.
        revision: str or None. Branch to commit to, "main" by default; created from
            "main" if it does not exist.
        commit_message: str or None. First line of the commit.
        token: str, bool or None. Token for the Hub.
        tag: str or None. Name of a tag for the new commit; it must be new.
        validate: callable or None. Called with the folder; it raises if the preset
            does not load or behave.

    Returns:
        str. For example "hf://org/repo@0123…" with the full commit id.

    Raises:
        PresetError: The subclass says what happened; see `resolve_preset`, and
            `HubConflictError` if the repository changed meanwhile, the tag exists, or
            the repository is public and `private=True` was given.

    Example:

    >>> upload_preset("hf://me/my-model", "my_preset", tag="v1")  # doctest: +SKIP
    """
    target = PresetHandle.parse(handle, revision)
    if target.scheme != "hf" or COMMIT.fullmatch(target.revision or ""):
        raise PresetHandleError(
            f"A preset is uploaded to 'hf://org/repo', optionally with a branch, not "
            f"to {handle!r}."
        )
    folder = Path(folder)
    manifest = verify_manifest(folder)
    if validate is not None:
        validate(folder)
    names = sorted([*manifest.files, MANIFEST_FILE])
    upload = _Upload(target, folder, names, token)
    head = upload.prepare(private, tag)
    commit = upload.commit(head, commit_message or f"Upload {folder.name}")
    if tag is not None:
        upload.tag(tag, commit)
    return str(PresetHandle("hf", target.location, commit, target.subfolder))


class _Upload:
    """The requests of one upload."""

    def __init__(
        self,
        target: PresetHandle,
        folder: Path,
        names: list[str],
        token: str | bool | None,
    ) -> None:
        from huggingface_hub import HfApi

        settings = HubSettings.from_environment(token)
        if settings.offline:
            raise HubUnreachableError(
                f"{target} cannot be uploaded: HF_HUB_OFFLINE is set. Unset it."
            )
        self.api = HfApi(endpoint=settings.endpoint, token=settings.token)
        self.target = target
        self.asked = str(target)
        self.repository = target.location
        self.branch = target.revision or "main"
        self.prefix = f"{target.subfolder}/" if target.subfolder else ""
        self.folder = folder
        self.names = names

    def _info(self, revision: str) -> Any:
        return call_hub(
            lambda: self.api.model_info(
                self.repository, revision=revision, files_metadata=True
            ),
            self.asked,
        )

    def prepare(self, private: bool | None, tag: str | None) -> Any:
        """Make sure that repository and branch exist; return the branch's state."""
        call_hub(
            lambda: self.api.create_repo(
                self.repository, private=private, exist_ok=True
            ),
            self.asked,
        )
        if tag is not None:
            refs = call_hub(
                lambda: self.api.list_repo_refs(self.repository), self.asked
            )
            if tag in {reference.name for reference in refs.tags}:
                raise HubConflictError(
                    f"{self.asked} already has the tag {tag!r}; nothing was uploaded. "
                    "Tags never move: choose a new one."
                )
        try:
            info = self._info(self.branch)
        except PresetRevisionError:
            call_hub(
                lambda: self.api.create_branch(self.repository, branch=self.branch),
                self.asked,
            )
            info = self._info(self.branch)
        if private and not info.private:
            raise HubConflictError(
                f"{self.asked} exists and is public, but private=True was given; "
                "nothing was uploaded. Make it private in its settings, or choose "
                "another name."
            )
        return info

    def commit(self, head: Any, message: str) -> str:
        """Commit all files on top of `head`; return the new commit."""
        try:
            oid = call_hub(lambda: self._send(head, message), self.asked)
        except HubConflictError:
            # A commit whose answer got lost was tried again: then all is there.
            info = self._info(self.branch)
            if self._first_difference(info) is not None:
                raise
            return str(info.sha)
        difference = self._first_difference(self._info(oid))
        if difference is not None:
            raise PresetCorruptError(
                f"{self.asked}: after the upload, {difference} on the Hub is not the "
                f"local file (commit {oid}). Upload again."
            )
        return oid

    def _send(self, head: Any, message: str) -> str:
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        new = {self.prefix + name for name in self.names}
        remote = [file.rfilename for file in head.siblings or []]
        stale = [
            name
            for name in remote
            if name.startswith(self.prefix)
            and is_preset_file(name[len(self.prefix) :])
            and name not in new
            and not name.endswith(".gitattributes")
        ]
        additions = [
            CommitOperationAdd(
                self.prefix + name, str(locate_preset_file(self.folder, name))
            )
            for name in self.names
        ]
        deletions = [CommitOperationDelete(name) for name in stale]
        answer = self.api.create_commit(
            self.repository,
            [*additions, *deletions],
            commit_message=message,
            revision=self.branch,
            parent_commit=head.sha,
        )
        return str(answer.oid)

    def _first_difference(self, info: Any) -> str | None:
        remote = {file.rfilename: file for file in info.siblings or []}
        for name in self.names:
            path = locate_preset_file(self.folder, name)
            file = remote.get(self.prefix + name)
            if file is None:
                return name
            if file.lfs is not None:
                same = file.lfs.sha256 == file_sha256(path)
            else:
                same = file.blob_id == git_blob_id(path)
            if not same:
                return name
        return None

    def tag(self, tag: str, commit: str) -> None:
        """Give the new commit a name that stays."""
        try:
            call_hub(
                lambda: self.api.create_tag(self.repository, tag=tag, revision=commit),
                self.asked,
            )
        except HubConflictError as error:
            raise HubConflictError(
                f"{self.asked}: the files are uploaded as commit {commit}, but the tag "
                f"{tag!r} was made by somebody else meanwhile. Choose a new tag."
            ) from error
