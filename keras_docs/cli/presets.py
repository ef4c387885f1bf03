"""`keras-docs presets`."""

from __future__ import annotations

import argparse


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "presets",
        help="list the presets that ship",
        description="Lists the presets that ship with keras_docs.",
    )
    parser.set_defaults(run=run, needs_backend=False)


def run(options: argparse.Namespace) -> None:
    from rich.console import Console
    from rich.table import Column, Table

    from keras_docs.hub import builtin_presets, preset_metadata

    # A name that is cut short cannot be copied.
    name_column = Column("preset", no_wrap=True, min_width=30)
    table = Table(name_column, "task", "parameters", "size", "metric", "licence")
    for name, folder in builtin_presets().items():
        metadata = preset_metadata(name)
        card = metadata.get("card", {})
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        metric = next(iter(card.get("metrics", [])), None)
        table.add_row(
            name,
            ", ".join(metadata["tasks"]) or "backbone",
            f"{metadata['parameter_count']:,}",
            f"{size / 1e6:.1f} MB",
            f"{metric['name']} {metric['value']}" if metric else "-",
            card.get("license", "-"),
        )
    Console().print(table)
