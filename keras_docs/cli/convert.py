"""`keras-docs convert`."""

from __future__ import annotations

import argparse

from keras_docs.cli.hub_arguments import add_hub_arguments, hub_options


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "convert",
        help="save a preset with other weights files, or one of KerasHub as ours",
        description="Loads a preset and writes it as a preset folder of keras_docs. "
        "With --weights-format h5, KerasHub opens the folder.",
    )
    add_hub_arguments(parser)
    parser.add_argument("folder", help="the folder to write")
    parser.add_argument(
        "--weights-format",
        choices=("safetensors", "h5"),
        default="safetensors",
        help="default: safetensors",
    )
    parser.set_defaults(run=run, needs_backend=True)


def run(options: argparse.Namespace) -> None:
    from keras_docs.models.base.preset_conversion import convert_preset

    folder = convert_preset(
        options.preset,
        options.folder,
        weights_format=options.weights_format,
        **hub_options(options),
    )
    print(folder)
