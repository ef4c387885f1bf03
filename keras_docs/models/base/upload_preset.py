"""Publish a model or a preset folder on the Hub, checked and with a card."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from keras_docs.hub import upload_preset as upload_folder
from keras_docs.hub.card_check import CARD_FILE, card_license
from keras_docs.hub.card_draft import draft_card
from keras_docs.hub.card_refresh import refresh_card
from keras_docs.hub.errors import (
    PresetFormatError,
    PresetHandleError,
    PresetIncompleteError,
    PresetNotFoundError,
)
from keras_docs.hub.hub_settings import HubSettings
from keras_docs.hub.manifest import verify_manifest
from keras_docs.hub.model_card import CARD_RECORD
from keras_docs.hub.preset_handle import PresetHandle
from keras_docs.hub.preset_parts import MANIFEST_FILE
from keras_docs.hub.preset_paths import locate_preset_file
from keras_docs.models.base.backbone import Backbone
from keras_docs.models.base.preprocessor import Preprocessor
from keras_docs.models.base.preset_validation import validate_preset
from keras_docs.models.base.task import Task


def upload_preset(
    handle: str,
    folder_or_model: str | os.PathLike[str] | Task | Backbone | Preprocessor,
    *,
    private: bool | None = None,
    revision: str | None = None,
    commit_message: str | None = None,
    token: str | bool | None = None,
    tag: str | None = None,
    license: str | None = None,
) -> str:
    """Publishes a model or a preset folder and prints where it can be found.

    A model is saved first. A preset without a card (README.md) gets one, from its
    `card.json` or from what its files tell (in place of one that the repository may
    already have). Then all that a published preset promises
    is checked (`keras-docs verify` does the same), and everything goes up in one
    commit on top of the one seen at the start. Your own folder is not changed.

    Args:
        handle: string, `hf://org/repo` or `hf://org/repo/subfolder`. The repository is
            created if it does not exist.
        folder_or_model: a preset folder, or a task, backbone or preprocessor.
        private: bool. Whether a new repository is private. Default: as your account
            says.
        revision: string, the branch. Default: `"main"`.
        commit_message: string, first line of the commit.
        token: string, token for the Hub. Default: the one you logged in with.
        tag: string, the name of a tag for the new commit; it must be new.
        license: string, the licence's identifier on the Hub, such as `"apache-2.0"`.
            Needed when neither README.md nor `card.json` names one.

    Returns:
        A string: the handle pinned to the new commit, `hf://org/repo@<commit>`.

    Raises:
        ValueError: no licence is known, the preset fails a check
            (`PresetInvalidError`), or the Hub refuses; the message says what to do.

    Example:
    ```python
    handle = keras_docs.upload_preset(
        "hf://me/my-model", model, tag="v1", license="apache-2.0"
    )
    model = keras_docs.Task.from_preset(handle)
    ```
    """
    target = PresetHandle.parse(handle, revision)
    if target.scheme != "hf":
        raise PresetHandleError(
            f"A preset is uploaded to 'hf://org/repo', not to {handle!r:.120}."
        )
    with TemporaryDirectory() as temporary:
        # The folder's name is in the default commit message.
        place = Path(temporary) / target.location.rsplit("/", 1)[-1]
        folder = _ready_folder(folder_or_model, place, target, tag, license)
        pinned = upload_folder(
            handle,
            folder,
            private=private,
            revision=revision,
            commit_message=commit_message,
            token=token,
            tag=tag,
            validate=validate_preset,
        )
    _print_where(PresetHandle.parse(pinned), tag)
    return pinned


def _ready_folder(
    source: Any,
    place: Path,
    target: PresetHandle,
    tag: str | None,
    license: str | None,
) -> Path:
    """A folder with a card: the source itself if it has one, else a copy at `place`."""
    if isinstance(source, (Task, Backbone, Preprocessor)):
        source.save_to_preset(place)
    elif isinstance(source, (str, os.PathLike)):
        folder = _check_folder(Path(source).expanduser())
        if os.path.lexists(folder / CARD_FILE):
            _check_license(folder, license)
            return folder
        _copy_preset(folder, place)
    else:
        raise ValueError(
            "`folder_or_model` must be a preset folder or a Task, Backbone or "
            f"Preprocessor of keras_docs. Received: {type(source)}."
        )
    _write_card(place, target, tag, license)
    return place


def _check_folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise PresetNotFoundError(
            f"There is no folder {str(folder)!r}. Save the model first "
            "(`model.save_to_preset(folder)`), or pass the model itself."
        )
    if not os.path.lexists(folder / MANIFEST_FILE):
        raise PresetIncompleteError(
            f"manifest.json is missing from {folder}, so it is no preset of "
            "keras_docs. Write one from it: keras-docs convert FOLDER NEW_FOLDER"
        )
    return folder


def _check_license(folder: Path, license: str | None) -> None:
    named = card_license(folder)
    if license is not None and license != named:
        raise PresetFormatError(
            f"license={license!r} was given, but the README.md of {folder} names "
            f"{named or 'none'}. Leave the argument out, or correct the card."
        )


def _copy_preset(folder: Path, place: Path) -> None:
    for name in [*verify_manifest(folder).files, MANIFEST_FILE]:
        copy = place / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(locate_preset_file(folder, name), copy)


def _write_card(
    folder: Path, target: PresetHandle, tag: str | None, license: str | None
) -> None:
    if (folder / CARD_RECORD).is_file():
        refresh_card(folder)
        _check_license(folder, license)
        return
    if not license:
        raise PresetFormatError(
            "The preset has no card, and its licence is not known. Pass license=, "
            'for example license="apache-2.0" (--license on the command line), or '
            "write a card.json into its folder (`keras-docs card FOLDER` prints a "
            "template)."
        )
    loaded_from = PresetHandle(
        "hf", target.location, tag or target.revision, target.subfolder
    )
    refresh_card(folder, draft_card(folder, loaded_from, license))


def _print_where(pinned: PresetHandle, tag: str | None) -> None:
    endpoint = HubSettings.from_environment().endpoint
    place = f"/{pinned.subfolder}" if pinned.subfolder else ""
    print(f"{endpoint}/{pinned.location}/tree/{pinned.revision}{place}")
    print(pinned)
    if tag is not None:
        print(PresetHandle("hf", pinned.location, tag, pinned.subfolder))
