"""`keras-docs verify`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_docs.cli.download import ALL_PARTS
from keras_docs.cli.hub_arguments import add_hub_arguments, hub_options
from keras_docs.cli.printable import printable

if TYPE_CHECKING:
    from keras_docs.hub import PresetCheck

_STYLES = {"passed": "green", "failed": "bold red", "skipped": "dim"}


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "verify",
        help="check every file of a preset, and that it behaves",
        description="Hashes every file of a preset afresh, loads each part, and does "
        "all the checks that a preset must pass to be uploaded. Exit code 1 if one "
        "fails.",
    )
    add_hub_arguments(parser)
    parser.set_defaults(run=run, needs_backend=True)


def run(options: argparse.Namespace) -> int:
    from rich.console import Console

    checks = _checks(options)
    Console().print(_table(checks))
    return int(any(check.outcome == "failed" for check in checks))


def _checks(options: argparse.Namespace) -> list[PresetCheck]:
    from keras_docs.hub import (
        PresetCheck,
        PresetCorruptError,
        PresetFormatError,
        PresetIncompleteError,
        PresetUnsafeError,
    )
    from keras_docs.models.base.preset_validation import check_preset

    try:
        folder, files = _folder_and_files(options)
    except (
        PresetCorruptError,
        PresetFormatError,
        PresetIncompleteError,
        PresetUnsafeError,
    ) as error:
        return [PresetCheck("download", "failed", str(error))]
    return check_preset(folder, files=files, is_for_publishing=False)


def _folder_and_files(options: argparse.Namespace) -> tuple[Path, list[str] | None]:
    """The folder, and which files should be in it (None: all in its manifest)."""
    from keras_docs.hub import PresetHandle, read_manifest, resolve_preset
    from keras_docs.hub.local_preset import local_preset
    from keras_docs.hub.preset_parts import MANIFEST_FILE, select_files

    handle = PresetHandle.parse(options.preset, options.revision)
    if not handle.scheme:
        # Not resolved: that would stop at the first damaged file.
        return local_preset(handle.location), None
    folder = resolve_preset(options.preset, parts=ALL_PARTS, **hub_options(options))
    if not (folder / MANIFEST_FILE).is_file():
        return folder, None
    return folder, select_files(read_manifest(folder).files, ALL_PARTS)


def _table(checks: list[PresetCheck]) -> Any:
    from rich.table import Column, Table
    from rich.text import Text

    table = Table(
        Column("check", overflow="fold"), "outcome", Column("detail", overflow="fold")
    )
    for name, outcome, detail in checks:
        table.add_row(
            Text(printable(name)),
            Text(outcome, style=_STYLES[outcome]),
            Text(printable(detail)),
        )
    return table
