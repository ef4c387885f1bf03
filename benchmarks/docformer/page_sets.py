"""The pages of each set, and which of them are held out to choose settings on."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from kleister_values import kleister_labels

sys.path.append(str(Path(__file__).resolve().parents[2] / "tools"))

import prepared_pages  # noqa: E402

SETS = ("funsd", "sroie", "kleister_nda")
# Kleister's test part has no public fields.
TEST = {"funsd": "test", "sroie": "test", "kleister_nda": "dev"}
HELD_OUT = 51 / 256
# Of Kleister's training pages without any value, so many are learned from.
EMPTY = 64 / 256


def load(
    folder: str | Path,
    name: str,
    boxes: str = "word",
    images: bool = True,
    limit: int | None = None,
) -> tuple[list[dict], list[dict]]:
    """The labelled pages of a set.

    Args:
        folder: what `tools/prepare_documents.py` wrote.
        name: string, one of `SETS`.
        boxes: `"word"`, or `"segment"`: each word has the box of its entity (FUNSD) or
            line (SROIE).
        images: bool, whether to read the images.
        limit: int, pages of each part; `None`: all.

    Returns:
        Lists of the pages to train on and of those to test on. Of Kleister's agreements
        a quarter of the pages that say no field's value is trained on.
    """
    found = []
    for split in ("train", TEST[name]):
        pages = prepared_pages.load(folder, name, split, boxes, images, limit)
        pages = [page for page in pages if page["words"]]
        if name == "kleister_nda":
            for page in pages:
                page["word_labels"] = kleister_labels(page["words"], page["fields"])
        found.append(pages)
    train, test = found
    if name == "kleister_nda":
        train = [page for page in train if _has_value(page) or _drawn(page)]
    return train, test


def _has_value(page: Mapping) -> bool:
    return any(tag != "O" for tag in page["word_labels"])


def _drawn(page: Mapping) -> bool:
    return _byte(f"{page['id']} {page['page']}") < EMPTY


def _byte(text: str) -> float:
    # Another byte than those that SROIE's test part is split by.
    return hashlib.sha256(text.encode()).digest()[8] / 256


def document_of(page: Mapping) -> str:
    """What must not be split: a shop's receipts, a document's pages, else the page."""
    company = page.get("fields", {}).get("company")
    if company:
        return "".join(c for c in company[0].casefold() if c.isalnum())
    return str(page["id"])


def split_held_out(pages: Sequence[dict]) -> tuple[list[dict], list[dict]]:
    """A fifth of the documents, by a hash of what they are known by, apart.

    Of a few, of which chance takes none, it is the last.
    """
    parts: tuple[list[dict], list[dict]] = ([], [])
    for page in pages:
        parts[_byte(document_of(page)) < HELD_OUT].append(page)
    if not parts[1]:
        last = document_of(pages[-1])
        parts = (
            [page for page in pages if document_of(page) != last],
            [page for page in pages if document_of(page) == last],
        )
    return parts
