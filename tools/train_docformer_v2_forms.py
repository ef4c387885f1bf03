"""Trains the presets that label the words of forms and link keys to values.

    KERAS_BACKEND=torch python tools/train_docformer_v2_forms.py --pages pages \\
        --t5 t5 --out presets --seconds 900 --batch-size 16 --learning-rate 2e-3 \\
        --padding-multiple 32
    python tools/train_docformer_v2_forms.py --pages pages --pretrained pretrained \\
        --out presets --seconds 240
    KERAS_BACKEND=torch python tools/train_docformer_v2_forms.py --pages pages \\
        --pretrained presets/docformer_v2_tiny_forms_en --tasks label --out more \\
        --neighbours --no-image --seconds 2700 --batch-size 8 --padding-multiple 32

Two presets come of one encoder, that of a T5 (`flan_t5_checkpoint.py`) or of what
`pretrain_docformer_v2.py` made: `docformer_v2_tiny_forms_en`, a token classifier, and
`docformer_v2_tiny_forms_links_en`, an entity linker for what the first finds. They
learn from forms that `prepare_documents.py` makes up, in the words of permissive sets:
the annotated forms of FUNSD are for research, so they are not trained on; where
`--pages` has them, they are tested on, once, at the end. What was trained can be
trained further, and told the gaps between words only then: so was the shipped
classifier.
"""

from __future__ import annotations

import argparse
import functools
from pathlib import Path
from typing import Any

import document_preset
import keras
import numpy as np
import prepared_pages
import starting_point
import timed_training
from page_rows import IMAGE_SHAPE, LENGTH, PageRows

import keras_docs
from keras_docs.training.line_numbers import line_numbers

LABELS = ["O"] + [
    f"{prefix}-{name}"
    for name in ("HEADER", "QUESTION", "ANSWER")
    for prefix in ("B", "I")
]
# As `DocFormerV2TokenClassifier.label` calls entities of these labels.
KINDS = ["HEADER", "QUESTION", "ANSWER"]
NAMES = {
    "label": "docformer_v2_tiny_forms_en",
    "link": "docformer_v2_tiny_forms_links_en",
}
SHOWN_WORDS = 30
# What makes the words of a form come in another order, and how often.
ORDERS = ("as_is", "by_entity", "by_line")
# The share of forms whose words have the boxes of their entities, as in some data sets.
SEGMENT_SHARE = 0.25


def main() -> None:
    args = arguments()
    keras.utils.set_random_seed(args.seed)
    train, dev, funsd = read(args)
    for task in args.tasks.split(","):
        folder = Path(args.out) / NAMES[task]
        if not args.only_test:
            model = trained(task, train, args)
            document_preset.save_preset(model, folder, quantize=False)
        shipped = keras_docs.DocFormerV2.from_preset(folder)
        figures = measured(task, shipped, {"forms dev": dev, **funsd})
        lines = timed_training.Lines(args.results, run=NAMES[task])
        lines.write({"seconds": args.seconds, "steps": args.steps, **figures})
        document_preset.add_example_page(folder, example_page(dev))
        document_preset.add_card(folder, card(task, figures, args), args)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", required=True, help="of prepare_documents.py")
    parser.add_argument("--out", required=True, help="folder of the two presets")
    both = ",".join(NAMES)
    parser.add_argument("--tasks", default=both, choices=(*NAMES, both))
    parser.add_argument("--seconds", type=float, help="of all trainings together")
    parser.add_argument("--steps", type=int, help="of each training")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=4e-4)
    starting_point.add_arguments(parser)
    args = parser.parse_args()
    args.results = args.results or f"{args.out}/docformer_v2_tiny_forms.jsonl"
    return args


def read(args: argparse.Namespace) -> tuple[list, list, dict[str, list]]:
    """Made-up forms to train and to choose by, and FUNSD's, by the name of the set."""
    random = np.random.default_rng(args.seed)
    load = functools.partial(prepared_pages.load, args.pages, limit=args.limit)
    train = [varied(page, random) for page in load("forms", "train")]
    dev = load("forms", "dev")
    funsd = {}
    if "test" in prepared_pages.splits(args.pages, "funsd"):
        for boxes in ("word", "segment"):
            funsd[f"FUNSD test, {boxes} boxes"] = load("funsd", "test", boxes=boxes)
    return [
        train,
        list(map(with_kinds, dev)),
        {name: list(map(with_kinds, pages)) for name, pages in funsd.items()},
    ]


