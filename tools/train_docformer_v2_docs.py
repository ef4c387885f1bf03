"""Trains the preset that answers questions about documents.

    KERAS_BACKEND=torch python tools/train_docformer_v2_docs.py --pages pages --t5 t5 \\
        --out first --seconds 1440 --batch-size 16 --learning-rate 1e-3 \\
        --padding-multiple 32 --round-steps 20
    KERAS_BACKEND=torch python tools/train_docformer_v2_docs.py --pages pages --t5 t5 \\
        --pretrained first/docformer_v2_tiny_docs_en --sets forms,kleister_nda \\
        --out presets --seconds 960 --batch-size 16 --learning-rate 5e-4 \\
        --padding-multiple 32 --round-steps 20
    python tools/train_docformer_v2_docs.py --pages pages --pretrained pretrained \\
        --out presets --seconds 300

`docformer_v2_tiny_docs_en` learns WikiTableQuestions, TabFact's natural statements as
yes or no, what the keys of made-up forms say, and fields of Kleister's agreements where
they are written. All of these may be built on; tested are their held-out or test parts,
and template questions over FUNSD's forms where `--pages` has them, which are for
research and not trained on. Such a preset begins with a T5 of `flan_t5_checkpoint.py`,
or with what `pretrain_docformer_v2.py` made.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import document_preset
import document_questions
import keras
import numpy as np
import prepared_pages
import starting_point
import timed_training
from document_questions import SEPARATOR
from page_rows import IMAGE_SHAPE, LENGTH, PageRows

import keras_docs

NAME = "docformer_v2_tiny_docs_en"
ANSWER_LENGTH = 48
FORM_QUESTIONS = 3
# Words of the page that the demo shows.
SHOWN = 200
# Pages that are read at a time.
GROUP = 32
SCORES = {
    "WikiTableQuestions": ("test (pristine-unseen)", "denotation accuracy"),
    "TabFact": ("test, natural pairs", "accuracy"),
    "made-up forms": ("dev, template questions", "ANLS"),
    "Kleister-NDA": ("dev, parts that say the value, template questions", "ANLS"),
    "FUNSD": ("test, template questions", "ANLS"),
}


def main() -> None:
    args = arguments()
    keras.utils.set_random_seed(args.seed)
    folder = Path(args.out) / NAME
    if not args.only_test:
        document_preset.save_preset(trained(args), folder, quantize=True)
    shipped = keras_docs.DocFormerV2.from_preset(folder)
    figures = {}
    for name, pages in test_sets(args).items():
        figures[name] = round(measured(name, shipped, pages, args.tried), 4)
        lines = timed_training.Lines(args.results, run=NAME)
        lines.write({name: figures[name], "seconds": args.seconds, "steps": args.steps})
    if "Kleister-NDA" in figures:
        document_preset.add_example_page(folder, example_page(args))
    document_preset.add_card(folder, card(figures, args), args)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", required=True, help="of prepare_documents.py")
    parser.add_argument("--out", required=True, help="folder of the preset")
    parser.add_argument("--sets", default="wtq,tabfact,forms,kleister_nda")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=6e-4)
    parser.add_argument("--tried", type=int, default=2000, help="questions of a set")
    starting_point.add_arguments(parser)
    args = parser.parse_args()
    args.results = args.results or f"{args.out}/{NAME}.jsonl"
    return args


def load(args: argparse.Namespace, name: str, split: str) -> list[dict[str, Any]]:
    """Pages of a set with questions."""
    random = np.random.default_rng(args.seed)
    pages = prepared_pages.load(
        args.pages, name, split, images=not args.t5, limit=args.limit
    )
    if name in ("forms", "funsd"):
        most = FORM_QUESTIONS if name == "forms" else 1000
        pages = [document_questions.of_form(page, most, random) for page in pages]
    elif name == "kleister_nda":
        pages = [
            p for page in pages for p in document_questions.of_agreement(page, random)
        ]
    else:
        pages = [document_questions.of_table(page) for page in pages]
    return [page for page in pages if page["questions"]]


def trained(args: argparse.Namespace) -> keras_docs.DocFormerV2Seq2SeqLM:
    backbone, tokenizer = starting_point.read(args)
    is_seeing = backbone.image_shape is not None
    preprocessor = keras_docs.DocFormerV2Preprocessor(
        tokenizer,
        sequence_length=LENGTH,
        answer_length=ANSWER_LENGTH,
        image_shape=IMAGE_SHAPE if is_seeing else None,
    )
    model = keras_docs.DocFormerV2Seq2SeqLM(backbone, preprocessor)
    sets = args.sets.split(",")
    pages = [page for name in sets for page in load(args, name, "train")]
    rows = PageRows(
        pages,
        tokenizer,
        "answer",
        (),
        is_seeing,
        ANSWER_LENGTH,
        args.padding_multiple,
    )
    print(f"{rows.rows} questions", flush=True)
    timed_training.train(model, rows, args, Path(args.out) / NAME, args.seconds)
    return model


def test_sets(args: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    """Pages to try the model on, by the set's name."""
    parts = {
        "WikiTableQuestions": ("wtq", "test"),
        "TabFact": ("tabfact", "test"),
        "made-up forms": ("forms", "dev"),
        "Kleister-NDA": ("kleister_nda", "dev"),
        "FUNSD": ("funsd", "test"),
    }
    found = {}
    for name, (set_name, split) in parts.items():
        if split in prepared_pages.splits(args.pages, set_name):
            found[name] = load(args, set_name, split)
    return found


