"""Reads TabFact's statements about tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keras_docs.datasets.document_files import (
    json_file,
    json_lines,
    table_files,
    table_rows,
)
from keras_docs.datasets.page_record import PageRecord

ANSWERS = ("no", "yes")


def read_tabfact(
    path: str | Path, tables: str | Path | None = None
) -> list[PageRecord]:
    """Reads statements that are entailed or refuted by a table.

    `keras_docs.table_page` makes a page of a table, for models of pages.

    Args:
        path: a file of the release, such as `tokenized_data/test_examples.json`, an
            object `{table: [statements, labels, caption]}`; or a file of JSON lines
            with `table`, `statements`, `labels`, `caption` and perhaps `split`, `form`
            and `simple`.
        tables: the folder with the tables, or a `.tar.xz` of it. Default: `all_csv` in
            a folder `data` beside the folder of the statements, as in the release, or
            `tables.tar.xz` beside the file.

    Returns:
        List of `PageRecord`, one for each statement: `id`, `split`, `question` (the
        statement), `answers` (`["yes"]` or `["no"]`), `label` (1 or 0), `table_id`,
        `table`, `caption`, and `form` and `simple` where the file has them. Statements
        about one table share it.

    Raises:
        ValueError: a file or table is missing, damaged or malformed; names it.

    Example:
    ```python
    test = read_tabfact("tokenized_data/test_examples.json")
    tabfact_accuracy([r["label"] for r in test], ["yes"] * len(test))
    ```

    Reference: Chen et al., "TabFact", ICLR 2020, https://arxiv.org/abs/1909.02164.
    """
    path = Path(path)
    tables = _tables_of(path) if tables is None else Path(tables)
    files, known = table_files(tables), {}
    records = []
    for content, where in _groups(path):
        name = content["table"]
        if name not in known:
            found = next(
                (files[k] for k in (name, f"all_csv/{name}") if k in files), None
            )
            if found is None:
                raise ValueError(f"{where}: {tables} has no table {name!r:.80}.")
            known[name] = table_rows(
                found, f"{name} of {tables}", delimiter="#", quoting=3
            )
        pairs = zip(content["statements"], content["labels"], strict=True)
        for i, (statement, label) in enumerate(pairs):
            record: PageRecord = {
                "id": f"{name}:{i}",
                "split": content.get("split", path.stem.partition("_")[0]),
                "question": statement,
                "answers": [ANSWERS[label]],
                "label": label,
                "table_id": name,
                "table": known[name],
                "caption": content.get("caption", ""),
            }
            record |= {k: content[k] for k in ("form", "simple") if k in content}
            records.append(record)
    return records


def _tables_of(path: Path) -> Path:
    beside = path.parent / "tables.tar.xz"
    return beside if beside.exists() else path.parent.parent / "data" / "all_csv"


def _groups(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    if path.suffix == ".json":
        content = json_file(path)
        if not isinstance(content, dict):
            raise ValueError(f"{path} must hold a JSON object of tables.")
        for table, entry in content.items():
            where = f"{path}, table {table}"
            if not isinstance(entry, list) or len(entry) < 2:
                raise ValueError(f"{where}: must be [statements, labels, caption].")
            group = {"table": table, "statements": entry[0], "labels": entry[1]}
            yield _checked(group | {"caption": "".join(entry[2:3])}, where), where
        return
    for number, content in json_lines(path):
        where = f"Line {number} of {path}"
        yield _checked(content, where), where


def _checked(group: dict[str, Any], where: str) -> dict[str, Any]:
    statements, labels = group.get("statements"), group.get("labels")
    is_right = (
        isinstance(group.get("table"), str)
        and isinstance(statements, list)
        and isinstance(labels, list)
        and len(statements) == len(labels)
        and all(isinstance(text, str) for text in statements)
        and all(label in (0, 1) for label in labels)
    )
    if not is_right:
        raise ValueError(
            f"{where} must have `table`, and `statements` with a label 0 or 1 each. "
            f"Received: {group!r:.120}."
        )
    return group
