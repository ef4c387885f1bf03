"""What the demo shows of presets that read pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

PAGE_FILE = "assets/example_page.json"
IMAGE_FILE = "assets/example_page.webp"


def read_page(folder: Path) -> dict[str, Any]:
    """The page that ships with a preset, with its true entities, links or answers."""
    page = json.loads((folder / PAGE_FILE).read_text())
    image = folder / IMAGE_FILE
    return {**page, "images": image} if image.is_file() else page


def page_table(model: Any, page: dict[str, Any]) -> Table:
    """What a model says of a page; in green what is right."""
    if hasattr(model, "answer"):
        return _answered(model, page)
    return _linked(model, page) if hasattr(model, "link") else _labelled(model, page)


def _answered(model: Any, page: dict[str, Any]) -> Table:
    table = Table("question", "answer", "confidence")
    asked = {name: page[name] for name in ("words", "boxes")}
    found = model.answer(asked, page["questions"])
    for record, accepted in zip(found, page["answers"], strict=True):
        text = escape(record["answer"])
        table.add_row(
            escape(record["question"]),
            f"[green]{text}[/]" if record["answer"] in accepted else text,
            f"{record['confidence']:.0%}",
        )
    return table


def _labelled(model: Any, page: dict[str, Any]) -> Table:
    parts = {name: page[name] for name in ("words", "boxes", "images") if name in page}
    truth = {
        (entity["label"].casefold(), tuple(entity["words"]))
        for entity in page["entities"]
    }
    table = Table("label", "text", "confidence")
    for entity in model.label(parts)["entities"]:
        is_right = (entity["label"].casefold(), tuple(entity["words"])) in truth
        text = escape(entity["text"])
        table.add_row(
            entity["label"],
            f"[green]{text}[/]" if is_right else text,
            f"{entity['confidence']:.0%}",
        )
    return table


def _linked(model: Any, page: dict[str, Any]) -> Table:
    truth = {tuple(link) for link in page["links"]}
    table = Table("key", "value", "probability")
    for link in model.link(page):
        value = escape(link["value"])
        table.add_row(
            escape(link["key"]),
            f"[green]{value}[/]" if tuple(link["link"]) in truth else value,
            f"{link['probability']:.0%}",
        )
    return table
