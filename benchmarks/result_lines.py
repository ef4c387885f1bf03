"""Result lines on disk and Markdown tables, shared by all benchmarks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType


def read(path: Path) -> list[dict]:
    """Return the result lines, without the half-written last line of a killed run."""
    if not path.is_file():
        return []
    lines = []
    for text in path.read_text().splitlines():
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            continue
    return lines


def append(path: Path, *lines: dict) -> None:
    """Add result lines; they are on disk before the next run starts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, 2)
            if file.read(1) != b"\n":
                text = "\n" + text
        file.write(text.encode())


def markdown(header: list[str], rows: Iterable[list]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in lines)


def write_tables(readme: Path, benchmarks: Iterable[ModuleType]) -> None:
    """Write each benchmark's report between the pair of its marks in a README.

    Args:
        readme: the file. It holds `<!-- name -->` twice for each benchmark.
        benchmarks: modules with `PATH`, their result lines, and `report()`.
    """
    text = readme.read_text()
    for benchmark in benchmarks:
        if not benchmark.PATH.is_file():
            continue
        mark = f"<!-- {benchmark.__name__} -->"
        block = f"{mark}\n\n{benchmark.report()}\n\n{mark}"
        pattern = re.compile(f"{mark}.*{mark}", re.DOTALL)
        text, found = pattern.subn(lambda _, block=block: block, text)
        if found != 1:
            raise ValueError(f"{readme.name} must hold the pair {mark} once.")
    readme.write_text(text)
