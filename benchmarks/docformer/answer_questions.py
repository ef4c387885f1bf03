"""Answers to questions about pages, fitted and scored: with and without what is ours.

    python answer_questions.py --pages pages --tokenizer spiece.model \\
        --systems scratch,no_image,text_only --pretrained full=FOLDER --seconds 60

Forms (FUNSD), receipts (SROIE) and agreements (Kleister) are asked by templates over
their annotation: real documents, template wording. Tables are asked what people asked:
TabFact's pairs of natural statements (half of them true) and WikiTableQuestions. The
variants are those of `label_forms.py`; `text_only` is a T5 of the same size. Of two
learning rates the better on a fifth of the training documents is taken, after a quarter
of `--seconds` each; then the model learns from all for `--seconds`. Each result is a
line of `results/answer_questions.jsonl` at once; what is there is not run again.
`--report` prints the tables.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

sys.path.append(str(Path(__file__).resolve().parents[1]))

import ocr_noise  # noqa: E402
import page_sets  # noqa: E402
import question_sets  # noqa: E402
import result_lines  # noqa: E402

PATH = Path(__file__).with_name("results") / "answer_questions.jsonl"
KEYS = ("set", "system", "seed", "noise")
# So many held-out questions choose the rate.
MOST_HELD_OUT = 400


def main() -> None:
    options = arguments()
    if not options.report:
        for name in options.sets:
            for system, source in options.sources.items():
                run(options, name, system, source)
    print(report(options.results))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", help="folder of tools/prepare_documents.py")
    parser.add_argument("--sets", default=",".join(question_sets.SETS))
    parser.add_argument("--systems", default="", help="scratch, no_image, text_only")
    parser.add_argument(
        "--pretrained", action="append", default=[], help="name=FOLDER, repeatable"
    )
    parser.add_argument("--tokenizer", help="SentencePiece model")
    parser.add_argument("--seconds", type=float, default=60, help="of training")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--noise", default="0", help="percent of spoilt characters")
    parser.add_argument("--dtype", default="mixed_bfloat16")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--limit", type=int, help="pages of a part, to try it out")
    parser.add_argument("--results", type=Path, default=PATH)
    parser.add_argument("--report", action="store_true", help="print the tables only")
    options = parser.parse_args()
    options.sets = options.sets.split(",")
    options.noise = [int(rate) for rate in options.noise.split(",")]
    options.sources = {name: name for name in options.systems.split(",") if name}
    for pair in options.pretrained:
        name, _, folder = pair.partition("=")
        options.sources[f"pretrained: {name}"] = folder
    if options.sources and not (options.tokenizer and options.pages):
        parser.error("give --pages and --tokenizer")
    return options


def run(options: argparse.Namespace, name: str, system: str, source: str) -> None:
    """Chooses a rate, fits once for each seed, and writes the scores."""
    done = {tuple(x[key] for key in KEYS) for x in result_lines.read(options.results)}
    missing = [
        seed
        for seed in range(options.seeds)
        for rate in options.noise
        if (name, system, seed, rate) not in done
    ]
    if not missing:
        return
    from docformer_answers import DocFormerAnswers

    train, test = question_sets.load(options.pages, name, options.limit)
    model = DocFormerAnswers(
        source, options.tokenizer, options.dtype, options.batch, name
    )
    setting, held_out_score = choose(model, name, train, options.seconds / 4)
    for seed in dict.fromkeys(missing):
        steps = model.fit(train, setting, seed, options.seconds)
        for rate in options.noise:
            pages = ocr_noise.spoilt(test, rate / 100, seed)
            line = {
                "set": name,
                "system": system,
                "seed": seed,
                "noise": rate,
                "setting": setting,
                "held_out": held_out_score,
                "seconds": options.seconds,
                "steps": steps,
                "questions": sum(len(page["questions"]) for page in pages),
                "score": score_of(model, name, pages),
            }
            result_lines.append(options.results, line)
            print(line, flush=True)


def choose(
    model: Any, name: str, train: list[dict], seconds: float
) -> tuple[dict, float]:
    """The setting that is best on a fifth of the training documents."""
    known, held_out = page_sets.split_held_out(train)
    chosen, questions = [], 0
    for page in held_out:
        if questions < MOST_HELD_OUT:
            chosen.append(page)
            questions += len(page["questions"])
    scores = []
    for setting in model.settings:
        steps = model.fit(known, setting, 0, seconds)
        scores.append(score_of(model, name, chosen))
        print(name, setting, f"{steps} steps, held out:", scores[-1], flush=True)
    best = max(range(len(scores)), key=scores.__getitem__)
    return dict(model.settings[best]), scores[best]


def score_of(model: Any, name: str, pages: list[dict]) -> float:
    from answer_scores import answer_score

    return round(answer_score(name, pages, *model.answer(pages)), 2)


def report(path: Path = PATH) -> str:
    from answer_tables import tables

    return tables(result_lines.read(path))


if __name__ == "__main__":
    main()
