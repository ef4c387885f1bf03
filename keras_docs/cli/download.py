"""`keras-docs download`."""

from __future__ import annotations

import argparse

from keras_docs.cli.hub_arguments import add_hub_arguments, hub_options
from keras_docs.hub.preset_parts import PARTS

ALL_PARTS = (*PARTS, "card")


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "download",
        help="fetch and verify a preset, print its folder",
        description="Downloads what is not in the cache yet, verifies every file "
        "against the preset's manifest, and prints the local folder on standard "
        "output. Private presets need `hf auth login` or HF_TOKEN.",
    )
    add_hub_arguments(parser)
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=ALL_PARTS,
        default=ALL_PARTS,
        metavar="PART",
        help=f"what to fetch, among {', '.join(ALL_PARTS)}; default: everything",
    )
    parser.set_defaults(run=run, needs_backend=False)


def run(options: argparse.Namespace) -> None:
    from keras_docs.hub import resolve_preset

    print(resolve_preset(options.preset, parts=options.parts, **hub_options(options)))
