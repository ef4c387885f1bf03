"""Which entities of a form belong together: ours, and boosting on pairs.

    python link_forms.py --pages pages --tokenizer spiece.model \\
        --systems boosting,scratch,no_image,text_only --pretrained full=FOLDER

FUNSD's split of 149 and 50 pages, boxes of words. Entities and their labels are given;
a link counts if both ends and its direction are right. A setting is chosen on a fifth
of the training pages as in `label_forms.py`. Each result is a line of
`results/link_forms.jsonl` at once; what is there is not run again. `--report` prints
the table.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

sys.path.append(str(Path(__file__).resolve().parents[1]))

import page_sets  # noqa: E402
import result_lines  # noqa: E402
from label_tables import by_system, mean_sd, title  # noqa: E402

PATH = Path(__file__).with_name("results") / "link_forms.jsonl"
SCORES = ("f1", "precision", "recall")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", help="folder of tools/prepare_documents.py")
    parser.add_argument("--systems", default="boosting")
    parser.add_argument(
        "--pretrained", action="append", default=[], help="name=FOLDER, repeatable"
    )
    parser.add_argument("--tokenizer", help="SentencePiece model, for networks")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--dtype", default="mixed_bfloat16", help="of networks")
    parser.add_argument("--limit", type=int, help="pages of a part, to try it out")
    parser.add_argument("--results", type=Path, default=PATH)
    parser.add_argument("--report", action="store_true", help="print the table only")
    options = parser.parse_args()
    if not options.report:
        sources = {name: name for name in options.systems.split(",") if name}
        for pair in options.pretrained:
            name, _, folder = pair.partition("=")
            sources[f"pretrained: {name}"] = folder
        for system, source in sources.items():
            run(options, system, source)
    print(report(options.results))


def run(options: argparse.Namespace, system: str, source: str) -> None:
    """Chooses a setting, fits once for each seed, and writes the scores."""
    written = result_lines.read(options.results)
    done = {line["seed"] for line in written if line["system"] == system}
    seeds = range(1 if system == "boosting" else options.seeds)
    missing = [seed for seed in seeds if seed not in done]
    if not missing:
        return
    is_seen = system not in ("boosting", "no_image", "text_only")
    train, test = page_sets.load(
        options.pages, "funsd", images=is_seen, limit=options.limit
    )
    model = make(options, system, source)
    known, held_out = page_sets.split_held_out(train)
    scores = []
    for setting in model.settings:
        model.fit(known, setting, 0)
        scores.append(score_of(model, held_out)["f1"])
        print(system, setting, "held out:", scores[-1], flush=True)
    setting = model.settings[max(range(len(scores)), key=scores.__getitem__)]
    for seed in missing:
        started = time.perf_counter()
        model.fit(train, setting, seed)
        line = {
            "system": system,
            "seed": seed,
            "setting": setting,
            "held_out": max(scores),
            "fit_s": round(time.perf_counter() - started, 1),
            **score_of(model, test),
        }
        result_lines.append(options.results, line)
        print(line, flush=True)


def make(options: argparse.Namespace, system: str, source: str) -> Any:
    if system == "boosting":
        from link_features import BoostedLinks

        return BoostedLinks()
    from docformer_links import DocFormerLinks

    return DocFormerLinks(source, options.tokenizer, options.dtype, options.epochs)


def score_of(model: Any, pages: list[dict]) -> dict[str, float]:
    from keras_docs.metrics.linking_f1 import linking_f1

    scores = linking_f1([page["links"] for page in pages], model.links(pages))
    return {k: round(100 * value, 2) for k, value in scores._asdict().items()}


def report(path: Path = PATH) -> str:
    rows = [
        [title(system), *(mean_sd(own, score) for score in SCORES)]
        for system, own in by_system(result_lines.read(path)).items()
    ]
    return result_lines.markdown(["funsd", *SCORES], rows)


if __name__ == "__main__":
    main()
