"""`keras-docs demo`."""

from __future__ import annotations

import argparse


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "demo",
        help="load the shipped presets and predict on shipped real rows",
        description="Loads each shipped preset and predicts real rows that ship with "
        "it. Needs no network.",
    )
    parser.set_defaults(run=run, needs_backend=True)


def run(options: argparse.Namespace) -> None:
    from keras_docs import demo

    demo.run()
