"""Reads the arguments of `keras-docs` and runs one subcommand."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from keras_docs.cli import (
    card,
    convert,
    demo,
    download,
    predict,
    presets,
    show,
    upload,
    verify,
)
from keras_docs.cli.printable import printable
from keras_docs.version import __version__

# In the order of `keras-docs --help`.
COMMANDS = (presets, demo, predict, show, download, verify, card, upload, convert)
BACKENDS = ("jax", "torch", "tensorflow")
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `keras-docs`.

    Args:
        arguments: list of strings. Default: those of the command line.

    Returns:
        0 on success, 1 for a preset that fails `verify`, 2 for a preset or a table
        that cannot be used, 130 after Ctrl-C.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        if options.needs_backend:
            _prepare_backend(options.backend)
        return options.run(options) or 0
    except ValueError as error:
        parser.exit(2, f"keras-docs: {printable(error)}\n")
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="keras-docs", description="The keras_docs model zoo on the command line."
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--backend",
        choices=sorted(BACKENDS),
        help="Keras backend; default: KERAS_BACKEND, else the first one installed",
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in COMMANDS:
        command.add_to(commands)
    return parser


def _prepare_backend(backend: str | None) -> None:
    """Chooses an installed backend before Keras is imported, and quiets TensorFlow."""
    from importlib.util import find_spec

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if backend is None and "KERAS_BACKEND" not in os.environ:
        installed = [name for name in BACKENDS if find_spec(name)]
        if not installed:
            raise ValueError(
                "no backend is installed. Install one: "
                'pip install "keras-docs[jax]" (or [tensorflow], [torch]).'
            )
        backend = installed[0]
    if backend is not None:
        os.environ["KERAS_BACKEND"] = backend