def varied(page: dict[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """A form with the order of words, and boxes, that annotations and OCR have."""
    order = random.choice(ORDERS)
    places = np.arange(len(page["words"]))
    if order == "by_entity":
        groups = [entity["words"] for entity in page["entities"]]
        places = np.concatenate([groups[i] for i in random.permutation(len(groups))])
    elif order == "by_line":
        places = np.lexsort((page["boxes"][:, 0], line_numbers(page["boxes"])))
    boxes = page["boxes"]
    if random.random() < SEGMENT_SHARE:
        boxes = segment_boxes(page)
    new_place = np.argsort(places)
    entities = [
        {**entity, "words": sorted(int(new_place[i]) for i in entity["words"])}
        for entity in page["entities"]
    ]
    words, labels = page["words"], page["word_labels"]
    moved = {
        **page,
        "words": [words[i] for i in places],
        "boxes": boxes[places],
        "word_labels": [labels[i] for i in places],
        "entities": entities,
    }
    return with_kinds(moved)


def segment_boxes(page: dict[str, Any]) -> np.ndarray:
    """The boxes of the words, each as large as its entity."""
    boxes = page["boxes"].copy()
    for entity in page["entities"]:
        own = page["boxes"][entity["words"]]
        boxes[entity["words"]] = [*own[:, :2].min(0), *own[:, 2:].max(0)]
    return boxes


def with_kinds(page: dict[str, Any]) -> dict[str, Any]:
    """Entities in the names that a classifier gives them, without the others."""
    named = [entity["label"].upper() for entity in page["entities"]]
    kept = [i for i, name in enumerate(named) if name in KINDS]
    place = {i: number for number, i in enumerate(kept)}
    entities = [{**page["entities"][i], "label": named[i]} for i in kept]
    links = [(place[a], place[b]) for a, b in page["links"] if {a, b} <= set(place)]
    return {**page, "entities": entities, "links": links}


def trained(task: str, pages: list[dict], args: argparse.Namespace) -> Any:
    backbone, tokenizer = starting_point.read(args)
    is_seeing = backbone.image_shape is not None
    labels = LABELS if task == "label" else KINDS
    preprocessor = keras_docs.DocFormerV2Preprocessor(
        tokenizer,
        task=task,
        labels=labels,
        sequence_length=LENGTH,
        image_shape=IMAGE_SHAPE if is_seeing else None,
    )
    kind = {
        "label": keras_docs.DocFormerV2TokenClassifier,
        "link": keras_docs.DocFormerV2EntityLinker,
    }[task]
    model = kind(backbone, preprocessor=preprocessor)
    starting_point.take_over_head(model, args)
    rows = PageRows(
        pages,
        tokenizer,
        task,
        labels,
        is_seeing,
        padding_multiple=args.padding_multiple,
    )
    seconds = args.seconds and args.seconds / len(args.tasks.split(","))
    folder = Path(args.out) / NAMES[task]
    timed_training.train(model, rows, args, folder, seconds)
    return model


def measured(task: str, model: Any, sets: dict[str, list[dict]]) -> dict[str, float]:
    """F1 on each set, with its name."""
    figures = {}
    for name, pages in sets.items():
        if task == "label":
            whole = _is_whole(name, task)
            records = model.label(pages, batch_size=32, whole_boxes=whole)
            gold, found = _tags(pages, records)
            score = keras_docs.entity_f1(gold, found, strict=False)
        else:
            records = model.link(pages, batch_size=32)
            found = [[link["link"] for link in links] for links in records]
            score = keras_docs.linking_f1([page["links"] for page in pages], found)
        figures[name] = round(score.f1, 4)
    return figures


def _is_whole(name: str, task: str) -> bool:
    """Whether the words of a box get one label: FUNSD's segments are entities."""
    return task == "label" and name.endswith("segment boxes")


def example_page(pages: list[dict]) -> dict[str, Any]:
    """Of the forms that fit on a screen the one with the most entities."""
    short = [page for page in pages if len(page["words"]) <= SHOWN_WORDS]
    return max(short, key=lambda page: len(page["entities"]))


def _tags(pages: list[dict], records: list[dict]) -> tuple[list, list]:
    """Annotated and found tags of the words that have both."""
    gold, found = [], []
    for page, record in zip(pages, records, strict=True):
        pairs = [
            (one, other or "O")
            for one, other in zip(
                page["word_labels"], record["word_labels"], strict=True
            )
            if one is not None
        ]
        gold.append([one for one, _ in pairs])
        found.append([other for _, other in pairs])
    return gold, found


def card(
    task: str, figures: dict[str, float], args: argparse.Namespace
) -> dict[str, Any]:
    """The preset's card."""
    is_label = task == "label"
    what = "entity F1" if is_label else "linking F1, entities given"
    metrics = [
        {
            "dataset": name.partition(" ")[0].replace("forms", "made-up forms"),
            "split": name.partition(" ")[2],
            "name": f"{what}, a label a box" if _is_whole(name, task) else what,
            "value": round(100 * value, 2),
        }
        for name, value in figures.items()
    ]
    page = (
        "import keras_docs\n\n"
        'pairs = [("Date:", "3 May 2021"), ("Number:", "1042"), ("City:", "Ghent")]\n'
        'page = keras_docs.form_page([{"header": "Order", "pairs": pairs}], seed=0)\n'
    )
    label = (
        f'model = keras_docs.DocFormerV2.from_preset("{NAMES["label"]}")\n'
        "form = model.label(page)  # or an image, with ocr=keras_docs.RapidOCR()\n"
    )
    link = (
        f'linker = keras_docs.DocFormerV2.from_preset("{NAMES["link"]}")\n'
        "print(linker.link(form))"
    )
    entities = "for entity in form['entities']:\n    print(entity)"
    return {
        "title": (
            "Which words of a form are keys, values and headers"
            if is_label
            else "Which value belongs to which key of a form"
        ),
        "summary": (
            "A DocFormerV2 encoder on the words of a page and their boxes, trained on "
            "made-up English forms whose words come from permissive data sets. "
            + (
                f"`{NAMES['link']}` links what it finds."
                if is_label
                else f"It takes the entities that `{NAMES['label']}` finds."
            )
        ),
        "pipeline_tag": "token-classification",
        "metrics": metrics,
        "command": document_preset.command(Path(__file__).name, args),
        "limits": [
            "Trained on forms that a program drew, in English. On real ones it is "
            "weaker, as the figure on FUNSD tells, whose pages it has not seen.",
        ],
        "snippet": page + label + (entities if is_label else link),
    }


if __name__ == "__main__":
    main()
