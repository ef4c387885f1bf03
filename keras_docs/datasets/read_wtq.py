"""Reads WikiTableQuestions."""

from __future__ import annotations

import re
from pathlib import Path

from keras_docs.datasets.document_files import table_files, table_rows
from keras_docs.datasets.malformed_line import malformed_line
from keras_docs.datasets.page_record import PageRecord
from keras_docs.datasets.text_lines import text_lines

HEADER = ["id", "utterance", "context", "targetValue"]
_ESCAPED = re.compile(r"\\([np\\])")
_MEANING = {"n": "\n", "p": "|", "\\": "\\"}


def read_wtq(path: str | Path, tables: str | Path | None = None) -> list[PageRecord]:
    """Reads questions about tables, with the tables and the answers.

    `keras_docs.table_page` makes a page of a table, for models of pages.

    Args:
        path: a file of questions, such as `data/training.tsv` or
            `data/pristine-unseen-tables.tsv` (the test set).
        tables: the folder with the tables, or a `.tar.xz` of it. Default: `csv` beside
            the folder of the questions, as in the release.

    Returns:
        List of `PageRecord`, one for each question: `id`, `split` (the file's name),
        `question`, `denotation` (the values of the answer, for `denotation_accuracy`),
        `answers` (one, the values joined by `", "`), `table_id` and `table`. Questions
        about one table share it.

    Raises:
        ValueError: a file or table is missing or damaged, or a line is malformed;
            names it.

    Example:
    ```python
    train = read_wtq("data/training.tsv")
    train[0]["question"], train[0]["denotation"], train[0]["table"][0]
    ```

    Reference: Pasupat and Liang, "Compositional Semantic Parsing on Semi-Structured
    Tables", ACL 2015, https://arxiv.org/abs/1508.00305.
    """
    path = Path(path)
    tables = path.parent.parent / "csv" if tables is None else Path(tables)
    files, known = None, {}
    records = []
    for number, line in enumerate(text_lines(path), 1):
        columns = line.rstrip("\r").split("\t")
        if number == 1 and columns == HEADER:
            continue
        if number == 1 or len(columns) != len(HEADER):
            raise malformed_line(
                path, number, f"must hold {', '.join(HEADER)}, between tabs", line
            )
        id_, question, context, target = columns
        name = "/".join(Path(context).parts[-2:])
        if name not in known:
            files = table_files(tables) if files is None else files
            if name not in files:
                raise malformed_line(
                    path, number, f"is about a table that {tables} lacks", context
                )
            # The release escapes quotes by a backslash.
            known[name] = table_rows(
                files[name], f"{name} of {tables}", escapechar="\\", doublequote=False
            )
        values = [_unescaped(value) for value in target.split("|")]
        records.append(
            {
                "id": id_,
                "split": path.stem,
                "question": _unescaped(question),
                "denotation": values,
                "answers": [", ".join(values)],
                "table_id": name,
                "table": known[name],
            }
        )
    return records


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: _MEANING[match[1]], text)
