"""Read handles such as `hf://org/repo@v1/subfolder`."""

import os
import re
from dataclasses import dataclass
from urllib.parse import unquote

from keras_docs.hub.errors import PresetHandleError, PresetUnsafeError
from keras_docs.hub.preset_paths import check_relative_path

_REPO_PART = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?")
# Refs of the Hub that hold slashes themselves.
_SLASHED_REF = re.compile(r"(refs/(?:pr/\d+|convert/[\w-]+))(?:/|$)")
_REVISION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+/-]{0,199}")
COMMIT = re.compile(r"[0-9a-f]{40}")
_FORMS = (
    "a built-in name, 'hf://org/repo', 'hf://org/repo@revision', "
    "'hf://org/repo@revision/subfolder', "
    "'kaggle://org/model/keras/variant[/version]', or a folder"
)


@dataclass(frozen=True)
class PresetHandle:
    """A handle, taken apart.

    Args:
        scheme: str. "hf", "kaggle", or "" for a built-in name or a folder.
        location: str. "org/repo", the rest of a Kaggle handle, a name, or a path.
        revision: str or None. Branch, tag or commit.
        subfolder: str. "" for the root of the repository.

    Example:

    >>> PresetHandle.parse("hf://org/repo@v1/small")
    PresetHandle(scheme='hf', location='org/repo', revision='v1', subfolder='small')
    """

    scheme: str
    location: str
    revision: str | None = None
    subfolder: str = ""

    @classmethod
    def parse(
        cls, handle: str | os.PathLike[str], revision: str | None = None
    ) -> "PresetHandle":
        """Take a handle apart.

        Args:
            handle: str or path.
            revision: str or None. A revision given beside the handle, for revisions
                that hold a slash; within a handle, write `%2F` for that slash.

        Returns:
            A `PresetHandle`.

        Raises:
            PresetHandleError: If the handle has none of the known forms, or the two
                revisions differ.
        """
        is_path = isinstance(handle, os.PathLike)
        text = os.fspath(handle) if is_path else handle
        if not isinstance(text, str) or not text.strip() or "\0" in text:
            raise PresetHandleError(
                f"The preset handle is {text!r:.120}, expected {_FORMS}."
            )
        scheme, separator, rest = text.partition("://")
        if is_path or not separator:
            if revision is not None:
                raise PresetHandleError(
                    f"revision={revision!r} was given with {text!r:.120}, which has no "
                    "revisions. Leave revision out, or use an hf:// handle."
                )
            return cls("", text)
        if scheme == "hf":
            return cls._parse_hub(text, rest, revision)
        if scheme == "kaggle":
            return cls._parse_kaggle(text, rest, revision)
        raise PresetHandleError(
            f"The preset handle {text!r:.120} begins with {scheme!r:.40}, which is "
            f"unknown. Expected {_FORMS}."
        )

    @classmethod
    def _parse_hub(cls, text: str, rest: str, revision: str | None) -> "PresetHandle":
        match = re.fullmatch(r"([^/@]*)/([^/@]*)(?:@([^@]*)|/(.*))?", rest, re.DOTALL)
        if not match:
            raise PresetHandleError(
                f"The preset handle {text!r:.120} is not of the form "
                "'hf://org/repo[@revision][/subfolder]'."
            )
        org, repo, after_at, subfolder = match.groups()
        for part in (org, repo):
            if not _REPO_PART.fullmatch(part) or ".." in part or "--" in part:
                raise PresetHandleError(
                    f"{part!r:.120} in the preset handle {text!r:.120} is no name of "
                    "the Hub: letters, digits, '-', '_' and '.', at most 96, no '--' "
                    "and no '..'."
                )
        pinned = None
        if after_at is not None:
            slashed = _SLASHED_REF.match(after_at)
            if slashed:
                pinned, subfolder = slashed[1], after_at[slashed.end() :]
            else:
                pinned, _, subfolder = after_at.partition("/")
            pinned = unquote(pinned)
        if pinned is not None and revision is not None and pinned != revision:
            raise PresetHandleError(
                f"The preset handle {text!r:.120} says revision {pinned!r:.80}, but "
                f"revision={revision!r:.80} was given too. Give one of them."
            )
        revision = revision if pinned is None else pinned
        _check_revision(text, revision)
        subfolder = (subfolder or "").removesuffix("/")
        if subfolder:
            try:
                check_relative_path(subfolder, "a handle")
            except PresetUnsafeError as error:
                raise PresetHandleError(
                    f"The subfolder of the preset handle {text!r:.120} cannot be "
                    f"used. {error}"
                ) from error
        return cls("hf", f"{org}/{repo}", revision, subfolder)

    @classmethod
    def _parse_kaggle(
        cls, text: str, rest: str, revision: str | None
    ) -> "PresetHandle":
        parts = rest.split("/")
        valid = all(
            re.fullmatch(r"[A-Za-z0-9_.-]+", p) and ".." not in p for p in parts
        )
        valid = valid and all(part.isdecimal() for part in parts[4:])
        if len(parts) not in (4, 5) or not valid:
            raise PresetHandleError(
                f"The preset handle {text!r:.120} is not of the form "
                "'kaggle://org/model/keras/variant[/version]'."
            )
        if revision is not None:
            raise PresetHandleError(
                f"revision={revision!r:.80} was given with {text!r:.120}. Kaggle "
                "pins by version: write it at the end of the handle."
            )
        return cls("kaggle", rest)

    def __str__(self) -> str:
        if not self.scheme:
            return self.location
        revision = f"@{self.revision.replace('/', '%2F')}" if self.revision else ""
        subfolder = f"/{self.subfolder}" if self.subfolder else ""
        return f"{self.scheme}://{self.location}{revision}{subfolder}"


def _check_revision(text: str, revision: str | None) -> None:
    if revision is None:
        return
    bad = (
        not isinstance(revision, str)
        or not _REVISION.fullmatch(revision)
        or ".." in revision
        or "//" in revision
        or revision.endswith(("/", ".", ".lock"))
    )
    if bad:
        raise PresetHandleError(
            f"{revision!r:.120} in {text!r:.120} is no branch, tag or commit. Write "
            "for example 'hf://org/repo@v1'."
        )
