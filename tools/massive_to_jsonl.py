"""Turns MASSIVE packed as tables into the files of its release.

    python tools/massive_to_jsonl.py --tables DIR --out DIR

The tables: `meta.tsv.xz` has a line for each utterance with id, partition, scenario,
intent and worker id of en-US, and `<locale>.tsv.xz` has in the same order `annot_utt`
and, if it is not `annot_utt` without its brackets, a tab and `utt`. Each becomes
`<locale>.jsonl.xz`, which `keras_docs.datasets.read_massive` reads. Worker ids of other
locales and quality judgments are not in the tables.
"""

from __future__ import annotations

import argparse
import json
import lzma
from pathlib import Path

from keras_docs.datasets.malformed_line import malformed_line
from keras_docs.datasets.parse_annotated_utterance import parse_annotated_utterance
from keras_docs.datasets.text_lines import text_lines
from keras_docs.hub.atomic_file import write_file_atomically

META = "meta.tsv.xz"
META_COLUMNS = ("id", "partition", "scenario", "intent", "worker_id")
SOURCE_LOCALE = "en-US"
# Of half a minute for all locales; the files are twice as large as at best.
COMPRESSION = 1


def read_meta(path: Path) -> list[dict[str, str]]:
    rows = []
    for number, line in enumerate(text_lines(path), 1):
        columns = line.split("\t")
        if len(columns) != len(META_COLUMNS):
            raise malformed_line(
                path, number, f"must hold {len(META_COLUMNS)} columns", line
            )
        rows.append(dict(zip(META_COLUMNS, columns, strict=True)))
    return rows


def json_lines(path: Path, locale: str, meta: list[dict[str, str]]) -> str:
    """The content of a locale's file."""
    table = list(text_lines(path))
    if len(table) != len(meta):
        raise ValueError(f"{path} must hold {len(meta)} lines. It has {len(table)}.")
    lines = []
    for number, (row, line) in enumerate(zip(meta, table, strict=True), 1):
        annot_utt, _, utt = line.partition("\t")
        try:
            utt, _ = parse_annotated_utterance(annot_utt, utt or None)
        except ValueError as error:
            raise malformed_line(path, number, f"is malformed: {error}", line) from None
        record = {
            "id": row["id"],
            "locale": locale,
            "partition": row["partition"],
            "scenario": row["scenario"],
            "intent": row["intent"],
            "utt": utt,
            "annot_utt": annot_utt,
        }
        if locale == SOURCE_LOCALE:
            record["worker_id"] = row["worker_id"]
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    return "".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    meta = read_meta(args.tables / META)
    args.out.mkdir(parents=True, exist_ok=True)
    for path in sorted(args.tables.glob("??-??.tsv.xz")):
        locale = path.name.partition(".")[0]
        content = json_lines(path, locale, meta).encode()
        packed = lzma.compress(content, preset=COMPRESSION)
        write_file_atomically(args.out / f"{locale}.jsonl.xz", packed)
        print(f"{locale}: {len(meta)} utterances", flush=True)


if __name__ == "__main__":
    main()
