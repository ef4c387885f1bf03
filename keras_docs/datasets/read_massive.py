"""Reads the MASSIVE data set."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.datasets.malformed_line import malformed_line
from keras_docs.datasets.parse_annotated_utterance import parse_annotated_utterance
from keras_docs.datasets.text_lines import text_lines

SUFFIXES = (".jsonl", ".jsonl.xz", ".jsonl.gz", ".jsonl.bz2")


def read_massive(
    path: str | Path,
    locales: Sequence[str] | str | None = None,
    partition: str | None = None,
) -> list[LabelledUtterance]:
    """Reads utterances with intent and slots, in any of MASSIVE's languages.

    A line is a JSON object with `id`, `locale`, `partition`, `utt`, `intent` and
    `annot_utt`; others are left aside. Lines of the unlabelled MMNLU-22 set, which have
    neither `intent` nor `annot_utt`, get the intent `""` and no slots.

    Args:
        path: a file like `de-DE.jsonl`, or a folder of them; `.xz`, `.gz` and `.bz2`
            are decompressed.
        locales: list of strings like `["de-DE", "ja-JP"]`, or one. Default: all.
        partition: `"train"`, `"dev"` or `"test"`. Default: all.

    Returns:
        List of `LabelledUtterance`, in the order of the locales' names, or of
        `locales`, then of the file.

    Raises:
        ValueError: a file is missing or damaged, or a line is malformed; names it.

    Example:
    ```python
    train = read_massive("1.0/data", locales=["de-DE", "ja-JP"], partition="train")
    train[0].text, train[0].intent, train[0].slots
    ```

    Reference: FitzGerald et al., "MASSIVE: A 1M-Example Multilingual Natural Language
    Understanding Dataset with 51 Typologically-Diverse Languages", ACL 2023,
    https://arxiv.org/abs/2204.08582; https://github.com/alexa/massive.
    """
    path = Path(path)
    wanted = [locales] if isinstance(locales, str) else locales
    paths = _paths(path, wanted) if path.is_dir() else [path]
    rows = [row for file in paths for row in _read(file, wanted, partition)]
    if not rows:
        raise ValueError(
            f"{path} holds no utterance with locales={locales!r} and "
            f"partition={partition!r}. Partitions of MASSIVE: train, dev, test."
        )
    return rows


def _paths(folder: Path, locales: Sequence[str] | None) -> list[Path]:
    found = {
        file.name.partition(".")[0]: file
        for suffix in reversed(SUFFIXES)
        for file in sorted(folder.glob(f"*{suffix}"))
    }
    absent = [locale for locale in locales or () if locale not in found]
    if absent or not found:
        raise ValueError(
            f"There is no {'.jsonl, '.join(absent or ['<locale>'])}.jsonl in {folder}, "
            f"compressed or not. It has: {', '.join(sorted(found)) or 'none'}."
        )
    return [found[locale] for locale in locales or sorted(found)]


def _read(
    path: Path, locales: Sequence[str] | None, partition: str | None
) -> Iterator[LabelledUtterance]:
    for number, line in enumerate(text_lines(path), 1):
        try:
            row = json.loads(line)
            utterance = _utterance(row)
        except (ValueError, TypeError, KeyError) as error:
            what = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            raise malformed_line(
                path,
                number,
                "must be a JSON object of MASSIVE's form, with strings `id`, `locale`, "
                f"`partition`, `utt`, `intent` and `annot_utt` ({what})",
                line,
            ) from None
        if locales is not None and utterance.locale not in locales:
            continue
        if partition is None or utterance.partition == partition:
            yield utterance


def _utterance(row: dict) -> LabelledUtterance:
    if not isinstance(row, dict):
        raise TypeError("it is not an object")
    unlabelled = "intent" not in row and "annot_utt" not in row
    fields = {"intent": "", "annot_utt": row["utt"]} if unlabelled else row
    values = (row["utt"], fields["intent"], fields["annot_utt"])
    keys = (row["locale"], row["id"], row["partition"])
    if not all(isinstance(value, str) for value in values + keys):
        raise TypeError("a value is not a string")
    text, intent, annot_utt = values
    if unlabelled:
        return LabelledUtterance(text, "", [], *keys)
    return LabelledUtterance(
        text, intent, parse_annotated_utterance(annot_utt, text)[1], *keys
    )
