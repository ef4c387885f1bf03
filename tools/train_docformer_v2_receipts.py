"""Trains the preset that finds shop, address, date and total of receipts.

    pip install faker
    python tools/prepare_documents.py --data DIR --out pages --sets receipts
    KERAS_BACKEND=torch python tools/train_docformer_v2_receipts.py --pages pages \\
        --pretrained presets/docformer_v2_tiny_forms_en --out presets \\
        --seconds 2400 --batch-size 8 --learning-rate 6e-4 --padding-multiple 32

It learns from receipts that `prepare_documents.py` makes up. The annotated receipts of
SROIE are for research, so they are not trained on; where `--pages` has them, they are
tested on, once, at the end.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import document_preset
import keras
import numpy as np
import prepared_pages
import starting_point
import timed_training
from page_rows import LENGTH, PageRows

import keras_docs
from keras_docs.datasets.field_labels import field_labels
from keras_docs.models.docformer_v2.entities_of_labels import entities_of_labels

FIELDS = ("address", "company", "date", "total")
LABELS = ["O"] + [f"{prefix}-{name}" for name in FIELDS for prefix in ("B", "I")]
NAME = "docformer_v2_tiny_receipts_en"
# Made-up receipts to test on.
DEV = 300
SHOWN_WORDS = 60
SNIPPET = f"""\
import keras_docs

lines = ["GOLDEN CAFE SDN BHD", "12, JALAN MAWAR 3, 81100 JOHOR BAHRU", "TAX INVOICE"]
lines += ["DATE: 03/05/2024 12:41", "2 TEH TARIK 6.40", "1 ROTI CANAI 2.50"]
lines += ["TOTAL 8.90", "CASH 10.00", "CHANGE 1.10", "THANK YOU"]
words, boxes = [], []
for number, line in enumerate(lines):
    left, top = 100, 80 * number + 100
    for word in line.split():
        words.append(word)
        boxes.append([left, top, left + 18 * len(word), top + 40])
        left += 18 * (len(word) + 1)
model = keras_docs.DocFormerV2.from_preset("{NAME}")
# Or an image, with ocr=keras_docs.RapidOCR().
for entity in model.label({{"words": words, "boxes": boxes}})["entities"]:
    print(entity["label"], entity["text"], entity["confidence"])"""


def main() -> None:
    args = arguments()
    keras.utils.set_random_seed(args.seed)
    folder = Path(args.out) / NAME
    if not args.only_test:
        document_preset.save_preset(trained(args, folder), folder, quantize=False)
    dev = prepared_pages.load(args.pages, "receipts", "dev", limit=DEV)
    sets = {"receipts dev": dev}
    if "test" in prepared_pages.splits(args.pages, "sroie"):
        for boxes in ("word", "segment"):
            known = prepared_pages.load(args.pages, "sroie", "test", boxes, False)
            sets[f"SROIE test, {boxes} boxes"] = known
    shipped = keras_docs.DocFormerV2.from_preset(folder)
    figures = {name: found_shares(shipped, pages) for name, pages in sets.items()}
    lines = timed_training.Lines(args.results, run=NAME)
    lines.write({"seconds": args.seconds, "steps": args.steps, "found": figures})
    document_preset.add_example_page(folder, example_page(dev))
    document_preset.add_card(folder, card(figures, args), args)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", required=True, help="of prepare_documents.py")
    parser.add_argument("--out", required=True, help="folder of the preset")
    parser.add_argument("--seconds", type=float, help="of the training")
    parser.add_argument("--steps", type=int, help="of the training")
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--learning-rate", type=float, default=6e-4)
    starting_point.add_arguments(parser)
    args = parser.parse_args()
    args.results = args.results or f"{args.out}/{NAME}.jsonl"
    return args


def trained(args: argparse.Namespace, folder: Path) -> Any:
    backbone, tokenizer = starting_point.read(args)
    preprocessor = keras_docs.DocFormerV2Preprocessor(
        tokenizer,
        task="label",
        labels=LABELS,
        sequence_length=LENGTH,
        image_shape=None,
        soften_capitals=True,
    )
    model = keras_docs.DocFormerV2TokenClassifier(backbone, preprocessor=preprocessor)
    starting_point.take_over_head(model, args)
    rows = PageRows(
        mixed_boxes(args),
        tokenizer,
        "label",
        LABELS,
        with_images=False,
        padding_multiple=args.padding_multiple,
        soften_capitals=True,
    )
    timed_training.train(model, rows, args, folder, args.seconds)
    return model


def mixed_boxes(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Made-up receipts, half with the boxes of words, half with those of lines."""
    random = np.random.default_rng(args.seed)
    by_word, by_line = (
        prepared_pages.load(args.pages, "receipts", "train", boxes, limit=args.limit)
        for boxes in ("word", "segment")
    )
    is_line = random.random(len(by_word)) < 0.5
    pairs = zip(by_word, by_line, is_line, strict=True)
    return [line if chosen else word for word, line, chosen in pairs]


