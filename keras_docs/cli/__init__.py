"""The `keras-docs` command: each subcommand is a module of its name."""

from keras_docs.cli.command_line import main

__all__ = ["main"]
