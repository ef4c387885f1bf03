"""Labels of words, fitted and scored: ours beside peers and baselines.

    python tools/prepare_documents.py --data DIR --out pages
    python label_forms.py --pages pages --sets funsd --boxes word,segment \\
        --systems scratch,no_image,text_only,layoutlmv3 --tokenizer spiece.model
    python label_forms.py --pages pages --systems crf,boosting
    python label_forms.py --pages pages --pretrained full=FOLDER --pretrained \\
        no_lines=FOLDER --noise 0,5,10,20 --systems ""
    KERAS_BACKEND=torch python label_forms.py --pages pages --sets funsd --systems "" \\
        --pretrained "T5 cut down, with gaps between words, no image=t5" \\
        --tokenizer t5/spiece.model --rates 2e-3 --epochs 10 --seeds 1
    python label_forms.py --pages pages --sets funsd --boxes word,segment \\
        --pretrained "drawn forms, with gaps between words, no image=PRESET" \\
        --systems "" --tokenizer PRESET/assets/tokenizer/vocabulary.spm \\
        --rates 4e-4 --batch-size 4 --epochs 10 --seeds 1 --dtype float32 \\
        --noise 0,5,10,20
    KERAS_BACKEND=torch python label_forms.py --pages pages --sets funsd \\
        --boxes word,segment --pretrained \\
        "drawn forms, with gaps between words, no image, 40 epochs=PRESET" \\
        --systems "" --tokenizer PRESET/assets/tokenizer/vocabulary.spm \\
        --rates 4e-4 --batch-size 4 --epochs 40 --hidden 0.4 --stretch 0.2 --seeds 1 \\
        --noise 0,5,10,20
    KERAS_BACKEND=torch python label_forms.py --pages pages --sets funsd --pretrained \\
        "drawn forms, with gaps between words, no image, 80 epochs=PRESET" \\
        --systems "" --tokenizer PRESET/assets/tokenizer/vocabulary.spm \\
        --rates 4e-4 --batch-size 4 --epochs 80 --hidden 0.4 --stretch 0.2 --seeds 1 \\
        --dtype float32 --noise 0,5,10,20
    KERAS_BACKEND=torch python label_forms.py --pages pages --sets sroie \\
        --boxes segment --pretrained \\
        "drawn forms, with gaps between words, no image, 20 epochs=PRESET" \\
        --systems "" --tokenizer PRESET/assets/tokenizer/vocabulary.spm \\
        --rates 8e-4 --batch-size 4 --epochs 20 --hidden 0.2 --stretch 0.1 --seeds 1 \\
        --dtype float32 --noise 0,5,10,20
    KERAS_BACKEND=torch python label_forms.py --pages pages --sets sroie \\
        --boxes segment --soften-capitals --pretrained \\
"drawn forms, with gaps between words, no image, 30 epochs, capitals softened=PRESET" \\
        --systems "" --tokenizer PRESET/assets/tokenizer/vocabulary.spm \\
        --rates 8e-4 --batch-size 4 --epochs 30 --hidden 0.3 --stretch 0.2 --seeds 1 \\
        --dtype float32 --noise 0,5,10,20
    name="made-up receipts, with gaps between words, no image, 30 epochs"
    name="$name, capitals softened"
    KERAS_BACKEND=torch python label_forms.py --pages pages --sets sroie \\
        --boxes segment,word --soften-capitals --systems "" \\
        --pretrained "$name=PRESET" \\
        --tokenizer PRESET/assets/tokenizer/vocabulary.spm \\
        --rates 4e-4 --batch-size 4 --epochs 30 --hidden 0.3 --stretch 0.2 --seeds 1 \\
        --noise 0,5,10,20
    KERAS_BACKEND=torch python label_forms.py --pages pages --sets funsd --held-out \\
        --pretrained "40 epochs=PRESET" --systems "" \\
        --tokenizer PRESET/assets/tokenizer/vocabulary.spm \\
        --rates 4e-4 --batch-size 4 --epochs 40 --hidden 0.4 --stretch 0.2 --seeds 1
    KERAS_BACKEND=torch python label_forms.py --pages pages --sets sroie --held-out \\
        --boxes segment --pretrained "softened=PRESET" --soften-capitals \\
        --systems "" --tokenizer PRESET/assets/tokenizer/vocabulary.spm \\
        --rates 8e-4 --batch-size 4 --epochs 10 --hidden 0.2 --stretch 0.1 --seeds 1 \\
        --dtype float32
    python label_forms.py --pages pages --sets funsd --size mini --epochs 30 \\
        --rates 1e-3 --seeds 1 --dtype float32 --tokenizer spiece.model \\
        --systems no_image,neighbours_no_image
    python label_forms.py --pages pages --sets sroie --boxes segment --size mini \\
        --epochs 30 --rates 1e-3 --seeds 1 --dtype float32 --tokenizer spiece.model \\
        --systems layoutlmv3,neighbours_no_image,text_only
    KERAS_BACKEND=torch python label_forms.py --pages pages --sets funsd \\
        --systems neighbours_no_image --rates 4e-4,1e-3 --batch-size 4 --epochs 80 \\
        --hidden 0.4 --stretch 0.2 --seeds 1 --noise 0,5,10,20 \\
        --tokenizer PRESET/assets/tokenizer/vocabulary.spm

All systems learn from the same training pages. A fifth of them is held out to choose
among a system's settings (learning rates for all networks); then it learns from all of
them, once for each seed, for the same number of epochs, and is scored on the test part,
which chooses nothing. Each result is a line of `results/label_forms.jsonl` at once, or
of `label_forms_mini.jsonl` with `--size mini`; what is there is not run again. With
`--held-out` nothing is written, and the fifth stands for the test part: for what is
chosen by hand.
`--report` prints the tables.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

sys.path.append(str(Path(__file__).resolve().parents[1]))

import ocr_noise  # noqa: E402
import page_sets  # noqa: E402
import result_lines  # noqa: E402
from decoded import has_whole_boxes  # noqa: E402
from label_scores import CHOSEN_BY, label_scores  # noqa: E402

PATH = Path(__file__).with_name("results") / "label_forms.jsonl"
# Of each size of networks.
PATHS = {"tiny": PATH, "mini": PATH.with_stem("label_forms_mini")}
NETWORKS = (
    "scratch",
    "no_image",
    "bias_2d",
    "neighbours",
    "neighbours_no_image",
    "text_only",
    "layoutlmv3",
)
NO_IMAGES = ("no_image", "neighbours_no_image", "text_only")
BASELINES = ("crf", "boosting")
KEYS = ("set", "boxes", "system", "seed", "noise")
# Passes over the training pages, the same for all networks: about 900 batches each.
EPOCHS = {"funsd": 100, "sroie": 40, "kleister_nda": 8}


def main() -> None:
    options = arguments()
    if not options.report:
        for name in options.sets:
            for boxes in options.boxes:
                for system, make in systems(options).items():
                    run(options, name, boxes, system, make)
    if not options.held_out:
        print(report(options.results))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", help="folder of tools/prepare_documents.py")
    parser.add_argument("--sets", default=",".join(page_sets.SETS))
    parser.add_argument("--boxes", default="word", help="word, segment")
    parser.add_argument("--systems", default=",".join(BASELINES))
    parser.add_argument(
        "--pretrained", action="append", default=[], help="name=FOLDER, repeatable"
    )
    parser.add_argument("--tokenizer", help="SentencePiece model, for networks")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, help="default: as many as the set needs")
    parser.add_argument(
        "--rates", default="1e-4,3e-4,1e-3", help="of networks, to choose from"
    )
    parser.add_argument("--batch-size", type=int, default=16, help="of networks")
    parser.add_argument(
        "--hidden", type=float, default=0.1, help="share of the tokens, in training"
    )
    parser.add_argument(
        "--stretch", type=float, default=0.0, help="of pages at most, a logarithm"
    )
    parser.add_argument(
        "--soften-capitals", action="store_true", help="of words, for networks"
    )
    parser.add_argument(
        "--average", type=int, default=1, help="ours: trainings to average weights of"
    )
    parser.add_argument("--size", default="tiny", choices=PATHS, help="of networks")
    parser.add_argument(
        "--held-out", action="store_true", help="score on held-out pages, write nothing"
    )
    parser.add_argument("--noise", default="0", help="percent of spoilt characters")
    parser.add_argument("--dtype", default="mixed_bfloat16", help="of networks")
    parser.add_argument("--limit", type=int, help="pages of a part, to try it out")
    parser.add_argument("--results", type=Path, help="file of lines")
    parser.add_argument("--report", action="store_true", help="print the tables only")
    options = parser.parse_args()
    for name in ("sets", "boxes", "systems"):
        setattr(options, name, [x for x in getattr(options, name).split(",") if x])
    options.results = options.results or PATHS[options.size]
    options.noise = [int(rate) for rate in options.noise.split(",")]
    unknown = set(options.systems) - {*NETWORKS, *BASELINES}
    if unknown:
        parser.error(f"unknown systems {sorted(unknown)}")
    is_network = set(options.systems) & set(NETWORKS) or options.pretrained
    if is_network and not options.tokenizer:
        parser.error("networks need --tokenizer")
    return options


def systems(options: argparse.Namespace) -> dict[str, Callable[..., Any]]:
    """What makes each system, from labels and a number of epochs."""
    made: dict[str, Callable[..., Any]] = {}
    for name in options.systems:
        if name in BASELINES:
            import feature_labels

            one = {"crf": feature_labels.CRF, "boosting": feature_labels.Boosting}
            made[name] = lambda labels, epochs, one=one[name]: one(labels)
        elif name == "layoutlmv3":
            from layoutlmv3_labels import LayoutLMv3Labels

            made[name] = lambda *task: LayoutLMv3Labels(
                options.tokenizer, *task, options.size, options.soften_capitals
            )
        else:
            made[name] = _ours(name, options)
    for pair in options.pretrained:
        name, _, folder = pair.partition("=")
        made[f"pretrained: {name}"] = _ours(folder, options)
    return made


def _ours(source: str, options: argparse.Namespace) -> Callable[..., Any]:
    from docformer_labels import DocFormerLabels

    return lambda *task: DocFormerLabels(
        source,
        options.tokenizer,
        options.dtype,
        *task,
        options.size,
        options.soften_capitals,
    )


def run(
    options: argparse.Namespace,
    name: str,
    boxes: str,
    system: str,
    make: Callable[..., Any],
) -> None:
    """Chooses a setting, fits once for each seed, and writes the scores."""
    if boxes == "segment" and name == "kleister_nda":
        return
    seeds = range(1 if system in BASELINES else options.seeds)
    done = {tuple(x[key] for key in KEYS) for x in result_lines.read(options.results)}
    missing = [
        seed
        for seed in seeds
        for rate in options.noise
        if options.held_out or (name, boxes, system, seed, rate) not in done
    ]
    if not missing:
        return
    images = system not in (*BASELINES, *NO_IMAGES)
    train, test = page_sets.load(options.pages, name, boxes, images, options.limit)
    if options.held_out:
        train, test = page_sets.split_held_out(train)
    tags = {tag for page in train for tag in page["word_labels"] if tag}
    labels = sorted(tags | {"O"}, key=lambda tag: (tag != "O", tag))
    model = make(labels, options.epochs or EPOCHS[name])
    settings = model.settings if system in BASELINES else network_settings(options)
    whole_boxes = has_whole_boxes(train)
    setting, held_out_score = choose(model, settings, name, train, whole_boxes)
    for seed in dict.fromkeys(missing):
        started = time.perf_counter()
        model.fit(train, setting, seed)
        seconds = time.perf_counter() - started
        for rate in options.noise:
            pages = ocr_noise.spoilt(test, rate / 100, seed)
            line = {
                "set": name,
                "boxes": boxes,
                "system": system,
                "seed": seed,
                "noise": rate,
                "setting": setting,
                "held_out": held_out_score,
                "fit_s": round(seconds, 1),
                **label_scores(name, pages, model.tag(pages, whole_boxes)),
            }
            if not options.held_out:
                result_lines.append(options.results, line)
            print(line, flush=True)


def network_settings(options: argparse.Namespace) -> list[dict]:
    """What the networks' setting is chosen from."""
    return [
        {
            "learning_rate": float(rate),
            "batch_size": options.batch_size,
            "hidden": options.hidden,
            "stretch": options.stretch,
            "average": options.average,
            "soften_capitals": options.soften_capitals,
        }
        for rate in options.rates.split(",")
    ]


def choose(
    model: Any,
    settings: Sequence[dict],
    name: str,
    train: list[dict],
    whole_boxes: bool,
) -> tuple[dict, float | None]:
    """The only setting, or that which is best on a fifth of the training pages."""
    if len(settings) == 1:
        return dict(settings[0]), None
    known, held_out = page_sets.split_held_out(train)
    scores = []
    for setting in settings:
        model.fit(known, setting, 0)
        tagged = model.tag(held_out, whole_boxes)
        score = label_scores(name, held_out, tagged)[CHOSEN_BY[name]]
        print(name, setting, "held out:", score, flush=True)
        scores.append(score)
    best = max(range(len(scores)), key=scores.__getitem__)
    return dict(settings[best]), scores[best]


def report(path: Path | None = None) -> str:
    """The tables of a file of lines, or of those of both sizes."""
    from label_tables import tables

    if path:
        return tables(result_lines.read(path))
    tiny, mini = (tables(result_lines.read(path)) for path in PATHS.values())
    return f"{tiny}\n\nWith `--size mini`:\n\n{mini}"


if __name__ == "__main__":
    main()