def found_shares(model: Any, pages: Sequence[dict[str, Any]]) -> dict[str, float]:
    """The share of each field's values that the surest entity of its label says."""
    found: dict[str, list[bool]] = {name: [] for name in FIELDS}
    for page, record in zip(
        pages, model.label(list(pages), batch_size=32), strict=True
    ):
        for name in page["fields"]:
            entities = [e for e in record["entities"] if e["label"] == name]
            best = max(entities, key=lambda e: e["confidence"], default=None)
            found[name].append(best is not None and _says(best, name, page))
    shares = {name: float(np.mean(marks)) for name, marks in found.items() if marks}
    whole = float(np.mean([mark for marks in found.values() for mark in marks]))
    return {name: round(share, 4) for name, share in (shares | {"all": whole}).items()}


def _says(entity: dict[str, Any], name: str, page: dict[str, Any]) -> bool:
    words = entity["text"].split()
    tags = field_labels(words, {name: page["fields"][name]})
    return tags == [f"B-{name}"] + [f"I-{name}"] * (len(words) - 1)


def example_page(pages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The longest of the receipts that fit on a screen, with its entities."""
    short = [page for page in pages if len(page["words"]) <= SHOWN_WORDS]
    page = max(short, key=lambda page: len(page["words"]))
    sure = [1.0] * len(page["words"])
    entities = entities_of_labels(
        page["words"], page["boxes"], page["word_labels"], sure
    )
    kept = ("label", "text", "words")
    return {**page, "entities": [{k: e[k] for k in kept} for e in entities]}


def card(
    figures: dict[str, dict[str, float]], args: argparse.Namespace
) -> dict[str, Any]:
    """The preset's card."""
    metrics = [
        {
            "dataset": name.partition(" ")[0].replace("receipts", "made-up receipts"),
            "split": name.partition(" ")[2],
            "name": "fields found" if field == "all" else f"{field} found",
            "value": round(100 * share, 2),
        }
        for name, shares in figures.items()
        for field, share in shares.items()
    ]
    return {
        "title": "Shop, address, date and total of receipts",
        "summary": (
            "A DocFormerV2 encoder on the words of a receipt and their boxes, trained "
            "on made-up English receipts, whose people and addresses are those of "
            "[Faker](https://github.com/joke2k/faker) (MIT). A field is found where "
            "the entity that the model is surest of says the annotated value; spaces, "
            "case and punctuation at the ends of words do not count."
        ),
        "pipeline_tag": "token-classification",
        "metrics": metrics,
        "command": command(args),
        "limits": [
            "Trained on receipts that a program made up, in English, most as of "
            "Malaysia. On others it is weaker.",
            "Whoever wrote the program had looked at training receipts of SROIE. Those "
            "of its test part are of other shops, but of the same kind.",
        ],
        "snippet": SNIPPET,
    }


def command(args: argparse.Namespace) -> str:
    """What was called to make the preset, from the data sets on."""
    before, _, last = document_preset.command(Path(__file__).name, args).rpartition(
        " && "
    )
    receipts = (
        "python tools/prepare_documents.py --data DIR --out pages --sets receipts"
    )
    return f"{before} && pip install faker && {receipts} && {last}"


if __name__ == "__main__":
    main()
