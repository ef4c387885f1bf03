"""`keras-docs show`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from keras_docs.cli.hub_arguments import add_hub_arguments, hub_options
from keras_docs.cli.printable import printable
from keras_docs.hub.preset_parts import CONFIG_FILES, part_of


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "show",
        help="tell what a preset holds, without its weights",
        description="Shows classes, parameters, files with sizes, versions, licence "
        "and metrics of a preset. From the Hub, only its JSON files and its card are "
        "downloaded; no model is built.",
    )
    add_hub_arguments(parser)
    parser.set_defaults(run=run, needs_backend=False)


def run(options: argparse.Namespace) -> None:
    from rich.console import Console

    from keras_docs.hub import resolve_preset

    folder = resolve_preset(options.preset, parts=("card",), **hub_options(options))
    console = Console()
    console.print(_facts_table(folder))
    for table in (_metrics_table(folder), _files_table(folder)):
        if table.row_count:
            console.print(table)


def _facts_table(folder: Path) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _facts(folder):
        table.add_row(name, Text(printable(value)))
    return table


def _facts(folder: Path) -> list[tuple[str, object]]:
    from keras_docs.hub.card_check import card_license

    card, metadata = _read(folder, "card.json"), _read(folder, "metadata.json")
    parameters = metadata.get("parameter_count")
    facts: list[tuple[str, object]] = [("folder", folder)]
    facts += [(name, card[name]) for name in ("title", "summary") if name in card]
    facts += list(_classes(folder).items())
    if type(parameters) is int:
        facts.append(("parameters", f"{parameters:,}"))
    facts.append(("versions", _versions(folder, metadata)))
    facts.append(("licence", card.get("license") or card_license(folder) or "-"))
    return facts


def _read(folder: Path, name: str) -> dict[str, Any]:
    from keras_docs.hub import read_json_object

    return read_json_object(folder / name) if (folder / name).is_file() else {}


def _manifest(folder: Path) -> Any:
    from keras_docs.hub import read_manifest

    return read_manifest(folder) if (folder / "manifest.json").is_file() else None


def _classes(folder: Path) -> dict[str, str]:
    manifest = _manifest(folder)
    if manifest is not None:
        return manifest.classes
    contents = {part: _read(folder, name) for part, name in CONFIG_FILES.items()}
    return {
        part: str(content["registered_name"])
        for part, content in contents.items()
        if "registered_name" in content
    }


def _versions(folder: Path, metadata: dict[str, Any]) -> str:
    manifest = _manifest(folder)
    if manifest is not None:
        versions = manifest.versions
    else:
        versions = {k: v for k, v in metadata.items() if k.endswith("_version")}
    listed = [f"{k.removesuffix('_version')} {v}" for k, v in sorted(versions.items())]
    return ", ".join(listed) or "-"


def _metrics_table(folder: Path) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table("data", "split", "metric", "value", "others")
    metrics = _read(folder, "card.json").get("metrics")
    for metric in metrics if isinstance(metrics, list) else []:
        if not isinstance(metric, dict):
            continue
        peers = metric.get("peers")
        others = peers.items() if isinstance(peers, dict) else ()
        cells = [metric.get(key, "") for key in ("dataset", "split", "name", "value")]
        cells.append(", ".join(f"{name} {value}" for name, value in others))
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


def _files_table(folder: Path) -> Any:
    from rich.table import Column, Table
    from rich.text import Text

    number = Column("bytes", justify="right", no_wrap=True)
    table = Table(Column("file", overflow="fold"), "part", number)
    manifest = _manifest(folder)
    if manifest is not None:
        sizes = {name: entry.size for name, entry in manifest.files.items()}
    else:
        found = (path for path in folder.rglob("*") if path.is_file())
        sizes = {p.relative_to(folder).as_posix(): p.stat().st_size for p in found}
    for name, size in sorted(sizes.items()):
        part = part_of(name)
        part = "configuration" if part == "all" else part
        table.add_row(Text(printable(name)), part, f"{size:,}")
    if sizes:
        table.add_row("in all", "", f"{sum(sizes.values()):,}")
    return table
