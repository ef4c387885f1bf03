"""The arguments of every command that may download."""

from __future__ import annotations

import argparse
from typing import Any


def add_hub_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the preset's handle, `--revision` and `--cache-dir`."""
    parser.add_argument(
        "preset",
        help="a built-in name, hf://org/repo[@revision][/subfolder], or a folder",
    )
    parser.add_argument("--revision", help="branch, tag or commit on the Hub")
    parser.add_argument(
        "--cache-dir", help="the Hub's cache folder; default: as HF_HUB_CACHE says"
    )


def hub_options(options: argparse.Namespace) -> dict[str, Any]:
    """Keyword arguments of `resolve_preset`."""
    return {"revision": options.revision, "cache_dir": options.cache_dir}