def example_page(args: argparse.Namespace) -> dict[str, Any]:
    """The start of the held-out agreement that says most fields there, for the demo."""
    random = np.random.default_rng(args.seed)
    pages = prepared_pages.load(args.pages, "kleister_nda", "dev", images=False)
    starts = [
        {**page, "words": page["words"][:SHOWN], "boxes": page["boxes"][:SHOWN]}
        for page in pages
    ]
    found = [list(document_questions.of_agreement(page, random)) for page in starts]
    best = max(range(len(found)), key=lambda i: len(found[i]))
    pairs = [(part["questions"][0], part["answers"][0][0]) for part in found[best]]
    return document_questions.asked(starts[best], pairs)


def measured(name: str, model: Any, pages: list[dict[str, Any]], tried: int) -> float:
    """The set's score, over so many of its questions or a few more."""
    gold, found = [], []
    for start in range(0, len(pages), GROUP):
        group = pages[start : start + GROUP]
        gold += [answers for page in group for answers in page["answers"]]
        found += model.generate(group, batch_size=64)
        if len(gold) >= tried:
            break
    if name == "WikiTableQuestions":
        return keras_docs.denotation_accuracy(
            [answers[0].split(SEPARATOR) for answers in gold],
            [text.split(SEPARATOR) for text in found],
        )
    if name == "TabFact":
        return float(np.mean([g[0] == f for g, f in zip(gold, found, strict=True)]))
    return keras_docs.anls(gold, found)


def card(figures: dict[str, float], args: argparse.Namespace) -> dict[str, Any]:
    """The preset's card."""
    return {
        "title": "Answers to questions about a page",
        "summary": (
            "A DocFormerV2 encoder-decoder on the words of a page and their boxes, "
            "trained on questions about tables, statements about tables (answered by "
            "yes or no), keys of forms and fields of agreements, in English."
        ),
        "pipeline_tag": "document-question-answering",
        "metrics": [
            {
                "dataset": name,
                "split": SCORES[name][0],
                "name": SCORES[name][1],
                "value": round(100 * value, 2),
            }
            for name, value in figures.items()
        ],
        "command": document_preset.command(Path(__file__).name, args),
        "limits": [
            "The figures above tell which of these questions it answers, and which "
            "not at all: it reads agreements, finds little on forms, and of statements "
            "about tables, of which half are true, it knows nothing.",
            'It always answers, and never "unknown": look at the confidence.',
        ],
        "snippet": (
            "import keras_docs\n\n"
            'text = "This Agreement is entered into as of May 12, 2014 by and between '
            'Northwind Traders, Inc. and Contoso Ltd., under the laws of New York."\n'
            'page = keras_docs.form_page([{"text": text}], seed=0)\n'
            f'model = keras_docs.DocFormerV2.from_preset("{NAME}")\n'
            "# The page may be an image, too, with ocr=keras_docs.RapidOCR().\n"
            'print(model.answer(page, "What is the effective date?"))'
        ),
    }


if __name__ == "__main__":
    main()
