"""Pretrains DocFormerV2 on pages of permissive sets, with the paper's three tasks.

    python tools/prepare_documents.py --data DIR --out pages --workers 8
    python tools/train_docformer_v2_tokenizer.py --pages pages --out vocab.spm
    KERAS_BACKEND=jax python tools/pretrain_docformer_v2.py --pages pages \\
        --vocabulary vocab.spm --out pretrained --seconds 300

Read are training and unlabelled parts alone; of these a twentieth of the documents is
held out, and tells at the end how well each task is done: a line of JSON, also in
`--results`. Each ablation is a flag: a weight of 0 leaves a task out, `--no-image` and
`--no-boxes` what a page looks like, `--box-dropout 0` shows all boxes. A killed run
started again goes on from its last checkpoint.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import prepared_pages
import timed_training
from page_rows import IMAGE_SHAPE, LENGTH, images_of
from timed_training import OPTIMIZERS

import keras_docs

SIZES = {
    "tiny": keras_docs.DocFormerV2Backbone.SIZES["tiny"],
    # Trained in minutes on one core.
    "mini": {
        "num_layers": 3,
        "num_heads": 4,
        "hidden_dim": 128,
        "intermediate_dim": 512,
    },
}
PARTS = {
    "kleister_nda": ("train", "unlabelled"),
    "docbank": ("train",),
    "wtq": ("train",),
    "tabfact": ("train", "unlabelled"),
    "forms": ("train",),
}
HELD_OUT_ROWS = 1024
# Shares of hidden boxes that the held-out pages are tried with.
HIDDEN = (0.0, 0.15, 1.0)


def main() -> None:
    args = arguments()
    keras.utils.set_random_seed(args.seed)
    train, held_out = (Windows(pages, args) for pages in divided_pages(args))
    print(f"{train.rows} windows, {held_out.rows} held out", flush=True)
    model = build(args)
    started = time.perf_counter()
    lines = timed_training.train(
        model,
        train,
        args,
        Path(args.out),
        args.seconds,
        lambda rows: model.transform_batch((train.batch(rows),)),
    )
    seconds = time.perf_counter() - started
    model.save_to_preset(args.out)
    rate = int(model.optimizer.iterations) * args.batch_size / seconds
    speed = {"trained_seconds": round(seconds, 1), "windows_per_second": round(rate, 1)}
    lines.write({**settings(args), **speed, **figures(model, held_out)})


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", required=True, help="of prepare_documents.py")
    parser.add_argument("--vocabulary", help="a SentencePiece model, to begin afresh")
    parser.add_argument("--t5", help="a T5 to begin with, of flan_t5_checkpoint.py")
    parser.add_argument("--out", required=True, help="the folder to write")
    parser.add_argument("--results", help="file of JSON lines; default: OUT.jsonl")
    parser.add_argument("--size", default="tiny", choices=SIZES, help="not of a T5")
    parser.add_argument("--sets", default=",".join(PARTS), help="comma-separated")
    parser.add_argument("--limit", type=int, help="pages of each part at most")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--round-steps", type=int, default=50)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--line-weight", type=float, default=1.0)
    parser.add_argument("--grid-weight", type=float, default=1.0)
    parser.add_argument("--denoising-weight", type=float, default=1.0)
    parser.add_argument("--box-dropout", type=float, default=0.15)
    parser.add_argument("--no-image", action="store_true")
    parser.add_argument("--no-boxes", action="store_true", help="all boxes hidden")
    parser.add_argument("--neighbours", action="store_true", help="gaps between words")
    parser.add_argument("--dtype", default="mixed_bfloat16")
    parser.add_argument("--optimizer", default="adamw", choices=OPTIMIZERS)
    parser.add_argument(
        "--padding-multiple", type=int, default=LENGTH, help="of a batch's length"
    )
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.results = args.results or f"{args.out}.jsonl"
    if bool(args.vocabulary) == bool(args.t5):
        parser.error("give --vocabulary or --t5")
    args.vocabulary = args.vocabulary or f"{args.t5}/spiece.model"
    if args.no_boxes:
        args.box_dropout = 1.0
    return args


def settings(args: argparse.Namespace) -> dict[str, Any]:
    """What was asked for, without the places of files."""
    places = ("pages", "vocabulary", "t5", "out", "results")
    return {name: value for name, value in vars(args).items() if name not in places}


def divided_pages(args: argparse.Namespace) -> tuple[list[dict], list[dict]]:
    """Pages to learn from, and pages held out."""
    pages = []
    for name in args.sets.split(","):
        for split in PARTS[name]:
            pages += prepared_pages.load(
                args.pages, name, split, images=not args.no_image, limit=args.limit
            )
    pages = [page for page in pages if page["words"]]
    return prepared_pages.divided(pages)


def preprocessor(
    args: argparse.Namespace, image_shape: tuple[int, int, int] | None
) -> keras_docs.DocFormerV2PretrainerPreprocessor:
    return keras_docs.DocFormerV2PretrainerPreprocessor(
        keras_docs.DocFormerV2Tokenizer(args.vocabulary),
        image_shape=image_shape,
        padding_multiple=LENGTH,
        box_dropout=args.box_dropout,
    )


class Windows:
    """Pages cut into windows once; images are kept once for all windows of a page.

    Args:
        pages: list of dicts.
        args: as from `arguments`.
    """

    def __init__(self, pages: list[dict[str, Any]], args: argparse.Namespace):
        found = preprocessor(args, None).windows(pages)
        self.features = found.features
        self.rows = len(found.overflow_to_sample)
        self.lengths = self.features["encoder_padding_mask"].sum(axis=1)
        self._multiple = args.padding_multiple
        self._images = None
        if not args.no_image:
            page = found.sample_pages[found.overflow_to_sample]
            self._images, of_page = images_of(pages)
            self._image_of = of_page[page]

    def batch(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Some of the windows, as `DocFormerV2Pretrainer` takes them."""
        length = -(-int(self.lengths[rows].max()) // self._multiple) * self._multiple
        batch = {n: array[rows][:, :length] for n, array in self.features.items()}
        if self._images is not None:
            batch["images"] = self._images[self._image_of[rows]]
        return batch


def build(args: argparse.Namespace) -> keras_docs.DocFormerV2Pretrainer:
    image_shape = None if args.no_image else IMAGE_SHAPE
    making = preprocessor(args, image_shape)
    page = {
        "image_shape": image_shape,
        "use_neighbours": args.neighbours,
        "dtype": args.dtype,
    }
    if args.t5:
        backbone = keras_docs.DocFormerV2Backbone.from_t5(args.t5, **page)
    else:
        backbone = keras_docs.DocFormerV2Backbone(
            making.tokenizer.vocabulary_size(), **page, **SIZES[args.size]
        )
    return keras_docs.DocFormerV2Pretrainer(
        backbone,
        making,
        line_weight=args.line_weight,
        grid_weight=args.grid_weight,
        denoising_weight=args.denoising_weight,
    )


def figures(
    model: keras_docs.DocFormerV2Pretrainer, held_out: Windows
) -> dict[str, float]:
    """Held-out accuracy of each task, with no, some and all boxes hidden."""
    rows = np.random.default_rng(0).permutation(held_out.rows)[:HELD_OUT_ROWS]
    found = {}
    for share in HIDDEN:
        model.preprocessor.box_dropout = share
        keras.utils.set_random_seed(0)
        scores = model.evaluate(
            held_out.batch(rows), batch_size=64, return_dict=True, verbose=0
        )
        found |= {
            f"held_out_{name}_{share:g}_hidden": round(float(value), 4)
            for name, value in scores.items()
        }
    return found


if __name__ == "__main__":
    main()
