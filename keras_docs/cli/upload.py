"""`keras-docs upload`."""

from __future__ import annotations

import argparse


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "upload",
        help="publish a preset folder on the Hub",
        description="Checks a preset folder as `verify` does, writes a card if it has "
        "none, and uploads it in one commit. Prints the page and the pinned handle. "
        "Log in first: hf auth login, or set HF_TOKEN.",
    )
    parser.add_argument("folder", help="a preset folder")
    parser.add_argument("handle", help="hf://org/repo or hf://org/repo/subfolder")
    parser.add_argument(
        "--private", action="store_true", help="make a new repository private"
    )
    parser.add_argument("--revision", help="branch; default: main")
    parser.add_argument("--tag", help="a new tag for the commit, such as v1")
    parser.add_argument("--message", help="first line of the commit")
    parser.add_argument(
        "--license", help="the licence, if no card names one, such as apache-2.0"
    )
    parser.set_defaults(run=run, needs_backend=True)


def run(options: argparse.Namespace) -> None:
    import keras_docs

    keras_docs.upload_preset(
        options.handle,
        options.folder,
        # Without the flag, the account's own default decides.
        private=options.private or None,
        revision=options.revision,
        commit_message=options.message,
        tag=options.tag,
        license=options.license,
    )
