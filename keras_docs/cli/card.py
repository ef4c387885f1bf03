"""`keras-docs card`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "card",
        help="write a preset's README.md from its card.json",
        description="Writes README.md from card.json, and lists both in the preset's "
        "manifest. Without a card.json, prints one to start from.",
    )
    parser.add_argument("folder", help="a preset folder")
    parser.add_argument(
        "--print",
        dest="only_print",
        action="store_true",
        help="print the card and write nothing",
    )
    parser.set_defaults(run=run, needs_backend=False)


def run(options: argparse.Namespace) -> None:
    from keras_docs.hub import PresetIncompleteError, refresh_card
    from keras_docs.hub.local_preset import local_preset
    from keras_docs.hub.model_card import (
        CARD_RECORD,
        CARD_TEMPLATE,
        REQUIRED_FIELDS,
        render_model_card,
    )

    folder = local_preset(options.folder, is_path=True)
    if not (folder / CARD_RECORD).is_file():
        print(json.dumps(CARD_TEMPLATE, indent=2, ensure_ascii=False))
        optional = [name for name in CARD_TEMPLATE if name not in REQUIRED_FIELDS]
        raise PresetIncompleteError(
            f"{folder} has no {CARD_RECORD}. Write one: it needs "
            f"{', '.join(REQUIRED_FIELDS)}, and may have {', '.join(optional)}. "
            f"Start from the template above, save it as {Path(folder) / CARD_RECORD}, "
            "then run this again."
        )
    if options.only_print:
        print(render_model_card(folder), end="")
    else:
        print(refresh_card(folder))
